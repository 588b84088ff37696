"""The terms that are optimised and measured, each for one image: summed over pixels or latent dimensions, in nats.

The objective of the paper's VAE is the mean over images of distortion + β · rate; β = 1 gives the negative ELBO.
What training asks of any objective is ``Objective``; ``Autograd`` makes one of a loss.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from vaelib.codes import codes_at

Terms = dict[str, Tensor]  # named terms, each summed over a batch, in nats
Loss = Callable[[nn.Module, Tensor, Tensor, int], tuple[Float[Tensor, "n"], dict[str, Float[Tensor, "n"]]]]


def come_in(step: int, steps: int) -> float:
    """The part of a term that counts at this step, where it comes in over so many, evenly; all of it with 0 steps."""
    return min(1, step / steps) if steps else 1


class Objective(Protocol):
    """What training needs to know of what it optimises.

    ``parameters`` are moved by the optimizer; ``noise`` is the shape of the standard normal noise that a row of the
    training set takes. A call with a batch's rows, their noise and the number of the step leaves the gradient of the
    mean over the rows in the parameters' ``grad`` and returns the terms by name, each summed over the rows, in nats.
    """

    parameters: Sequence[Tensor]
    noise: tuple[int, ...]

    def __call__(self, rows: Int[Tensor, "n"], noise: Tensor, step: int) -> Terms: ...


class Autograd:
    """The plain objective: a loss a row, and PyTorch's own gradient of its mean.

    Parameters
    ----------
    model
        Its parameters that require a gradient are trained.
    inputs
        The training set, one row an example.
    noise
        Shape of a row's noise.
    loss
        Called with model, rows of the inputs, noise and step; returns the loss of each row and the terms to be watched.
    """

    def __init__(self, model: nn.Module, inputs: Tensor, noise: tuple[int, ...], loss: Loss):
        self.model, self.inputs, self.noise, self.loss = model, inputs, noise, loss
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def __call__(self, rows: Int[Tensor, "n"], noise: Tensor, step: int) -> Terms:
        losses, terms = self.loss(self.model, self.inputs[rows], noise, step)
        self.model.zero_grad()
        losses.mean().backward()
        return {name: values.detach().sum() for name, values in terms.items()}


def negative_elbo(
    vae: nn.Module,
    x: Float[Tensor, "n 784"],
    epsilon: Float[Tensor, "n d"],
    beta: float = 1.0,
):
    """The loss of the paper's VAE, distortion + β · rate at z = m(x) + s(x) ε.

    Returned with its terms, in nats per image.
    """
    mean, log_std = vae.encoder(x)
    z = codes_at(mean, log_std, epsilon)  # z ~ q(z|x)
    terms = {
        "distortion": bernoulli_distortion(vae.decoder(z), x),
        "rate": gaussian_rate(mean, log_std),
    }
    return terms["distortion"] + beta * terms["rate"], terms


def bernoulli_distortion(
    logits: Float[Tensor, "n p"],
    x: Float[Tensor, "n p"],
) -> Float[Tensor, "n"]:
    """Cross-entropy of the image under the decoder, BCE(x, x̂).

    Summed over pixels, in nats per image; x̂ = sigmoid(logits). Grey values in [0, 1]
    are taken as probabilities, as in the paper's code; for such x the minimum is the
    pixels' entropy, not zero.

    Raises
    ------
    ValueError
        When a pixel lies outside [0, 1].
    """
    check_pixels(x)
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def gaussian_distortion(
    output: Float[Tensor, "n p"], x: Float[Tensor, "n p"], log_variance: Float[Tensor, ""]
) -> Float[Tensor, "n"]:
    """−log N(x; x̂, γ I) with its constants, ½ Σ ((x − x̂)²/γ + log γ + log 2π): summed over pixels, in nats per image.

    The output x̂ is the mean, log γ the log of one variance for all pixels. A density may be above 1 and this below 0;
    where γ is free it is least at the mean of (x − x̂)² over images and pixels (Dai & Wipf 2019, equation 2).
    """
    return 0.5 * ((x - output).square() * (-log_variance).exp() + log_variance + math.log(2 * math.pi)).sum(-1)


def squared_error(output: Float[Tensor, "n p"], x: Float[Tensor, "n p"]) -> Float[Tensor, "n"]:
    """‖x − x̂‖², summed over pixels.

    Divided by 2 s² it is the distortion in nats per image of a Gaussian decoder with variance s², up to a constant.
    """
    return (x - output).square().sum(-1)


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


def gaussian_rate(
    mean: Float[Tensor, "n d"],
    log_std: Float[Tensor, "n d"],
) -> Float[Tensor, "n"]:
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
