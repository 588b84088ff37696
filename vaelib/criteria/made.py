"""A strong decoder: the conditional MADE (Germain et al. 2015), in the place of the PixelCNN that the authors used.

p(x|z) = Π_d p(x_d | x_1 … x_{d−1}, z) over binary pixels, row by row. Masks leave each unit only the connections from
pixels before its own, so that one pass gives all conditionals and a pixel's logit depends on no later pixel. The code
enters every layer unmasked. It is a substitution of ours: a perceptron, small enough for a processor.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from vaelib.codes import codes_at
from vaelib.data import PIXELS
from vaelib.models import Autoencoder, Encoder
from vaelib.objectives import bernoulli_distortion


def degrees(units: int, pixels: int) -> Float[Tensor, "u"]:
    """Of each hidden unit, how many of the first pixels it may see: 1 to ``pixels`` − 1, spread evenly."""
    return 1 + (torch.arange(units) * (pixels - 1)).div(units, rounding_mode="floor")


def masks(sizes: tuple[int, ...]) -> list[Float[Tensor, "o i"]]:
    """Which connections there are, layer by layer; ``sizes`` begin and end with the number of pixels."""
    pixels = sizes[0]
    seen = [torch.arange(1, pixels + 1), *(degrees(units, pixels) for units in sizes[1:-1])]
    found = [after[:, None] >= before for before, after in pairwise(seen)]
    return [mask.float() for mask in (*found, torch.arange(1, pixels + 1)[:, None] > seen[-1])]


class MaskedLinear(nn.Module):
    """A linear layer of which some connections from its first input are cut, and a second input that all units see."""

    def __init__(self, mask: Float[Tensor, "o i"], latent_dim: int):
        super().__init__()
        outputs, inputs = mask.shape
        self.seen, self.code = nn.Linear(inputs, outputs), nn.Linear(latent_dim, outputs, bias=False)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Float[Tensor, "n i"], z: Float[Tensor, "n d"]) -> Float[Tensor, "n o"]:
        """The layer's sums."""
        return F.linear(x, self.seen.weight * self.mask, self.seen.bias) + self.code(z)


class ConditionalMADE(nn.Module):
    """p(x|z), pixel after pixel; ``hidden`` sizes in the encoder's order, from the image inwards, as in ``VAE``."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int, pixels: int = PIXELS):
        super().__init__()
        self.pixels = pixels
        self.layers = nn.ModuleList(MaskedLinear(m, latent_dim) for m in masks((pixels, *reversed(hidden), pixels)))

    def forward(self, x: Float[Tensor, "n p"], z: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """Logits of each pixel, given those before it and the code."""
        *hidden, last = self.layers
        for layer in hidden:
            x = torch.relu(layer(x, z))
        return last(x, z)

    @torch.no_grad()
    def sample(self, z: Float[Tensor, "n d"], random: torch.Generator) -> Float[Tensor, "n p"]:
        """Images drawn pixel after pixel; as many passes as pixels."""
        x = torch.zeros(len(z), self.pixels)
        for pixel in range(self.pixels):
            x[:, pixel] = torch.bernoulli(torch.sigmoid(self(x, z)[:, pixel]), generator=random)
        return x


class MadeVAE(Autoencoder):
    """A perceptron that encodes, a conditional MADE that decodes."""

    def __init__(self, hidden: tuple[int, ...], decoder_hidden: tuple[int, ...], latent_dim: int, pixels: int = PIXELS):
        super().__init__()
        self.encoder = Encoder(hidden, latent_dim, inputs=pixels)
        self.decoder = ConditionalMADE(decoder_hidden, latent_dim, pixels)


@torch.no_grad()
def negative_log_likelihood(
    model: MadeVAE, x: Float[Tensor, "n p"], samples: int, random: torch.Generator
) -> Float[Tensor, "n"]:
    """−log p(x) by importance sampling with q(z|x) (Burda et al. 2016): nats per image.

    In expectation an upper bound.
    """
    mean, log_std = model.encode(x)
    logs = []
    for _ in range(samples):
        epsilon = torch.randn(mean.shape, generator=random)
        z = codes_at(mean, log_std, epsilon)
        prior_to_posterior = 0.5 * (epsilon.square() - z.square()).sum(1) + log_std.sum(1)
        logs.append(prior_to_posterior - bernoulli_distortion(model.decoder(x, z), x))
    return torch.tensor(samples).log() - torch.stack(logs).logsumexp(0)
