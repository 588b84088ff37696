"""A first stage at its end: its variance, its errors, and what each latent dimension is for.

λ_j is the mean over training images of the posterior's variance s_j(x)², an eigenvalue of the encoder's covariance in
Dai and Wipf's words: near 0 where dimension j tells something of the image, near 1 where it is superfluous.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import data
from vaelib.codes import drawn_codes
from vaelib.models import GaussianVAE
from vaelib.objectives import gaussian_rate
from vaelib.results import Keeper
from vaelib.two_stage.experiments import GaussianExperiment, ManifoldExperiment
from vaelib.two_stage.measured import DRAWN, Measured, Measurement

PICTURES = 8  # test images whose reconstruction is kept
SHAKEN, DRAWS = 64, 16  # test images, and draws of noise for each, behind ``responses``
STEPS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)  # along a dimension, from m(x) on
ACTIVE = 0.5  # λ_j below which a dimension of a manifold's code is active


@dataclass(frozen=True)
class Stage(Measurement):
    """A first stage on images.

    ``log_gamma`` and ``mse`` by epoch (as met in training); at the end, over the training set, one draw of z an image:
    ``end_mse`` (mean over pixels, of pixels in [0, 1]), ``rate`` (nats per image), ``variances`` (λ_j); and
    ``responses`` (variance of the output, mean over pixels, with unit noise in dimension j alone). Pictures are test
    images (``inputs``), their ``outputs``, and those of the first one moved along the dimensions of least and greatest
    λ_j.
    """

    experiment: GaussianExperiment

    name = "stage"
    measures = ("log_gamma", "mse", "end_mse", "rate", "variances", "responses")
    with_pictures = True

    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        run = store.get(*self.needs())
        vae, images = run.model(), self.experiment.inputs()
        test = data.partition(f"{self.experiment.dataset}/test").images[:SHAKEN]
        values = at_the_end(vae, images) | by_epoch(run.history, images.shape[1])
        values["responses"] = responses(vae, test)
        order = torch.as_tensor(values["variances"]).argsort()
        means, _ = vae.encode(test)
        along = {f"along_{which}": _along(vae, means[0], order[place]) for which, place in (("least", 0), ("most", -1))}
        shown = test[:PICTURES]
        return values, {"inputs": shown, "outputs": vae.decoder.output(means[:PICTURES]), **along}


@dataclass(frozen=True)
class OnManifold(Measurement):
    """A first stage on a manifold: the numbers of ``Stage``, for points in the place of images."""

    experiment: ManifoldExperiment

    name = "stage"
    measures = ("log_gamma", "mse", "end_mse", "rate", "variances", "responses")

    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        run, points = store.get(*self.needs()), self.experiment.inputs()
        vae = run.model()
        values = at_the_end(vae, points) | by_epoch(run.history, points.shape[1])
        return values | {"responses": responses(vae, points[:SHAKEN])}, {}


def by_epoch(history: list[dict], pixels: int) -> dict[str, list[float]]:
    """log γ after each epoch, and the squared error in it, mean over pixels."""
    errors = [row["train"]["squared_error"] / pixels for row in history]
    return {"log_gamma": [row["log_gamma"] for row in history], "mse": errors}


def at_the_end(vae: GaussianVAE, x: Float[Tensor, "n p"]) -> dict[str, Any]:
    """Squared error with z ~ q(z|x), mean over images and pixels; mean rate in nats; λ_j."""
    means, log_stds = vae.encode(x)
    random = torch.Generator().manual_seed(DRAWN)
    z = drawn_codes(means, log_stds, random)
    parts = zip(x.split(4096), z.split(4096), strict=True)
    errors = torch.cat([(image - vae.decoder.output(part)).square().mean(1) for image, part in parts])
    variances = (2 * log_stds.double()).exp().mean(0)
    return {"end_mse": errors.mean(), "rate": gaussian_rate(means, log_stds).mean(), "variances": variances}


def responses(vae: GaussianVAE, x: Float[Tensor, "n p"]) -> Float[Tensor, "d"]:
    """By dimension, the variance of the output where N(0, 1) is added to it alone at m(x); mean over images, pixels."""
    means, _ = vae.encode(x)
    random = torch.Generator().manual_seed(DRAWN)
    found = []
    for dimension in range(means.shape[1]):
        z = means.repeat(DRAWS, 1, 1)
        z[..., dimension] += torch.randn(z.shape[:2], generator=random)
        outputs = vae.decoder.output(z.flatten(0, 1)).unflatten(0, z.shape[:2])
        found.append(outputs.var(0).mean())
    return torch.stack(found)


def active(measured: Measured) -> int:
    """How many dimensions have a λ_j below ``ACTIVE``."""
    return sum(variance < ACTIVE for variance in measured["variances"])


def _along(vae: GaussianVAE, mean: Float[Tensor, "d"], dimension: Tensor) -> Float[Tensor, "s p"]:
    z = mean.repeat(len(STEPS), 1)
    z[:, dimension] += torch.tensor(STEPS)
    return vae.decoder.output(z)
