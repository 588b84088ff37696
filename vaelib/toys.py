"""Toy families: x = f(z) + N(0, s² I) in the plane, z ~ N(0, 1), of which everything is known.

======================  ====  ==========================================================================
name                    s²    f(z)
======================  ====  ==========================================================================
``toys/figure-8``       0.02  a lemniscate, walked almost once; its ends meet its middle
``toys/circle``         0.01  once around
``toys/abs``            0.01  ``(|z|, |z|)``: two z for each place
``toys/clusters``       0.2   four places of the circle, with fast ways between
``toys/spiral-dots``    0.01  seven places of a spiral, with fast ways between
======================  ====  ==========================================================================

The definitions are this project's; families like them are common in studies of what a VAE's objective prefers.
log p(x) is a sum over a grid (``vaelib.quadrature``) of each family's own step, with an error of at most ``ERROR``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import quadrature
from vaelib.errors import UnknownName

ERROR = 1e-4  # nats: the most that log p(x) of a family's own samples changes when its step is halved
PREFIX = "toys/"


class Points(NamedTuple):
    """Samples of a family with the z that made them, in float64."""

    z: Float[Tensor, "n 1"]
    x: Float[Tensor, "n 2"]


@dataclass(frozen=True)
class Family:
    """A curve f, the variance s² of the noise around it, and the step of z at which sums over it are exact."""

    name: str
    variance: float
    step: float
    curve: Callable[[Float[Tensor, "k 1"]], Float[Tensor, "k 2"]]
    reach: float  # half the width of a square around 0 that holds nearly all of it

    def sample(self, n: int, seed: int) -> Points:
        """So many independent samples."""
        random = torch.Generator().manual_seed(seed)
        z, noise = (torch.randn(n, d, generator=random, dtype=torch.float64) for d in (1, 2))
        return Points(z, self.curve(z) + math.sqrt(self.variance) * noise)

    def log_density(self, x: Float[Tensor, "n 2"], step: float | None = None) -> Float[Tensor, "n"]:
        """Exact log p(x) of each point, in nats; by default with the family's own step."""
        return log_density(self.curve, self.variance, x, step or self.step)

    def log_posterior(self, x: Float[Tensor, "n 2"], grid: quadrature.Grid) -> Float[Tensor, "n k"]:
        """Exact log p(z|x) on a grid, as masses of its nodes."""
        found = quadrature.gaussian_log_likelihoods(x, self.curve(grid.nodes), self.variance)
        return quadrature.log_posterior(found, grid)


@torch.no_grad()
def log_density(
    curve: Callable[[Tensor], Tensor], variance: float, x: Float[Tensor, "n 2"], step: float
) -> Float[Tensor, "n"]:
    """log p(x) of each point under a curve and its noise, by a sum of this step, in nats."""
    grid = quadrature.grid(step)
    outputs = curve(grid.nodes)
    return quadrature.log_evidence(x, lambda rows: quadrature.gaussian_log_likelihoods(rows, outputs, variance), grid)


def normal_cdf(z: Tensor) -> Tensor:
    """Φ(z), the share of the standard normal distribution below z."""
    return torch.special.ndtr(z)


def _figure_8(z: Tensor) -> Tensor:
    u = (0.6 + 1.8 * normal_cdf(z)) * math.pi
    below = u.sin().square() + 1
    return torch.cat([u.cos() / math.sqrt(2) / below, math.sqrt(2) * u.cos() * u.sin() / below], 1)


def _circle(z: Tensor) -> Tensor:
    angle = 2 * math.pi * normal_cdf(z)
    return torch.cat([angle.cos(), angle.sin()], 1)


def _abs(z: Tensor) -> Tensor:
    return z.abs().expand(-1, 2)


def _stairs(z: Tensor, height: float) -> Tensor:
    """A rise from 0 to 2 · height in steps of 4, each of them fast and smooth."""
    u = height * torch.sigmoid(math.pi * z / 2)
    floor = (u / 2).floor()
    return 2 * torch.tanh(10 * u - 20 * floor - 10) + 4 * floor + 2


def _clusters(z: Tensor) -> Tensor:
    t = _stairs(z, 2 * math.pi)
    return torch.cat([t.cos(), t.sin()], 1)


def _spiral_dots(z: Tensor) -> Tensor:
    t = _stairs(z, 4 * math.pi)
    return torch.cat([t * t.cos(), t * t.sin()], 1)


FAMILIES = {
    family.name: family
    for family in (
        Family("figure-8", 0.02, 0.01, _figure_8, 1.6),
        Family("circle", 0.01, 0.01, _circle, 1.6),
        Family("abs", 0.01, 0.001, _abs, 4.0),
        Family("clusters", 0.2, 0.002, _clusters, 2.5),
        Family("spiral-dots", 0.01, 8e-5, _spiral_dots, 26.0),
    )
}


def family(data: str) -> Family:
    """The family of this name, such as ``toys/abs``.

    Raises
    ------
    UnknownName
        When there is none; the message lists the valid names.
    """
    name = data.removeprefix(PREFIX)
    if not data.startswith(PREFIX) or name not in FAMILIES:
        raise UnknownName(
            f"{data!r} is no toy family. Expected one of {', '.join(PREFIX + name for name in FAMILIES)}."
        )
    return FAMILIES[name]
