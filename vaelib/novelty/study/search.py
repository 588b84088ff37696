"""Could the decoder draw it at all? The code that the decoder itself would choose, in the place of the encoder's.

From z = m(x) gradient steps on BCE(x, x̂(z)) + λ ‖z‖²/2, the prior's penalty at several strengths λ; λ = 1 is the most
probable code under prior and decoder. What an unseen digit costs more than a seen one does is taken apart: what is left
at the code that was searched for is the decoder's, what the search gains more than it gains for the model that knows
the digit is the encoder's.

The threshold was written before the first result was computed, and committed after the first seed's were seen, while
this module was tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import data, provenance
from vaelib.determinism import deterministic
from vaelib.distances import most_alike
from vaelib.information import rounded
from vaelib.kinds import Experiment
from vaelib.models import VAE
from vaelib.novelty import experiments
from vaelib.novelty.experiments import DEEP, HELD_OUT, SEEDS, SHALLOW, Pair
from vaelib.objectives import bernoulli_distortion, cross_entropy, pixel_entropy
from vaelib.pages.findings import Finding, above
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained
from vaelib.store import Store

STRENGTHS = (0.0, 0.1, 1.0)  # λ of the prior's penalty
STEPS, RATE = 500, 0.05  # of Adam
CONTROLS = (4, 7)  # digits that every model saw
MOSTLY = 0.5  # share of the excess that has to be a half's for the loss to be mostly its


def searched(vae: VAE, x: Float[Tensor, "n 784"], strength: float, steps: int = STEPS) -> Float[Tensor, "n d"]:
    """The codes that gradient steps from m(x) lead to, under the decoder and the prior's penalty of this strength."""
    z = vae.encode(x)[0].clone().requires_grad_()
    optimizer = torch.optim.Adam([z], lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        loss = bernoulli_distortion(vae.decoder(z), x).sum() + 0.5 * strength * z.square().sum()
        (z.grad,) = torch.autograd.grad(loss, z)
        optimizer.step()
        schedule.step()
    return z.detach()


@dataclass(frozen=True)
class Found:
    """What a decoder answers at codes of several origins, to the test images of one digit.

    ``rows`` has, for the encoder's code (``m(x)``) and each strength, the mean KL(x ‖ x̂) in nats per image, the share
    recognised, the median ‖z‖ and the median distance ‖z − m(x)‖.
    """

    experiment: Experiment
    digit: int
    rows: dict[str, dict[str, float]]

    @property
    def values(self) -> dict[str, float]:
        """Every number, by the code's origin and its name."""
        return {f"{origin}: {name}": value for origin, row in self.rows.items() for name, value in row.items()}

    def kl(self, origin: str) -> float:
        """Mean KL(x ‖ x̂) at codes of this origin, nats per image."""
        return self.rows[origin]["kl"]


ENCODER = "m(x)"
ORIGINS = (ENCODER, *(f"{strength:g}" for strength in reversed(STRENGTHS)))  # with more and more freedom


@dataclass(frozen=True)
class Searched(Result[Found]):
    """The search for codes with one run's decoder on one digit's test images: on all, in so many steps, or on fewer."""

    experiment: Experiment
    digit: int
    images: int | None = None
    steps: int = STEPS

    @property
    def path(self) -> str:
        fewer = "" if self.images is None else f"-images-{self.images}"
        shorter = "" if self.steps == STEPS else f"-steps-{self.steps}"
        return f"{self.experiment.name}/searched-digit-{self.digit}{fewer}{shorter}.json"

    @property
    def about(self) -> dict:
        asked = {"digit": self.digit, "steps": self.steps, "rate": RATE}
        asked |= {} if self.images is None else {"images": self.images}
        return {"experiment": self.experiment.model_dump(mode="json"), **asked}

    def needs(self) -> tuple[Trained]:
        return (Trained(self.experiment, (self.experiment.epochs,)),)

    def make(self, store: Store) -> tuple[Found, dict]:
        vae = store.get(*self.needs()).model()
        everything = data.partition(f"{self.experiment.dataset}/train")
        x = data.partition(f"{self.experiment.dataset}/test-{self.digit}").images[: self.images]
        with provenance.record() as record, deterministic():
            start = vae.encode(x)[0]
            own = {f"{strength:g}": searched(vae, x, strength, self.steps) for strength in STRENGTHS}
            rows = {}
            for origin, z in ({ENCODER: start} | own).items():
                output = vae.decoder.output(z).detach()
                labels = everything.labels[most_alike(output, everything.images)]
                rows[origin] = {
                    "kl": rounded((cross_entropy(x, output) - pixel_entropy(x)).double().mean()),
                    "recognised": rounded((labels == self.digit).double().mean()),
                    "norm": rounded(z.norm(dim=1).median()),
                    "moved": rounded((z - start).norm(dim=1).median()),
                }
        return Found(self.experiment, self.digit, rows), record

    def pack(self, value: Found) -> Packed:
        return Packed({"rows": value.rows}, {})

    def unpack(self, content: dict, arrays: Arrays) -> Found:
        return Found(self.experiment, self.digit, content["rows"])


def results(
    seeds: Sequence[int] = SEEDS,
    digits: Sequence[int] = (HELD_OUT, *CONTROLS),
    architectures: Sequence[Sequence[int]] = (SHALLOW, DEEP),
    images: int | None = None,
    steps: int = STEPS,
    **changes,
) -> list[Searched]:
    """Each architecture with the first of the digits and without it, on all of them; as Figure 1's models."""
    protocol = {"held_out": digits[0], "architectures": architectures} | changes
    found = [e for seed in seeds for e in experiments.figure(1, seed=seed, **protocol)]
    return [Searched(e, digit, images, steps) for e in found for digit in digits]


def taken_apart(seen: Found, unseen: Found, strength: str) -> dict[str, float]:
    """What the unseen digit costs more than the seen one at m(x), in nats per image: the encoder's and the decoder's.

    The decoder's is what it costs more at the codes that were searched for, the encoder's is the rest: what the search
    gains more for the model that never saw the digit.
    """
    decoder = unseen.kl(strength) - seen.kl(strength)
    excess = unseen.kl(ENCODER) - seen.kl(ENCODER)
    return {"excess": excess, "encoder": excess - decoder, "decoder": decoder}


def pairs(found: Sequence[Found]) -> dict[tuple[int, int], list[Pair[Found]]]:
    """By depth and digit, with the digit and without it: a pair a seed."""
    by: dict[tuple[int, int], dict[int, dict[bool, Found]]] = {}
    for one in found:
        seeds = by.setdefault((one.experiment.depth, one.digit), {})
        seeds.setdefault(one.experiment.seed, {})[one.experiment.held_out is None] = one
    return {key: [Pair(both[True], both[False]) for both in seeds.values()] for key, seeds in by.items()}


def mean_parts(of_seeds: Sequence[Pair[Found]], strength: str) -> dict[str, float]:
    """The parts of ``taken_apart``, means over the seeds."""
    parts = [taken_apart(*pair, strength) for pair in of_seeds]
    return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}


def findings(found: Sequence[Found]) -> list[Finding]:
    """Whose the loss mostly is, for each depth: the least share over the seeds, at λ = 1 and without a penalty."""
    lines = []
    for (depth, _), of_seeds in sorted(pairs(found).items()):
        for strength in ("1", "0"):
            parts = [taken_apart(*pair, strength) for pair in of_seeds]
            for half in ("encoder", "decoder"):
                least = min(part[half] / part["excess"] for part in parts)
                what = f"depth {depth}, λ = {strength}: least share of the excess that is the {half}'s"
                lines.append(above(f"mostly-the-{half}s", what, least, MOSTLY))
    return lines
