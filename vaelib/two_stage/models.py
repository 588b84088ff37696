"""The second stage's VAE, which is trained on codes, and the classifiers whose features images are compared by.

Second stage (Dai & Wipf 2019): the code z goes through hidden layers, and is put beside what comes out of them, so that
one linear layer sees both (a skip concatenation); the decoder does so with u, which has as many dimensions as z.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from vaelib.data import CLASSES
from vaelib.models import Autoencoder, convolutions, features, perceptron


class Skip(nn.Module):
    """Hidden layers with ReLU, then a linear layer of their output beside the input."""

    def __init__(self, inputs: int, hidden: tuple[int, ...], outputs: int):
        super().__init__()
        self.layers = nn.Sequential(perceptron((inputs, *hidden)), nn.ReLU())
        self.last = nn.Linear(hidden[-1] + inputs, outputs)

    def forward(self, x: Float[Tensor, "n i"]) -> Float[Tensor, "n o"]:
        """The last layer's output."""
        return self.last(torch.cat([x, self.layers(x)], dim=1))


class SkipEncoder(nn.Module):
    """q(u|z) = N(m(z), diag s(z)²)."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.layers = Skip(latent_dim, hidden, 2 * latent_dim)

    def forward(self, z: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """m(z) and log s(z)."""
        mean, log_std = self.layers(z).chunk(2, dim=1)
        return mean, log_std


class SkipDecoder(nn.Module):
    """p(z|u) = N(ẑ, γ_z I), with its own learned variance γ_z."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.layers = Skip(latent_dim, hidden, latent_dim)
        self.log_variance = nn.Parameter(torch.tensor(0.0))

    def forward(self, u: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """ẑ, the mean of p(z|u)."""
        return self.layers(u)

    output = forward

    @property
    def variance(self) -> float:
        """γ_z."""
        return self.log_variance.exp().item()


class SecondVAE(Autoencoder):
    """The VAE of the second stage."""

    def __init__(self, hidden: tuple[int, ...], latent_dim: int):
        super().__init__()
        self.encoder, self.decoder = SkipEncoder(hidden, latent_dim), SkipDecoder(hidden, latent_dim)

    @torch.no_grad()
    def draw(self, count: int, random: torch.Generator) -> Float[Tensor, "count d"]:
        """Codes z of images to be: u ~ N(0, I), z ~ p(z|u)."""
        u, noise = (torch.randn(count, self.latent_dim, generator=random) for _ in range(2))
        return self.decoder(u) + self.decoder.log_variance.div(2).exp() * noise

    @property
    def latent_dim(self) -> int:
        """The length of u, and of z."""
        return self.decoder.layers.last.out_features


FEATURES = 128


class Classifier(nn.Module):
    """Images to classes; its features are the last hidden layer's output, after ReLU.

    Parameters
    ----------
    channels
        Of the convolutions; without them, a perceptron with a hidden layer before the features.
    """

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        sizes = (features(channels), *(() if channels else (400,)), FEATURES)
        self.layers = nn.Sequential(*convolutions(channels), perceptron(sizes), nn.ReLU())
        self.last = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Float[Tensor, "n 784"]) -> Float[Tensor, "n 10"]:
        """Logits of the classes."""
        return self.last(self.layers(x))

    @torch.no_grad()
    def features(self, x: Float[Tensor, "n 784"]) -> Float[Tensor, "n 128"]:
        """The features of many images, in bounded memory."""
        return torch.cat([self.layers(part) for part in x.split(1024)])

    @torch.no_grad()
    def classes(self, x: Float[Tensor, "n 784"]) -> Int[Tensor, "n"]:
        """The likeliest class of each image."""
        return torch.cat([self(part).argmax(1) for part in x.split(1024)])
