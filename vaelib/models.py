"""The paper's VAE: a perceptron that encodes, its mirror image that decodes.

Encoder: 784 → h_1 → … → h_k → (mean, log standard deviation of q(z|x)), ReLU between.
Decoder: dim z → h_k → … → h_1 → 784 logits; x̂ = sigmoid(logits). Shallow: h = (400). Deep: h = (400, 200, 100).
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaelib.data import PIXELS


def perceptron(sizes: tuple[int, ...]) -> nn.Sequential:
    """Linear layers of these sizes with ReLU between them; the last one is linear."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Encoder(nn.Module):
    """q(z|x) = N(m(x), diag s(x)²), given by its mean m and log s."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.layers = perceptron((PIXELS, *hidden, 2 * latent_dim))

    def forward(self, x: Float[Tensor, "n 784"]) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """m(x) and log s(x)."""
        mean, log_std = self.layers(x).chunk(2, dim=-1)
        return mean, log_std


class BernoulliDecoder(nn.Module):
    """p(x|z), one Bernoulli a pixel, given by the logits of its mean x̂; ``output`` is x̂ itself."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.layers = perceptron((latent_dim, *reversed(hidden), PIXELS))

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n 784"]:
        """Logits of x̂."""
        return self.layers(z)

    def output(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n 784"]:
        """x̂, the mean of p(x|z), in [0, 1]."""
        return torch.sigmoid(self(z))


class VAE(nn.Module):
    """Encoder and decoder of one architecture h, or of two; an empty h is a linear map.

    The decoder's ``hidden`` sizes are given in the encoder's order, from the image inwards.
    """

    def __init__(self, hidden: tuple[int, ...], latent_dim: int, decoder_hidden: tuple[int, ...] | None = None):
        super().__init__()
        self.encoder = Encoder(hidden, latent_dim)
        self.decoder = BernoulliDecoder(hidden if decoder_hidden is None else decoder_hidden, latent_dim)

    @torch.no_grad()
    def encode(self, x: Float[Tensor, "n 784"], chunk: int = 4096) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Means and log standard deviations of many images, without gradients, in bounded memory."""
        means, log_stds = zip(*(self.encoder(part) for part in x.split(chunk)), strict=True)
        return torch.cat(means), torch.cat(log_stds)


def decoder_parameters(hidden: tuple[int, ...], latent_dim: int) -> int:
    """How many weights and biases the decoder has: the horizontal axis of the paper's Figure 4."""
    sizes = (latent_dim, *reversed(hidden), PIXELS)
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))
