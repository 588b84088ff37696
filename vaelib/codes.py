"""Codes z ~ q(z|x) = N(m(x), diag s(x)²), as every model of the book draws them."""

import torch
from jaxtyping import Float
from torch import Tensor


def codes_at(
    mean: Float[Tensor, "n d"],
    log_std: Float[Tensor, "n d"],
    epsilon: Float[Tensor, "n d"],
) -> Float[Tensor, "n d"]:
    """z = m(x) + s(x) ε: a code of each posterior from standard normal noise ε.

    Kingma & Welling 2014, §2.4.
    """
    return mean + log_std.exp() * epsilon


def drawn_codes(
    mean: Float[Tensor, "n d"], log_std: Float[Tensor, "n d"], random: torch.Generator
) -> Float[Tensor, "n d"]:
    """A code of each posterior, its noise from a generator on the processor."""
    return codes_at(mean, log_std, torch.randn(mean.shape, generator=random).to(mean.device))
