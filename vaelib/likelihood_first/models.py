"""A VAE of points of the plane with one latent dimension, whose noise s² is known: a curve, and where on it x lies."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaelib.models import perceptron


class Posterior(NamedTuple):
    """q(z|x), a mixture of Gaussians of each example, by the logarithm of its shares, means and log σ."""

    log_shares: Float[Tensor, "n c"]
    means: Float[Tensor, "n c"]
    log_stds: Float[Tensor, "n c"]

    def log_density(self, z: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
        """log q(z|x) at places of each example's own."""
        scaled = (z[..., None] - self.means[:, None]) / self.log_stds[:, None].exp()
        log_gaussians = -0.5 * (scaled.square() + math.log(2 * math.pi)) - self.log_stds[:, None]
        return (self.log_shares[:, None] + log_gaussians).logsumexp(-1)

    def at(self, epsilon: Float[Tensor, "n c s"]) -> Float[Tensor, "n c s"]:
        """z = m + σ ε under each component."""
        return self.means[..., None] + self.log_stds[..., None].exp() * epsilon


class CurveVAE(nn.Module):
    """Encoder 2 → 50 → 50 → q(z|x), a mixture of so many Gaussians; decoder 1 → 50 → 50 → 50 → 2, tanh between."""

    def __init__(self, hidden: tuple[int, ...], encoder_hidden: tuple[int, ...], components: int = 1):
        super().__init__()
        self.encoder = perceptron((2, *encoder_hidden, 3 * components), nn.Tanh)
        self.decoder = perceptron((1, *hidden, 2), nn.Tanh)

    def posterior(self, x: Float[Tensor, "n 2"]) -> Posterior:
        """q(z|x) of each point."""
        shares, means, log_stds = self.encoder(x).chunk(3, dim=-1)
        return Posterior(torch.log_softmax(shares, -1), means, log_stds)

    def curve(self, z: Float[Tensor, "k 1"]) -> Float[Tensor, "k 2"]:
        """f(z), the mean of p(x|z)."""
        return self.decoder(z)
