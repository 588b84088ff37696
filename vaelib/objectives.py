"""The terms that are optimised and measured, each for one image: summed over pixels or latent dimensions, in nats.

The objective of the paper's VAE is the mean over images of distortion + β · rate; β = 1 gives the negative ELBO.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def bernoulli_distortion(logits: Float[Tensor, "n p"], x: Float[Tensor, "n p"]) -> Float[Tensor, "n"]:
    """Cross-entropy of the image under the decoder, BCE(x, x̂): summed over pixels, in nats per image.

    x̂ = sigmoid(logits). Grey values in [0, 1] are taken as probabilities, as in the paper's code;
    for such x the minimum is the pixels' entropy, not zero.

    Raises
    ------
    ValueError
        When a pixel lies outside [0, 1].
    """
    check_pixels(x)
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def cross_entropy(target: Float[Tensor, "n p"], output: Float[Tensor, "n p"]) -> Float[Tensor, "n"]:
    """BCE(target, output) between two images: summed over pixels, in nats per image.

    The paper's measure: the target is the input x or the weighted average μ, the output is x̂. The output is clamped
    to [eps, 1 − eps] of float32, as in the paper's code, so a pixel that is wholly wrong costs 15.9 nats.

    Raises
    ------
    ValueError
        When a target's pixel lies outside [0, 1].
    """
    check_pixels(target)
    eps = torch.finfo(torch.float32).eps
    probability = output.clamp(eps, 1 - eps)
    return -(target * probability.log() + (1 - target) * torch.log1p(-probability)).sum(-1)


def pixel_entropy(image: Float[Tensor, "n p"]) -> Float[Tensor, "n"]:
    """H(image) with grey values as probabilities: summed over pixels, in nats per image.

    The least value of BCE(image, ·), reached by the image itself; what lies above it is KL(image ‖ ·).

    Raises
    ------
    ValueError
        When a pixel lies outside [0, 1].
    """
    check_pixels(image)
    return -(torch.xlogy(image, image) + torch.special.xlog1py(1 - image, -image)).sum(-1)


def gaussian_rate(mean: Float[Tensor, "n d"], log_std: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
    """KL(q(z|x) ‖ N(0, I)): summed over latent dimensions, in nats per image."""
    return 0.5 * (mean.square() + (2 * log_std).exp() - 2 * log_std - 1).sum(-1)


def check_pixels(x: Tensor) -> None:
    """Refuse what is no image.

    Raises
    ------
    ValueError
        When a pixel lies outside [0, 1].
    """
    low, high = x.aminmax()
    if not (low >= 0 and high <= 1):  # also true of NaN
        raise ValueError(f"Pixels must lie in [0, 1]; found values from {low.item():.4g} to {high.item():.4g}.")
