"""The paper's VAE: a perceptron that encodes, its mirror image that decodes.

Encoder: 784 → h_1 → … → h_k → (mean, log standard deviation of q(z|x)), ReLU between.
Decoder: dim z → h_k → … → h_1 → 784 logits; x̂ = sigmoid(logits). Shallow: h = (400). Deep: h = (400, 200, 100).

Convolutions may stand between image and perceptron (ours, not the paper's), each of which halves the picture's side,
rounded up: 28 → 14 → 7 → 4; the decoder doubles it again.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaelib.data import PIXELS, SIDE


def perceptron(
    sizes: tuple[int, ...],
    between: type[nn.Module] = nn.ReLU,
) -> nn.Sequential:
    """Linear layers of these sizes with ReLU, or another module, between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), between()]
    return nn.Sequential(*layers[:-1])


def sides(channels: tuple[int, ...]) -> list[int]:
    """The picture's side before the first convolution and after each."""
    found = [SIDE]
    for _ in channels:
        found.append(-(-found[-1] // 2))
    return found


def features(channels: tuple[int, ...], inputs: int = PIXELS) -> int:
    """How many numbers the last convolution gives; without one, the inputs themselves."""
    return sides(channels)[-1] ** 2 * channels[-1] if channels else inputs


def convolutions(channels: tuple[int, ...]) -> list[nn.Module]:
    """From flat images to flat features: 3 × 3, stride 2, ReLU after each; nothing where there are no channels."""
    if not channels:
        return []
    layers: list[nn.Module] = [nn.Unflatten(1, (1, SIDE, SIDE))]
    for inputs, outputs in pairwise((1, *channels)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU()]
    return [*layers, nn.Flatten()]


def transposed_convolutions(channels: tuple[int, ...]) -> list[nn.Module]:
    """The mirror image of ``convolutions``: from flat features, ReLU before each, to flat images."""
    if not channels:
        return []
    layers: list[nn.Module] = [nn.Unflatten(1, (channels[-1], *2 * sides(channels)[-1:]))]
    pairs = zip(pairwise((*reversed(channels), 1)), pairwise(reversed(sides(channels))), strict=True)
    for (inputs, outputs), (small, large) in pairs:
        rest = large - (2 * small - 1)
        layers += [nn.ReLU(), nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=rest)]
    return [*layers, nn.Flatten()]


class Encoder(nn.Module):
    """q(z|x) = N(m(x), diag s(x)²), given by its mean m and log s.

    ``inputs`` is the length of x, an image's pixels.
    """

    def __init__(
        self,
        hidden: tuple[int, ...],
        latent_dim: int,
        channels: tuple[int, ...] = (),
        inputs: int = PIXELS,
    ):
        super().__init__()
        last = perceptron((features(channels, inputs), *hidden, 2 * latent_dim))
        self.layers = nn.Sequential(*convolutions(channels), *last)

    def forward(
        self,
        x: Float[Tensor, "n 784"],
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """m(x) and log s(x)."""
        mean, log_std = self.layers(x).chunk(2, dim=-1)
        return mean, log_std


class BernoulliDecoder(nn.Module):
    """p(x|z), one Bernoulli a pixel, given by the logits of its mean x̂.

    ``output`` is x̂ itself.
    """

    def __init__(
        self,
        hidden: tuple[int, ...],
        latent_dim: int,
        channels: tuple[int, ...] = (),
    ):
        super().__init__()
        first = perceptron((latent_dim, *reversed(hidden), features(channels)))
        self.layers = nn.Sequential(*first, *transposed_convolutions(channels))

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n 784"]:
        """Logits of x̂."""
        return self.layers(z)

    def output(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n 784"]:
        """x̂, the mean of p(x|z), in [0, 1]."""
        return torch.sigmoid(self(z))


class GaussianDecoder(nn.Module):
    """p(x|z) = N(x̂, γ I), given by its mean x̂ and one variance γ for all pixels (Dai & Wipf 2019).

    Parameters
    ----------
    hidden, latent_dim
        As those of ``BernoulliDecoder``.
    log_variance
        log γ, which stays as it is; by default it is learned, from 0 on. Dai and Wipf's code calls the standard
        deviation γ; here it is the variance, as in their paper.
    outputs
        The length of x, an image's pixels.
    squashed
        Whether x̂ is a sigmoid of the last layer, as pixels in [0, 1] want it, or the last layer itself.
    """

    def __init__(
        self,
        hidden: tuple[int, ...],
        latent_dim: int,
        log_variance: float | None = None,
        outputs: int = PIXELS,
        squashed: bool = True,
    ):
        super().__init__()
        self.layers = perceptron((latent_dim, *reversed(hidden), outputs))
        self.squashed = squashed
        self.log_variance = nn.Parameter(torch.tensor(log_variance or 0.0), requires_grad=log_variance is None)

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """x̂, the mean of p(x|z)."""
        found = self.layers(z)
        return found.sigmoid() if self.squashed else found

    output = forward

    @property
    def variance(self) -> float:
        """γ."""
        return self.log_variance.exp().item()


class Autoencoder(nn.Module):
    """An encoder and a decoder, by these names."""

    encoder: nn.Module
    decoder: nn.Module

    @torch.no_grad()
    def encode(self, x: Float[Tensor, "n p"], chunk: int = 4096) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Means and log standard deviations of many images, without gradients, in bounded memory."""
        means, log_stds = zip(*(self.encoder(part) for part in x.split(chunk)), strict=True)
        return torch.cat(means), torch.cat(log_stds)


class VAE(Autoencoder):
    """Encoder and decoder of one architecture h, or of two; an empty h is a linear map.

    The decoder's ``hidden`` sizes are given in the encoder's order, from the image inwards; ``channels`` are those of
    the convolutions between image and perceptron.
    """

    def __init__(
        self,
        hidden: tuple[int, ...],
        latent_dim: int,
        decoder_hidden: tuple[int, ...] | None = None,
        channels: tuple[int, ...] = (),
    ):
        super().__init__()
        self.encoder = Encoder(hidden, latent_dim, channels)
        self.decoder = BernoulliDecoder(hidden if decoder_hidden is None else decoder_hidden, latent_dim, channels)


class GaussianVAE(Autoencoder):
    """A perceptron VAE with a Gaussian decoder, whose parameters are those of ``GaussianDecoder``."""

    def __init__(
        self,
        hidden: tuple[int, ...],
        latent_dim: int,
        log_variance: float | None = None,
        inputs: int = PIXELS,
        squashed: bool = True,
    ):
        super().__init__()
        self.encoder = Encoder(hidden, latent_dim, inputs=inputs)
        self.decoder = GaussianDecoder(hidden, latent_dim, log_variance, inputs, squashed)


def decoder_parameters(hidden: tuple[int, ...], latent_dim: int) -> int:
    """How many weights and biases the decoder has: the horizontal axis of the paper's Figure 4."""
    sizes = (latent_dim, *reversed(hidden), PIXELS)
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))
