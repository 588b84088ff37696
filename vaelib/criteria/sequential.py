"""The sequential VAE: a picture that is drawn in steps, each with a code of its own.

Step 1 draws x_1 = G_1(z_1). Each later step takes the picture of the step before and draws over it where a gate opens,

    x_t = r_t · G_t(x_{t−1}, z_t) + (1 − r_t) · x_{t−1},   r_t = sigmoid(gate_t(x_{t−1}, z_t)), pixel by pixel.

Every code is inferred from the image alone, z_t ~ q_t(z|x), with standard deviations below 1. Each step pays for its
own picture and code, and no gradient goes from one step to the step before. So far it is as the authors' program does
it; the networks are ours, perceptrons for 28 × 28 pixels in the place of convolutional ladders for photographs.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from vaelib.data import PIXELS
from vaelib.models import Autoencoder, BernoulliDecoder, Encoder, perceptron


class Encoders(nn.Module):
    """q_1 … q_T, one perceptron each; their codes side by side, z_1 first."""

    def __init__(self, steps: int, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.steps = nn.ModuleList(Encoder(hidden, latent_dim) for _ in range(steps))

    def forward(self, x: Float[Tensor, "n 784"]) -> tuple[Float[Tensor, "n td"], Float[Tensor, "n td"]]:
        """m_1(x) … m_T(x) and the logs of s_1(x) … s_T(x), each s below 1."""
        means, raw = zip(*(encoder(x) for encoder in self.steps), strict=True)
        return torch.cat(means, 1), F.logsigmoid(torch.cat(raw, 1))


class Step(nn.Module):
    """A step that draws over the picture before it."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.layers = perceptron((PIXELS + latent_dim, *reversed(hidden), 2 * PIXELS))

    def forward(self, before: Float[Tensor, "n 784"], z: Float[Tensor, "n d"]) -> Float[Tensor, "n 784"]:
        """x_t."""
        drawn, gate = self.layers(torch.cat([before, z], 1)).sigmoid().chunk(2, dim=1)
        return gate * drawn + (1 - gate) * before


class SequentialVAE(Autoencoder):
    """T steps; with one it is a VAE with a Gaussian decoder."""

    def __init__(self, steps: int, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = Encoders(steps, hidden, latent_dim)
        self.first = BernoulliDecoder(hidden, latent_dim)
        self.later = nn.ModuleList(Step(hidden, latent_dim) for _ in range(steps - 1))

    def draw(self, z: Float[Tensor, "n td"]) -> list[Float[Tensor, "n 784"]]:
        """x_1 … x_T."""
        code, *codes = z.split(self.latent_dim, dim=1)
        pictures = [self.first.output(code)]
        for step, code in zip(self.later, codes, strict=True):
            pictures.append(step(pictures[-1].detach(), code))  # each step learns for itself
        return pictures
