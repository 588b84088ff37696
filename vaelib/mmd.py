"""How unlike two distributions are, by samples of them: the maximum mean discrepancy (MMD, Gretton et al. 2012).

MMD²(q, p) = E k(a, a') − 2 E k(a, b) + E k(b, b') with a, a' ~ q and b, b' ~ p; zero for q = p alone. The kernel k is
the mean of Gaussians of several widths. All estimates are V-statistics: never negative, and for n samples of p itself
about (1 − E k(b, b')) / n.
"""

import torch
from jaxtyping import Float
from torch import Tensor

SCALES = (0.25, 1.0, 4.0)  # squared widths of the Gaussians, in units of ``width``


def kernel(a: Float[Tensor, "n d"], b: Float[Tensor, "m d"], width: float) -> Float[Tensor, "n m"]:
    """k(a, b): the mean over ``SCALES`` c of exp(−‖a − b‖² / (2 c width))."""
    squared = (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T).clamp(min=0)
    return torch.stack([(-squared / (2 * scale * width)).exp() for scale in SCALES]).mean(0)


def mmd(a: Float[Tensor, "n d"], b: Float[Tensor, "m d"], width: float) -> Float[Tensor, ""]:
    """MMD² of two samples; ``width`` is a squared distance, such as the summed variance of one of them."""
    return kernel(a, a, width).mean() - 2 * kernel(a, b, width).mean() + kernel(b, b, width).mean()


def mmd_from_prior(z: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """MMD² of codes and the prior N(0, I), with the expectations over the prior in closed form; the width is dim z.

    Gaussians integrate to Gaussians: with h² = c d, E k(z, b) = (h²/(h² + 1))^(d/2) exp(−‖z‖² / (2 (h² + 1))) and
    E k(b, b') = (h²/(h² + 2))^(d/2).
    """
    dimensions = z.shape[1]
    found = kernel(z, z, dimensions).mean()
    for scale in SCALES:
        h2 = scale * dimensions
        across = (h2 / (h2 + 1)) ** (dimensions / 2) * (-z.square().sum(1) / (2 * (h2 + 1))).exp().mean()
        found = found + ((h2 / (h2 + 2)) ** (dimensions / 2) - 2 * across) / len(SCALES)
    return found
