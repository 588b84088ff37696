"""How far codes are from the prior: those of the first stage, z ~ q(z), and those of the second, u ~ q(u).

q(z) is the aggregate posterior: a training image, and a draw from its q(z|x).
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib.codes import drawn_codes
from vaelib.results import Keeper, Result
from vaelib.runs import Trained
from vaelib.two_sample import classifier_accuracy, gaussian, inverse_multiquadric, mmd
from vaelib.two_stage.collapse import signs_of_collapse
from vaelib.two_stage.experiments import SecondExperiment
from vaelib.two_stage.measured import DRAWN, Measurement

CODES = 10_000
COMPARED = 1500  # codes behind the kernel discrepancy, whose cost is their square
NULL = 0.95  # quantile of the permutations
KERNELS = {"inverse multiquadric": inverse_multiquadric, "gaussian": gaussian}
CLASSIFIERS = {"perceptron": (64, 64), "logistic": ()}


@dataclass(frozen=True)
class Latents(Measurement):
    """The codes of both stages against N(0, I).

    ``z`` and ``u`` hold, by name: ``mmd`` and ``null`` by kernel (squared, unbiased; its 95 % quantile where both
    samples are mixed), ``accuracy`` by classifier, and ``singular_values`` of 10,000 codes over the root of their
    number, largest first, all 1 for the prior. ``collapse`` is what ``collapse.signs_of_collapse`` found, ``spread``
    the standard deviation of codes that the second stage draws over that of q(z).
    """

    experiment: SecondExperiment

    name = "latents"
    measures = ("z", "u", "collapse", "spread")

    def needs(self) -> tuple[Result, ...]:
        return (Trained(self.experiment, (self.experiment.epochs,)), *self.experiment.needs())

    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        second, codes = store.get(self.needs()[0]).model(), self.experiment.inputs(store)
        random = torch.Generator().manual_seed(DRAWN)
        z = drawn_codes(*codes[torch.randint(len(codes), (CODES,), generator=random)].chunk(2, dim=1), random)
        u = drawn_codes(*second.encode(z), random)
        prior = torch.randn(z.shape, generator=random)
        drawn = second.draw(CODES, random)
        values = {"z": against(z, prior), "u": against(u, prior)}
        values["collapse"] = signs_of_collapse(second, codes)
        values["spread"] = drawn.var(0).mean().sqrt() / z.var(0).mean().sqrt()
        return values, {}


def against(codes: Float[Tensor, "n d"], prior: Float[Tensor, "n d"]) -> dict[str, Any]:
    """Every measure of the distance of codes from as many draws of the prior."""
    found: dict[str, Any] = {"mmd": {}, "null": {}, "accuracy": {}}
    for name, kernel in KERNELS.items():
        found["mmd"][name], null = mmd(codes[:COMPARED], prior[:COMPARED], kernel)
        found["null"][name] = null.quantile(NULL)
    with torch.enable_grad():
        for name, hidden in CLASSIFIERS.items():
            found["accuracy"][name] = classifier_accuracy(codes, prior, hidden)
    found["singular_values"] = torch.linalg.svdvals(codes.double()) / len(codes) ** 0.5
    return found
