"""Exact likelihoods of models with one or two latent dimensions: sums over a grid of z under the prior N(0, I).

    p(x) = ∫ p(x|z) N(z; 0, I) dz ≈ Σ_k h^d N(z_k; 0, I) p(x|z_k),   z_k a grid of step h on [−6, 6]^d.

The trapezoid rule, whose end points carry next to nothing (N(6) is 6e-9). For a smooth integrand its error falls faster
than any power of the step, once the step is below the width of the posterior p(z|x); ``step_error`` measures it.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

EXTENT = 6.0  # standard deviations of the prior on either side; 2e-9 of its mass lies farther out
ROWS = 64  # examples that meet the grid at once


class Grid(NamedTuple):
    """Places z_k and the logarithm of the prior's mass h^d N(z_k; 0, I) that each stands for."""

    nodes: Float[Tensor, "k d"]
    log_masses: Float[Tensor, "k"]


def grid(
    step: float, dimensions: int = 1, shift: float | Tensor = 0.0, dtype: torch.dtype = torch.float64, extent=EXTENT
) -> Grid:
    """A grid of this step on the latent line or plane.

    Parameters
    ----------
    step
        h; the number of nodes on an axis is the whole number nearest to 2 · extent / h, and one.
    shift
        By how many steps every node is moved, one number or one a dimension. A sum over a grid that is moved by a
        uniform shift is an unbiased estimate of p(x) whatever the step.
    """
    if not step > 0:
        raise ValueError(f"A grid has a step above 0, found {step}.")
    count = round(2 * extent / step)
    axis = torch.linspace(-extent, extent, count + 1, dtype=dtype)
    h = 2 * extent / count
    nodes = torch.cartesian_prod(*dimensions * [axis]).reshape(-1, dimensions) + h * torch.as_tensor(shift, dtype=dtype)
    log_prior = -0.5 * (nodes.square() + math.log(2 * math.pi)).sum(1)
    return Grid(nodes, log_prior + dimensions * math.log(h))


def gaussian_log_likelihoods(
    x: Float[Tensor, "n p"], outputs: Float[Tensor, "k p"], variance: float
) -> Float[Tensor, "n k"]:
    """log N(x_n; f(z_k), s² I) of every example at every output, in nats; ``variance`` is s²."""
    squares = x.square().sum(1)[:, None] + outputs.square().sum(1) - 2 * x @ outputs.T
    return -0.5 * (squares / variance + x.shape[1] * math.log(2 * math.pi * variance))


def bernoulli_log_likelihoods(x: Float[Tensor, "n p"], logits: Float[Tensor, "k p"]) -> Float[Tensor, "n k"]:
    """log p(x_n|z_k) of every image under every decoder output, as ``bernoulli_distortion`` has it, in nats."""
    return x @ logits.T - torch.nn.functional.softplus(logits).sum(1)


def log_evidence(
    x: Float[Tensor, "n p"], log_likelihoods: Callable[[Tensor], Float[Tensor, "n k"]], grid: Grid
) -> Float[Tensor, "n"]:
    """log p(x) of each example, in nats; the likelihoods of a few examples at all nodes are asked for at a time."""
    return torch.cat([(log_likelihoods(rows) + grid.log_masses).logsumexp(1) for rows in x.split(ROWS)])


def log_posterior(log_likelihoods: Float[Tensor, "n k"], grid: Grid) -> Float[Tensor, "n k"]:
    """Logarithm of the exact posterior's mass at each node: each row's masses sum to one."""
    return torch.log_softmax(log_likelihoods + grid.log_masses, 1)


def step_error(of_step: Callable[[float], Float[Tensor, "n"]], step: float) -> float:
    """The largest change of log p(x) over the examples when the step is halved, in nats."""
    return (of_step(step) - of_step(step / 2)).abs().max().item()
