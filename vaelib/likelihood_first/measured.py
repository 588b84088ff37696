"""Where each training ends: likelihood, gap, what the code says of x, how samples and aggregate posterior fit."""

import math
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import provenance, toys
from vaelib.determinism import deterministic
from vaelib.information import rounded
from vaelib.likelihood_first import measures
from vaelib.likelihood_first.experiments import POINTS, TEST_SEED, Inference, LikelihoodFirst, Together, Toy
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained, trained_with
from vaelib.store import Store
from vaelib.two_sample import gaussian, mmd

BANDWIDTH = 0.2  # of the kernel that holds samples against data, in the units of x
SAMPLES_SEED = 2_000_000


@dataclass(frozen=True)
class Ends:
    """A training at its end, by the test points of its family; means over them in nats, ± their standard errors.

    ``gap`` is log p less the ELBO of the q that it has; where only θ was trained, of the exact posterior: 0.
    ``truth`` is the log-likelihood under the family itself, ``step_error`` the most that a point's log p changes when
    the step is halved.
    """

    log_likelihood: float
    log_likelihood_error: float
    truth: float
    elbo: float
    gap: float
    rate: float
    information: float
    from_prior: float
    squared_mmd: float
    step_error: float


@dataclass(frozen=True)
class Truth(Result[list[float]]):
    """log p(x) of the test points under the family itself, in nats."""

    data: str
    points: int = POINTS

    path = property(lambda self: f"{self.data.replace('/', '.')}/truth-points-{self.points}.json")
    about = property(lambda self: {"data": self.data, "points": self.points})

    def make(self, store: Store) -> tuple[list[float], dict]:
        family = toys.family(self.data)
        with provenance.record() as record, deterministic():
            found = family.log_density(family.sample(self.points, TEST_SEED).x)
        return [rounded(value) for value in found], record

    def pack(self, value: list[float]) -> Packed:
        return Packed({"log_density": value}, {})

    def unpack(self, content: dict, arrays: Arrays) -> list[float]:
        return content["log_density"]


@dataclass(frozen=True)
class EndsOf(Result[Ends]):
    """Where a training ends; of ``LikelihoodFirst``, with the exact posterior as its q."""

    experiment: Toy
    points: int = POINTS

    @property
    def path(self) -> str:
        fewer = "" if self.points == POINTS else f"-points-{self.points}"
        return f"{self.experiment.name}/ends{fewer}.json"

    @property
    def about(self) -> dict:
        return {"experiment": self.experiment.model_dump(mode="json"), "points": self.points}

    def needs(self) -> tuple[Result, ...]:
        return (Trained(self.experiment, (self.experiment.epochs,)), Truth(self.experiment.data, self.points))

    def make(self, store: Store) -> tuple[Ends, dict]:
        run, truth = self.needs()
        vae, family = measures.in_float64(store.get(run).model()), self.experiment.family
        x = self.experiment.test(self.points)
        truth = store.get(truth)
        with provenance.record() as record, deterministic(), torch.no_grad():
            log_density = toys.log_density(vae.curve, family.variance, x, measures.STEP)
            finer = toys.log_density(vae.curve, family.variance, x, measures.STEP / 2)
            if isinstance(self.experiment, LikelihoodFirst):
                elbo = log_density
                rate, line = measures.exact_rate_and_line(vae.curve, x, family.variance)
            else:
                elbo = measures.elbo(vae, x, family.variance)
                rate, line = measures.rate_and_line(vae.posterior(x))
            from_prior = measures.from_prior(line)
            found = {
                "log_likelihood": log_density.mean(),
                "log_likelihood_error": log_density.std() / len(x) ** 0.5,
                "truth": torch.tensor(truth).double().mean(),
                "elbo": elbo.mean(),
                "gap": (log_density - elbo).mean(),
                "rate": rate,
                "information": rate - from_prior,
                "from_prior": from_prior,
                "squared_mmd": mmd(drawn(vae.curve, family, self.points), x, gaussian, BANDWIDTH**2, permutations=0)[0],
                "step_error": (log_density - finer).abs().max(),
            }
        return Ends(**{name: rounded(value) for name, value in found.items()}), record | {
            "training": trained_with(store, run)
        }

    def pack(self, value: Ends) -> Packed:
        return Packed(asdict(value), {})

    def unpack(self, content: dict, arrays: Arrays) -> Ends | None:
        names = Ends.__dataclass_fields__
        return Ends(**{name: content[name] for name in names}) if content.keys() >= names.keys() else None


def drawn(curve, family: toys.Family, n: int) -> Float[Tensor, "n 2"]:
    """Samples of a model: z from the prior, then x, with a stream of their own."""
    random = torch.Generator().manual_seed(SAMPLES_SEED)
    z, noise = (torch.randn(n, d, generator=random, dtype=torch.float64) for d in (1, 2))
    return curve(z) + math.sqrt(family.variance) * noise


def method(experiment: Toy) -> str:
    """How a model was made, in words."""
    if isinstance(experiment, Together):
        return experiment.method
    if isinstance(experiment, Inference):
        q = "mean-field q" if experiment.components == 1 else f"q of {experiment.components} Gaussians"
        return f"likelihood first, {q}"
    return "likelihood first, exact q"
