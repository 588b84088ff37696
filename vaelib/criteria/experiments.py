"""The trainings of this paper: four kinds."""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from vaelib import data
from vaelib.codes import codes_at
from vaelib.criteria.family import Weights, criterion, regularisers
from vaelib.criteria.made import MadeVAE
from vaelib.criteria.sequential import SequentialVAE
from vaelib.kinds import MOST_DIMENSIONS, Hidden, OnImages
from vaelib.models import VAE, BernoulliDecoder
from vaelib.objectives import Autograd, bernoulli_distortion, gaussian_distortion, squared_error
from vaelib.results import Keeper

PIXEL_VARIANCE = 1 / 32  # s² of a Gaussian decoder: the authors weigh ‖x − x̂‖² by 16 = 1 / (2 s²)
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class WithCode(OnImages):
    """What all kinds share: hidden layers, and a code."""

    hidden: Hidden = Field((400,), description="sizes of the hidden layers, from the image inwards")
    latent_dim: int = Field(ge=1, le=MOST_DIMENSIONS, description="dim z, of each step where there are several")


class Member(WithCode):
    """A member of the family: a perceptron VAE with Gaussian pixels, and the weights of its regularisers."""

    kind: Literal["member"] = "member"
    beta: Weight = Field(description="weight β of the rate")
    mmd: Weight = Field(0.0, description="weight λ of the MMD² between q(z) and the prior")
    pixel_variance: float = Field(PIXEL_VARIANCE, gt=0, description="s² of the Gaussian decoder")

    @property
    def weights(self) -> Weights:
        """Which member it is."""
        return Weights(self.beta, self.mmd)

    def architecture(self) -> VAE:
        """The VAE with fresh weights; x̂ is the mean of a Gaussian."""
        return VAE(self.hidden, self.latent_dim)

    def objective(self, model: VAE, inputs: Tensor) -> Autograd:
        """−log p(x|z) and the regularisers."""
        log_variance = torch.tensor(self.pixel_variance).log()

        def loss(vae, x, epsilon, step):
            mean, log_std = vae.encoder(x)
            z = codes_at(mean, log_std, epsilon)
            distortion = gaussian_distortion(vae.decoder.output(z), x, log_variance)
            return criterion(distortion, **regularisers(self.weights, mean, log_std, z))

        return Autograd(model, inputs, (self.latent_dim,), loss)


def whitened(images: Float[Tensor, "n p"], dimensions: int) -> Float[Tensor, "n d"]:
    """The images' first principal components, each of variance 1."""
    centred = images.double() - images.double().mean(0)
    left, _, _ = torch.linalg.svd(centred, full_matrices=False)
    return (left[:, :dimensions] * len(images) ** 0.5).float()


class NoisyCode(WithCode):
    """A decoder for a given encoder, q(z|x) = N(m(x), σ² I): m(x) are whitened principal components, σ is the noise.

    The encoder is not trained, so that between two of these nothing differs but how far posteriors overlap. A row of
    ``inputs`` is an image and its m(x). The loss is ‖x − x̂‖².
    """

    kind: Literal["noisy-code"] = "noisy-code"
    noise: float = Field(gt=0, allow_inf_nan=False, description="σ of every posterior, in each dimension")

    def architecture(self) -> BernoulliDecoder:
        """The decoder with fresh weights."""
        return BernoulliDecoder(self.hidden, self.latent_dim)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """Images and codes side by side, shape (N, 784 + dim z)."""
        images = self.train().images
        return torch.cat([images, whitened(images, self.latent_dim)], 1)

    def objective(self, model: BernoulliDecoder, inputs: Tensor) -> Autograd:
        """The squared error at z ~ q(z|x)."""

        def loss(decoder, rows, epsilon, step):
            x, mean = rows[:, : data.PIXELS], rows[:, data.PIXELS :]
            error = squared_error(decoder.output(mean + self.noise * epsilon), x)
            return error, {"error": error}

        return Autograd(model, inputs, (self.latent_dim,), loss)


class Made(WithCode):
    """A VAE with a conditional MADE as its decoder, on binary images: white where the pixel is above a half.

    Images may be made coarser before, by means over squares of pixels: the fewer there are, the less a MADE leaves for
    a code to say.
    """

    kind: Literal["made"] = "made"
    decoder_hidden: Hidden = Field((800,), description="sizes of the MADE's hidden layers; more than pixels")
    beta: Weight = Field(description="weight β of the rate")
    mmd: Weight = Field(0.0, description="weight λ of the MMD² between q(z) and the prior")
    side: Literal[28, 14, 7] = Field(data.SIDE, description="pixels along a side of the images")

    @property
    def weights(self) -> Weights:
        """Which member it is."""
        return Weights(self.beta, self.mmd)

    def architecture(self) -> MadeVAE:
        """The VAE with fresh weights."""
        return MadeVAE(self.hidden, self.decoder_hidden, self.latent_dim, self.side**2)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """The binary training images, shape (N, side²)."""
        return binary(super().inputs(store), self.side)

    def objective(self, model: MadeVAE, inputs: Tensor) -> Autograd:
        """−log p(x|z) and the regularisers."""

        def loss(vae, x, epsilon, step):
            mean, log_std = vae.encoder(x)
            z = codes_at(mean, log_std, epsilon)
            distortion = bernoulli_distortion(vae.decoder(x, z), x)
            return criterion(distortion, **regularisers(self.weights, mean, log_std, z))

        return Autograd(model, inputs, (self.latent_dim,), loss)


def binary(images: Float[Tensor, "n 784"], side: int = data.SIDE) -> Float[Tensor, "n p"]:
    """1 where a pixel is above a half, else 0; of fewer pixels where ``side`` is a part of the images'."""
    squares = F.avg_pool2d(images.view(-1, 1, data.SIDE, data.SIDE), data.SIDE // side)
    return (squares.flatten(1) > 0.5).float()


class Sequential(WithCode):
    """The sequential VAE.

    The loss is Σ_t −log N(x; x_t, s² I) + c · rate_t, nats per image, with c rising as 1 − exp(−step / warm-up). The
    authors' warm-up is 10,000 steps of trainings of days; ours fits shorter ones.
    """

    kind: Literal["sequential"] = "sequential"
    steps: int = Field(ge=1, le=100, description="steps in which a picture is drawn")
    warm_up: float = Field(1000.0, gt=0, allow_inf_nan=False, description="steps of the optimizer in which c rises")
    pixel_variance: float = Field(PIXEL_VARIANCE, gt=0, description="s² of the Gaussian decoder")

    def in_short(self) -> tuple[str, ...]:
        """Training set, kind, steps and code."""
        return (*super().in_short(), f"steps-{self.steps}", f"z-{self.latent_dim}")

    def architecture(self) -> SequentialVAE:
        """The sequential VAE with fresh weights."""
        return SequentialVAE(self.steps, self.hidden, self.latent_dim)

    def objective(self, model: SequentialVAE, inputs: Tensor) -> Autograd:
        """The sum over the steps; each term's history is the sum's."""
        log_variance = torch.tensor(self.pixel_variance).log()

        def loss(vae, x, epsilon, step):
            mean, log_std = vae.encoder(x)
            pictures = vae.draw(codes_at(mean, log_std, epsilon))
            distortion = sum(gaussian_distortion(picture, x, log_variance) for picture in pictures)
            weights = Weights(1 - torch.tensor(-step / self.warm_up).exp().item())
            return criterion(distortion, **regularisers(weights, mean, log_std, epsilon))

        return Autograd(model, inputs, (self.steps * self.latent_dim,), loss)
