"""Exact measures of a VAE of points with one latent dimension: all sums over grids, no noise."""

import copy
import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import quadrature, toys
from vaelib.likelihood_first.models import CurveVAE, Posterior
from vaelib.likelihood_first.objectives import log_ratios

STEP = 0.002  # of z, for log p(x)
COARSE = 0.01  # of z, where a run is watched while it goes on
EPSILON_STEP = 0.1  # of ε, for expectations under a component of q
LINE_STEP = 0.005  # of z, for densities of z


class Curve(NamedTuple):
    """What the latent line holds: q(z) at places, in nats per unit of z."""

    z: Float[Tensor, "k"]
    density: Float[Tensor, "k"]


def elbo(vae: CurveVAE, x: Float[Tensor, "n 2"], variance: float) -> Float[Tensor, "n"]:
    """The ELBO of each point with the model's own q, in nats, by sums over ε of each component."""
    epsilon, log_masses = quadrature.grid(EPSILON_STEP, dtype=x.dtype)
    posterior = vae.posterior(x)
    z = posterior.at(epsilon[:, 0].expand(*posterior.means.shape, -1))
    places = z.flatten(1)
    outputs = vae.curve(places.reshape(-1, 1)).reshape(*places.shape, 2)
    ratios = log_ratios(x, posterior, places, outputs, variance).reshape(z.shape)
    return (posterior.log_shares.exp() * (ratios @ log_masses.exp())).sum(1)


@torch.no_grad()
def parts(vae: CurveVAE, x: Float[Tensor, "n 2"], family: toys.Family, step: float = COARSE) -> dict[str, float]:
    """Means over the points of log p(x) and of the ELBO, in nats."""
    exact = in_float64(vae)
    log_density = toys.log_density(exact.curve, family.variance, x, step)
    return {"log_likelihood": log_density.mean().item(), "elbo": elbo(exact, x, family.variance).mean().item()}


def rate_and_line(posterior: Posterior) -> tuple[float, Curve]:
    """The mean rate E KL(q(z|x) ‖ p(z)) over the points, in nats, and the aggregate posterior q(z)."""
    epsilon, log_masses = quadrature.grid(EPSILON_STEP, dtype=posterior.means.dtype)
    z = posterior.at(epsilon[:, 0].expand(*posterior.means.shape, -1))
    places = z.flatten(1)
    log_prior = -0.5 * (places.square() + math.log(2 * math.pi))
    excess = (posterior.log_density(places) - log_prior).reshape(z.shape) @ log_masses.exp()
    line = quadrature.grid(LINE_STEP).nodes[:, 0].to(posterior.means.dtype)
    density = torch.zeros_like(line)
    for start in range(0, len(posterior.means), 64):
        few = Posterior(*(part[start : start + 64] for part in posterior))
        density += few.log_density(line.expand(len(few.means), -1)).exp().sum(0)
    return (posterior.log_shares.exp() * excess).sum(1).mean().item(), Curve(line, density / len(posterior.means))


def exact_rate_and_line(
    curve, x: Float[Tensor, "n 2"], variance: float, step: float = LINE_STEP
) -> tuple[float, Curve]:
    """As ``rate_and_line``, with the exact posterior on a grid in the place of q."""
    grid = quadrature.grid(step)
    outputs, h = curve(grid.nodes), grid.nodes[1, 0] - grid.nodes[0, 0]
    masses, rates = torch.zeros(len(grid.nodes), dtype=x.dtype), []
    for rows in x.split(64):
        log_masses = quadrature.log_posterior(quadrature.gaussian_log_likelihoods(rows, outputs, variance), grid)
        masses += log_masses.exp().sum(0)
        rates.append((log_masses.exp() * (log_masses - grid.log_masses)).sum(1))
    return torch.cat(rates).mean().item(), Curve(grid.nodes[:, 0], masses / (len(x) * h))


def from_prior(line: Curve) -> float:
    """KL(q(z) ‖ N(0, 1)) of an aggregate posterior, in nats, by a sum over its places."""
    log_prior = -0.5 * (line.z.square() + math.log(2 * math.pi))
    h = line.z[1] - line.z[0]
    return (h * (torch.xlogy(line.density, line.density) - line.density * log_prior).sum()).item()


def in_float64(vae: CurveVAE) -> CurveVAE:
    """A copy of a model that computes in double precision, and is not trained."""
    return copy.deepcopy(vae).double().requires_grad_(False)
