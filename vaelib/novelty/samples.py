"""What a VAE draws when codes come from the prior, held against Theorem 1 and against its training images.

The other way to ask for something new: no test image, z ~ N(0, I). How like an image is to the training set is the
smallest angle between it and a training image, which brightness does not change: 0° for a copy.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cosine_similarity

from vaelib.determinism import deterministic
from vaelib.distances import most_alike
from vaelib.novelty.trained import TrainedVAE
from vaelib.objectives import cross_entropy, pixel_entropy
from vaelib.pages.markdown import table


class Outputs(NamedTuple):
    """A model's outputs at k codes, each with what Theorem 1 says there and the training image most like it."""

    outputs: Float[Tensor, "k 784"]  # x̂
    averages: Float[Tensor, "k 784"]  # μ(z)
    perplexity: Float[Tensor, "k"]
    kl_average: Float[Tensor, "k"]  # KL(μ ‖ x̂), nats per image
    most_alike: Int[Tensor, "k"]  # position in the model's training set of the image at the smallest angle to x̂
    angle: Float[Tensor, "k"]  # between them, in degrees


def from_prior(model: TrainedVAE, count: int, seed: int) -> Outputs:
    """Outputs at codes drawn from the prior N(0, I)."""
    random = torch.Generator().manual_seed(seed)
    return at_codes(model, torch.randn(count, model.experiment.latent_dim, generator=random))


@torch.no_grad()
def from_posteriors(model: TrainedVAE, x: Float[Tensor, "k 784"]) -> Outputs:
    """Outputs for images, at z = m(x)."""
    with deterministic():
        means, _ = model.vae.encode(x)
    return at_codes(model, means)


@torch.no_grad()
def at_codes(model: TrainedVAE, z: Float[Tensor, "k d"]) -> Outputs:
    """Outputs at these codes."""
    with deterministic():
        outputs = model.vae.decoder.output(z)
        best = model.optimal.summary(z, 1)
        nearest = most_alike(outputs, model.train.images)
    kl = cross_entropy(best.average, outputs) - pixel_entropy(best.average)
    angle = angles(outputs, model.train.images[nearest])
    return Outputs(outputs, best.average, best.perplexity.float(), kl, nearest, angle)


def angles(x: Float[Tensor, "k 784"], others: Float[Tensor, "k 784"]) -> Float[Tensor, "k"]:
    """The angle between each two images, in degrees."""
    return cosine_similarity(x.double(), others.double()).clamp(-1, 1).acos().mul(180 / math.pi).float()


def likeness_table(rows: list[tuple[str, Float[Tensor, "k"], Outputs | None]]) -> str:
    """Markdown: quartiles of the angle to the training image most alike, and Theorem 1's measures where there is a z.

    A row is a name, its angles, and the outputs that they belong to, or None for images of the data.
    """
    lines = []
    for name, angle, found in rows:
        low, middle, high = angle.double().quantile(torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64)).tolist()
        theorem = ("–", "–")
        if found:
            theorem = (f"{found.kl_average.median():.0f}", f"{found.perplexity.median():.2f}")
        lines.append((name, f"{middle:.1f}° ({low:.1f}° to {high:.1f}°)", *theorem))
    return table(("images", "angle to the training image most alike", "KL(μ ‖ x̂)", "perplexity"), lines)
