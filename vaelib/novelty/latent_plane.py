"""Theorem 1 over a plane of two latent dimensions, as in Figure 3."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib.determinism import deterministic
from vaelib.optimal_decoder import OptimalDecoder

EXTENT = 5.0  # the latent plane of Figure 3 is [-5, 5]²
STEPS = 600  # places along each side of it, as in the authors' code


class LatentPlane(NamedTuple):
    """Theorem 1 over the square [-extent, extent]² of a two-dimensional latent space; rows are z_2, columns z_1."""

    extent: float
    largest_weight: Float[Tensor, "s s"]
    owners: Int[Tensor, "s s"]  # position of the training point that it is on
    log_density: Float[Tensor, "s s"]
    means: Float[Tensor, "n 2"]  # of the training points' posteriors
    stds: Float[Tensor, "n 2"]


def latent_plane(optimal: OptimalDecoder, extent: float = EXTENT, steps: int = STEPS) -> LatentPlane:
    """The largest weight and log q(z) on a grid of steps × steps points."""
    z = plane_codes(extent, steps)
    with deterministic():  # far from all means the densities are denormal numbers, slow where they are kept
        weights, owners = optimal.top(z, 1)
        maps = [values.reshape(steps, steps) for values in (weights, owners, optimal.log_density(z))]
    return LatentPlane(extent, *maps, optimal.means, optimal.log_stds.exp())


def plane_codes(extent: float, steps: int) -> Float[Tensor, "k 2"]:
    """The grid's points, row after row."""
    line = torch.linspace(-extent, extent, steps, dtype=torch.float64)
    return torch.cartesian_prod(line, line).flip(1)


def stratified_latents(per_axis: int, seed: int) -> Float[Tensor, "k 2"]:
    """One z from each of per_axis × per_axis cells of equal probability under the prior N(0, I) of two dimensions."""
    random = torch.Generator().manual_seed(seed)
    corners = torch.cartesian_prod(torch.arange(per_axis), torch.arange(per_axis)).double()
    uniform = (corners + torch.rand(corners.shape, generator=random, dtype=torch.float64)) / per_axis
    return torch.special.ndtri(uniform)
