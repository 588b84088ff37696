"""From the truth on: what joint training makes of it, and curves of one p(x) that the ELBO tells apart."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from vaelib import provenance, toys
from vaelib.determinism import deterministic
from vaelib.information import rounded
from vaelib.likelihood_first import closed_forms, measures
from vaelib.likelihood_first.experiments import TEST_SEED, Together
from vaelib.likelihood_first.posteriors import best_gaussian
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained, trained_with
from vaelib.store import Store

SWAPPED_STEP = 0.0001  # of z, where a half-swapped curve jumps
UNIDENTIFIED_POINTS = 100


@dataclass(frozen=True)
class Drift:
    """A joint training that starts at the truth: exact means over the test points, epoch by epoch, 0 the start.

    The differences, last epoch less start, are paired: means over the test points, with their standard errors.
    """

    epochs: list[int]
    log_likelihood: list[float]
    elbo: list[float]
    fitted: float  # mean squared error of the start's curve
    likelihood_change: tuple[float, float]
    elbo_change: tuple[float, float]


@dataclass(frozen=True)
class DriftOf(Result[Drift]):
    """What becomes of the likelihood and the ELBO on the way from the truth."""

    experiment: Together

    path = property(lambda self: f"{self.experiment.name}/drift.json")
    about = property(lambda self: {"experiment": self.experiment.model_dump(mode="json")})

    def needs(self) -> tuple[Trained, ...]:
        start = self.experiment.starts_at
        return tuple(Trained(one, (one.epochs,)) for one in (start, start.decoder_of, self.experiment))

    def make(self, store: Store) -> tuple[Drift, dict]:
        start, fitted, end = (store.get(run) for run in self.needs())
        family, x = self.experiment.family, self.experiment.test()
        with provenance.record() as record, deterministic(), torch.no_grad():
            of = []
            for run in (start, end):
                vae = measures.in_float64(run.model())
                density = toys.log_density(vae.curve, family.variance, x, measures.STEP)
                of.append((density, measures.elbo(vae, x, family.variance)))
            changes = [_paired(after - before) for before, after in zip(*of, strict=True)]
        watched = [row for row in end.history if "test" in row]
        before = {"log_likelihood": rounded(of[0][0].mean()), "elbo": rounded(of[0][1].mean())}
        lines = {name: [before[name], *(rounded(row["test"][name]) for row in watched)] for name in before}
        error = rounded(fitted.history[-1]["train"]["error"])
        drift = Drift([0, *(row["epoch"] for row in watched)], **lines, fitted=error,
                      likelihood_change=changes[0], elbo_change=changes[1])  # fmt: skip
        return drift, record | {"training": trained_with(store, self.needs()[-1])}

    def pack(self, value: Drift) -> Packed:
        return Packed(asdict(value), {})

    def unpack(self, content: dict, arrays: Arrays) -> Drift:
        found = {name: content[name] for name in Drift.__dataclass_fields__}
        pairs = {name: tuple(found[name]) for name in ("likelihood_change", "elbo_change")}
        return Drift(**found | pairs)


def _paired(differences: Tensor) -> tuple[float, float]:
    return rounded(differences.mean()), rounded(differences.std() / len(differences) ** 0.5)


@dataclass(frozen=True)
class Twins:
    """A family's curve f and another one with the same p(x): means over samples, in nats."""

    log_likelihood: tuple[float, float]
    elbo: tuple[float, float]


@dataclass(frozen=True)
class TwinsOf(Result[Twins]):
    """A family beside its twin, with the best Gaussian q of each: half-swapped, or for ``abs`` the curve that rises."""

    data: str
    seed: int
    points: int = UNIDENTIFIED_POINTS

    path = property(lambda self: f"{self.data.replace('/', '.')}/twins-seed-{self.seed}-points-{self.points}.json")
    about = property(lambda self: {"data": self.data, "seed": self.seed, "points": self.points})

    def make(self, store: Store) -> tuple[Twins, dict]:
        family = toys.family(self.data)
        swapped = closed_forms.monotone if family.name == "abs" else closed_forms.half_swapped(family.curve)
        x = family.sample(self.points, TEST_SEED + self.seed).x
        with provenance.record() as record, deterministic():
            pairs = []
            for curve in (family.curve, swapped):
                log_density = toys.log_density(curve, family.variance, x, SWAPPED_STEP)
                best = best_gaussian(curve, family.variance, x)
                pairs.append((rounded(log_density.mean()), rounded(best.elbo.mean())))
        return Twins(*zip(*pairs, strict=True)), record

    def pack(self, value: Twins) -> Packed:
        return Packed(asdict(value), {})

    def unpack(self, content: dict, arrays: Arrays) -> Twins:
        return Twins(tuple(content["log_likelihood"]), tuple(content["elbo"]))
