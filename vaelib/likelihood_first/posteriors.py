"""The Gaussian q(z) that is nearest to a posterior, where the latent space is a line: what the best encoder would say.

The ELBO at one x is log p(x) − KL(q ‖ p(z|x)); the gap is that KL. Expectations under q are sums over ε on a grid, so
that there is no noise in them, however narrow q is.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import quadrature
from vaelib.likelihood_first.objectives import log_joint

Curve = Callable[[Float[Tensor, "k 1"]], Float[Tensor, "k 2"]]
STEPS, RATE = 200, 0.05  # of Adam
WINDOWS = ((-9.0, 9.0), (-9.0, 0.0), (0.0, 9.0), (-9.0, -0.7), (-0.7, 0.7), (0.7, 9.0))  # of z: where the search begins
EPSILON_STEP, WIDE = 0.1, 0.5  # of ε, and its step while the search goes on


class Gaussians(NamedTuple):
    """A Gaussian q(z) for each example, and its ELBO in nats."""

    mean: Float[Tensor, "n"]
    log_std: Float[Tensor, "n"]
    elbo: Float[Tensor, "n"]


def gaussian_elbo(
    curve: Curve,
    variance: float,
    x: Float[Tensor, "n 2"],
    mean: Float[Tensor, "n"],
    log_std: Float[Tensor, "n"],
    step: float = EPSILON_STEP,
) -> Float[Tensor, "n"]:
    """E_q log p(x, z) + H(q) of each example, in nats, by a sum over ε of this step."""
    epsilon, log_masses = quadrature.grid(step, dtype=x.dtype)
    z = mean[:, None] + log_std.exp()[:, None] * epsilon[:, 0]
    outputs = curve(z.reshape(-1, 1)).reshape(*z.shape, -1)
    entropy = log_std + 0.5 * math.log(2 * math.pi * math.e)
    return log_joint(x, z, outputs, variance) @ log_masses.exp() + entropy


def best_gaussian(curve: Curve, variance: float, x: Float[Tensor, "n 2"], step: float = 0.01) -> Gaussians:
    """The Gaussian of the highest ELBO for each example, by gradient steps from several places.

    A search may miss the highest one: the ELBO that is returned is attained, so the gap is never too small.
    """
    grid = quadrature.grid(step)
    with torch.no_grad():
        masses = quadrature.gaussian_log_likelihoods(x, curve(grid.nodes), variance) + grid.log_masses
        starts = [_moments(masses, grid.nodes[:, 0], *window) for window in WINDOWS]
    mean, log_std = (torch.cat(parts).requires_grad_() for parts in zip(*starts, strict=True))
    repeated = x.repeat(len(WINDOWS), 1)
    optimizer = torch.optim.Adam([mean, log_std], lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (-gaussian_elbo(curve, variance, repeated, mean, log_std, WIDE).sum()).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        elbo = gaussian_elbo(curve, variance, repeated, mean, log_std).reshape(len(WINDOWS), -1)
    best, rows = elbo.argmax(0), torch.arange(len(x))
    found = (values.detach().reshape(len(WINDOWS), -1)[best, rows] for values in (mean, log_std))
    return Gaussians(*found, elbo[best, rows])


def _moments(log_joint: Tensor, z: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Mean and log standard deviation of the posterior within a window of z."""
    masses = torch.softmax(log_joint.masked_fill((z < low) | (z > high), -math.inf), 1)
    mean = masses @ z
    variance = (masses * (z - mean[:, None]).square()).sum(1)
    return mean, 0.5 * variance.clamp(min=1e-6).log()
