"""The kinds of experiment that several papers train: the perceptron VAE with Bernoulli pixels, and variations of it."""

from typing import Annotated, Literal

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor

from vaelib import data
from vaelib.closed_form import ClosedForm
from vaelib.codes import codes_at, drawn_codes
from vaelib.errors import UnknownName
from vaelib.experiment import BaseExperiment, Monitor
from vaelib.models import VAE, decoder_parameters
from vaelib.objectives import Autograd, Objective, bernoulli_distortion, come_in, gaussian_rate
from vaelib.results import Keeper
from vaelib.runs import Trained, model_of

MOST_LAYERS, MOST_UNITS, MOST_DIMENSIONS, MOST_CHANNELS = 16, 10_000, 1_000, 512  # far beyond any use of them here
WATCHED = 1000  # training images whose median posterior σ the history holds
Hidden = Annotated[tuple[Annotated[int, Field(ge=1, le=MOST_UNITS)], ...], Field(max_length=MOST_LAYERS)]


class OnImages(BaseExperiment):
    """What trainings on images share: a training partition, or the first images of one."""

    first: int | None = Field(None, ge=1, description="train on the partition's first images alone (smoke size)")

    @field_validator("data")
    @classmethod
    def _is_a_training_partition(cls, name: str) -> str:
        try:
            split = data.parse_name(name).split
        except UnknownName as error:
            raise ValueError(str(error)) from None
        if split != "train":
            raise ValueError(f"{name!r} is a part of the test set; an experiment trains on a part of the training set.")
        return name

    @property
    def dataset(self) -> str:
        """The data set that the partition is cut from."""
        return data.parse_name(self.data).dataset

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data set alone."""
        return (self.dataset,)

    def train(self) -> data.Partition:
        """The training images with their classes."""
        return data.partition(self.data).first(self.first)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """The training images, shape (N, 784)."""
        return self.train().images


class Experiment(OnImages):
    """A training of the paper's VAE. The defaults are the protocol of this project's first paper.

    It is the one kind without a tag, so that the names and keys of what was published before there were others stay.
    """

    hidden: Hidden = Field(description="the architecture h: sizes of the encoder's hidden layers")
    latent_dim: int = Field(50, ge=1, le=MOST_DIMENSIONS, description="dim z")
    likelihood: Literal["bernoulli"] = "bernoulli"
    beta: float = Field(1.0, ge=0, allow_inf_nan=False, description="weight β of the rate")
    test_every: int = Field(1, ge=1, description="epochs between two measurements on the test set")

    def in_short(self) -> tuple[str, ...]:
        """Training set, architecture and dim z."""
        layers = "-".join(map(str, self.hidden)) or "linear"
        first, *tag = super().in_short()
        return (first, f"h-{layers}", f"z-{self.latent_dim}", *tag)

    @property
    def held_out(self) -> int | None:
        """The held-out digit d, or None where every class was seen."""
        return data.parse_name(self.data).digit

    @property
    def is_mini(self) -> bool:
        """Whether it trains on mini-MNIST, a hundred images, in the place of a whole training set."""
        return data.parse_name(self.data).seed is not None

    @property
    def depth(self) -> int:
        """Number of the encoder's hidden layers, and of the decoder's."""
        return len(self.hidden)

    @property
    def decoder_parameters(self) -> int:
        """Number of weights and biases of the decoder."""
        return decoder_parameters(self.hidden, self.latent_dim)

    def architecture(self) -> VAE:
        """The VAE with fresh weights."""
        return VAE(self.hidden, self.latent_dim)

    def objective(self, model: VAE, inputs: Tensor) -> Objective:
        """The mean over images of distortion + β · rate, with its gradient in closed form."""
        return ClosedForm(model, inputs, self.beta)

    def monitor(self, device: str) -> Monitor:
        """The objective's terms over test images, seen and held out, and the median σ over some training images."""
        test = {name: data.partition(f"{self.dataset}/{part}").images.to(device) for name, part in self._test_sets()}

        def row(vae: VAE, inputs: Tensor, epoch: int) -> dict:
            found = {}
            tested = epoch % self.test_every == 0
            if tested:
                found |= {name: self._terms(vae, x) for name, x in test.items()}
            if tested or epoch in self.snapshots:
                found["median_std"] = vae.encode(inputs[:WATCHED])[1].exp().median().item()
            return found

        return row

    def _test_sets(self) -> list[tuple[str, str]]:
        d = self.held_out
        if d is None:
            return [("seen", "test")]
        return [("seen", f"test-without-{d}"), ("held_out", f"test-{d}")]

    @torch.no_grad()
    def _terms(self, vae: VAE, x: Tensor) -> dict[str, float]:
        # the same noise at each epoch, and none of the training's own stream
        random = torch.Generator().manual_seed(self.seed)
        mean, log_std = vae.encode(x)
        z = drawn_codes(mean, log_std, random)
        parts = zip(z.split(4096), x.split(4096), strict=True)
        distortion = torch.cat([bernoulli_distortion(vae.decoder(part), image) for part, image in parts])
        return {"distortion": distortion.mean().item(), "rate": gaussian_rate(mean, log_std).mean().item()}


class VariedExperiment(Experiment):
    """The paper's VAE with its halves apart, or its rate held off: what is varied to find out what decides.

    Exceptions to the protocol, each of them off by default: a decoder of another architecture than the encoder's; an
    encoder that is another run's and stays as it is; a weight of the rate that rises from 0 (KL warm-up); a rate that
    costs nothing more below a floor for each latent dimension (free bits); convolutions between image and perceptron;
    a training set that begins later in the partition.
    """

    kind: Literal["varied"] = "varied"
    decoder_hidden: Hidden | None = Field(None, description="sizes of the decoder's hidden layers, as the encoder's")
    encoder_of: Experiment | None = Field(None, description="the run whose last encoder is taken, and not trained")
    warm_up: int = Field(0, ge=0, description="epochs over which β rises from 0, step by step; 0 for none")
    free_bits: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="nats of each dimension that cost as much as 0"
    )
    channels: Annotated[tuple[Annotated[int, Field(ge=1, le=MOST_CHANNELS)], ...], Field(max_length=MOST_LAYERS)] = (
        Field((), description="channels of the encoder's convolutions, before its hidden layers; the decoder's mirror")
    )
    skip: int = Field(0, ge=0, description="how many of the partition's first images are left out")

    @model_validator(mode="after")
    def _encoder_fits(self):
        taken = self.encoder_of
        if taken is not None and (self.channels or type(taken) is not Experiment):
            raise ValueError("encoder_of is a run of the paper's perceptron: expected no channels, and nothing varied.")
        if taken is not None and (taken.hidden, taken.latent_dim) != (self.hidden, self.latent_dim):
            raise ValueError(
                f"encoder_of has h = {taken.hidden}, dim z = {taken.latent_dim}: expected those of this experiment, "
                f"{self.hidden}, {self.latent_dim}."
            )
        return self

    @property
    def depth(self) -> int:
        """Number of the encoder's hidden layers, convolutions among them."""
        return len(self.channels) + len(self.hidden)

    @property
    def decoder_parameters(self) -> int:
        """Number of weights and biases of the decoder."""
        return sum(parameter.numel() for parameter in self.architecture().decoder.parameters())

    def train(self) -> data.Partition:
        """The training images with their classes."""
        return data.partition(self.data).after(self.skip).first(self.first)

    def needs(self) -> tuple[Trained, ...]:
        """The run whose encoder is taken."""
        return () if self.encoder_of is None else (Trained(self.encoder_of, (self.encoder_of.epochs,)),)

    def architecture(self) -> VAE:
        """The VAE with fresh weights."""
        return VAE(self.hidden, self.latent_dim, self.decoder_hidden, self.channels)

    def start(self, model: VAE, store: Keeper | None = None) -> None:
        """Take the other run's encoder, which then stays as it is."""
        for run in self.needs():
            model.encoder.load_state_dict(model_of(run, store, self).encoder.state_dict())
            model.encoder.requires_grad_(False)

    def objective(self, model: VAE, inputs: Tensor) -> Objective:
        """Distortion + β · rate; in closed form where the whole model is trained on the rate as it is."""
        warm_up = self.warm_up * -(-len(inputs) // self.batch_size)
        if not self.free_bits and self.encoder_of is None and not self.channels:
            return ClosedForm(model, inputs, self.beta, warm_up)

        def loss(vae: VAE, x: Tensor, epsilon: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
            mean, log_std = vae.encoder(x)
            distortion = bernoulli_distortion(vae.decoder(codes_at(mean, log_std, epsilon)), x)
            rates = gaussian_rate(mean[..., None], log_std[..., None])  # of each image and dimension
            paid = rates.mean(0).clamp(min=self.free_bits).sum()  # Kingma et al. 2016, equation 15
            weight = self.beta * come_in(step, warm_up)
            return distortion + weight * paid, {"distortion": distortion, "rate": rates.sum(1)}

        return Autograd(model, inputs, (self.latent_dim,), loss)
