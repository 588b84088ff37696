"""What is trained: first stages on images and on manifolds, second stages on their codes, and classifiers.

Sizes are chosen so that all of it can be trained in under an hour on two cores: perceptrons h = (400, 200), 32 latent
dimensions, 16 epochs, where Dai and Wipf train convolutions with 64 for 400 epochs; second stages of 3 × 256 units for
30 epochs, where theirs have 3 × 1024 for 800. The learning rate is halved three times on its way; theirs begins lower,
at 1e-4, and is halved twice.
"""

import math
from typing import Annotated, Literal

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from vaelib import manifolds
from vaelib.codes import codes_at
from vaelib.data import CLASSES
from vaelib.experiment import BaseExperiment, Monitor
from vaelib.kinds import MOST_DIMENSIONS, Experiment, Hidden, OnImages
from vaelib.models import GaussianVAE
from vaelib.objectives import Autograd, Objective, come_in, gaussian_distortion, gaussian_rate
from vaelib.results import Keeper
from vaelib.runs import Trained, model_of
from vaelib.two_stage.collapse import refuse_a_collapse
from vaelib.two_stage.models import Classifier, SecondVAE

HIDDEN, LATENT_DIM, EPOCHS = (400, 200), 32, 16
SECOND_HIDDEN, SECOND_EPOCHS = (256, 256, 256), 30
AMBIENT, POINTS = 20, 10_000  # of a manifold
Gamma = Annotated[float, Field(gt=0, allow_inf_nan=False)] | None


def evidence_bound(
    model: GaussianVAE, x: Tensor, epsilon: Tensor, step: int, part: float = 1
) -> tuple[Tensor, dict[str, Tensor]]:
    """−ELBO of a VAE with a Gaussian decoder at z = m(x) + s(x) ε, nats per image, and its terms.

    Among them the squared error of the pixels, summed, whose mean over pixels is what a learned γ ends at. Where log γ
    is still coming in, ``part`` is what counts of it.
    """
    mean, log_std = model.encoder(x)
    output = model.decoder(codes_at(mean, log_std, epsilon))
    terms = {"distortion": gaussian_distortion(output, x, part * model.decoder.log_variance)}
    terms["rate"] = gaussian_rate(mean, log_std)
    return terms["distortion"] + terms["rate"], terms | {"squared_error": (x - output).square().sum(1)}


class Halved(BaseExperiment):
    """An experiment whose learning rate is halved on its way, as Dai and Wipf's is.

    Without it the weights, and with them the squared error, shake from step to step by more than γ can follow.
    """

    halve_every: int = Field(0, ge=0, description="epochs after which the learning rate is halved, again and again")

    def rate_in(self, epoch: int) -> float:
        """The learning rate in an epoch."""
        return self.learning_rate * 0.5 ** ((epoch - 1) // self.halve_every if self.halve_every else 0)


class GaussianExperiment(Halved, Experiment):
    """A first stage on images: the main book's VAE with a Gaussian decoder, whose variance is learned or given."""

    kind: Literal["gaussian"] = "gaussian"
    likelihood: Literal["gaussian"] = "gaussian"
    beta: Literal[1.0] = 1.0
    gamma: Gamma = Field(None, description="the variance γ of a pixel, as it stays; None where it is learned")

    def in_short(self) -> tuple[str, ...]:
        """As of the others, and a γ that is given."""
        return (*super().in_short(), *([f"gamma-{self.gamma:g}"] if self.gamma is not None else []))

    def architecture(self) -> GaussianVAE:
        """The VAE with fresh weights."""
        return GaussianVAE(self.hidden, self.latent_dim, None if self.gamma is None else math.log(self.gamma))

    def objective(self, model: GaussianVAE, inputs: Tensor) -> Objective:
        """−ELBO, distortion and rate, nats per image."""
        return Autograd(model, inputs, (self.latent_dim,), evidence_bound)

    def monitor(self, device: str) -> Monitor:
        """log γ after each epoch."""
        return lambda model, inputs, epoch: {"log_gamma": model.decoder.log_variance.item()}


class ManifoldExperiment(Halved):
    """A first stage on points of a curved manifold, all coordinates real numbers.

    A small γ that is given from the first step on leaves superfluous dimensions in use, whose rate is cheap while the
    error is large. So it comes in as a learned one does: log γ falls from 0 on, over the epochs of ``come_in``.
    """

    kind: Literal["gaussian-manifold"] = "gaussian-manifold"
    data: Literal[manifolds.FORMS] = Field("gaussian", description="what the manifold's own coordinates are drawn from")
    dimension: int = Field(ge=1, le=AMBIENT, description="r, the dimension of the manifold")
    points: int = Field(POINTS, ge=2, le=1_000_000, description="how many points there are")
    hidden: Hidden = Field((64, 64), description="sizes of the encoder's hidden layers")
    latent_dim: int = Field(10, ge=1, le=MOST_DIMENSIONS, description="dim z")
    gamma: Gamma = Field(None, description="the variance γ of a coordinate; None where it is learned")
    come_in: int = Field(0, ge=0, description="epochs over which the log of a given γ falls from 0")

    def in_short(self) -> tuple[str, ...]:
        """Dimension, dim z, and a γ that is given."""
        given = [f"gamma-{self.gamma:g}"] if self.gamma is not None else []
        return ("manifold", self.data, f"r-{self.dimension}", f"z-{self.latent_dim}", *given)

    def architecture(self) -> GaussianVAE:
        """The VAE with fresh weights."""
        fixed = None if self.gamma is None else math.log(self.gamma)
        return GaussianVAE(self.hidden, self.latent_dim, fixed, AMBIENT, squashed=False)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """The points, shape (N, 20); map and points are the same for all seeds."""
        return manifolds.curved(self.dimension, AMBIENT, self.points, seed=0, form=self.data)

    def objective(self, model: GaussianVAE, inputs: Tensor) -> Objective:
        """−ELBO, distortion and rate, nats per point."""
        steps = self.come_in * -(-len(inputs) // self.batch_size)

        def loss(vae: GaussianVAE, x: Tensor, epsilon: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
            return evidence_bound(vae, x, epsilon, step, come_in(step, steps))

        return Autograd(model, inputs, (self.latent_dim,), loss)

    def monitor(self, device: str) -> Monitor:
        """log γ after each epoch."""
        return lambda model, inputs, epoch: {"log_gamma": model.decoder.log_variance.item()}


class SecondExperiment(Halved):
    """A second stage: a VAE on the codes of a first stage that stays as it is, each drawn anew at every step."""

    kind: Literal["second-stage"] = "second-stage"
    data: Literal["codes"] = "codes"
    first_stage: GaussianExperiment = Field(description="the run whose codes are learned")
    hidden: Annotated[Hidden, Field(min_length=1)] = Field(SECOND_HIDDEN, description="sizes of the hidden layers")
    warm_up: int = Field(0, ge=0, description="epochs over which the weight of the rate rises from 0, against collapse")

    @field_validator("first_stage")
    @classmethod
    def _is_learned_on_images(cls, first: GaussianExperiment) -> GaussianExperiment:
        if type(first) is not GaussianExperiment:
            raise ValueError(f"first_stage must be a Gaussian VAE on images, found {type(first).__name__}.")
        return first

    @model_validator(mode="after")
    def _warms_up_in_time(self):
        if self.warm_up >= self.epochs:
            raise ValueError(f"warm_up must be below the epochs ({self.epochs}), found {self.warm_up}.")
        return self

    def in_short(self) -> tuple[str, ...]:
        """The first stage, without its seed and key, and the tag."""
        return (*self.first_stage.in_short(), "second-stage")

    @property
    def datasets(self) -> tuple[str, ...]:
        """The first stage's data set."""
        return self.first_stage.datasets

    def needs(self) -> tuple[Trained, ...]:
        """The first stage's run."""
        return (Trained(self.first_stage, (self.first_stage.epochs,)),)

    def architecture(self) -> SecondVAE:
        """The VAE with fresh weights."""
        return SecondVAE(self.hidden, self.first_stage.latent_dim)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """Mean and log standard deviation of q(z|x) of each training image, side by side, shape (N, 2 dim z)."""
        (first,) = self.needs()
        return torch.cat(model_of(first, store, self).encode(self.first_stage.inputs()), dim=1)

    def objective(self, model: SecondVAE, inputs: Tensor) -> Objective:
        """−ELBO of a code z ~ q(z|x), drawn anew at each step; nats per code."""
        warm_up = self.warm_up * -(-len(inputs) // self.batch_size)

        def loss(vae: SecondVAE, codes: Tensor, noise: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
            mean, log_std = codes.chunk(2, dim=1)
            of_code, epsilon = noise.chunk(2, dim=1)
            _, terms = evidence_bound(vae, codes_at(mean, log_std, of_code), epsilon, step)
            return terms["distortion"] + come_in(step, warm_up) * terms["rate"], terms

        return Autograd(model, inputs, (2 * self.first_stage.latent_dim,), loss)

    def monitor(self, device: str) -> Monitor:
        """log γ_z after each epoch; at the end, an error where the stage has collapsed, so that it is not stored."""

        def row(model: SecondVAE, inputs: Tensor, epoch: int) -> dict:
            if epoch == self.epochs:
                refuse_a_collapse(self.name, model, inputs.to("cpu"))
            return {"log_gamma": model.decoder.log_variance.item()}

        return row


class ClassifierExperiment(OnImages):
    """A classifier of a data set's training images, whose features others are compared by."""

    kind: Literal["classifier"] = "classifier"
    channels: tuple[Annotated[int, Field(ge=1, le=512)], ...] = Field((16, 32), description="() for a perceptron")

    def in_short(self) -> tuple[str, ...]:
        """Training set, tag and form."""
        return (*super().in_short(), "convolutions" if self.channels else "perceptron")

    def architecture(self) -> Classifier:
        """The classifier with fresh weights."""
        return Classifier(self.channels)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """Training images beside their classes, one of ten, shape (N, 784 + 10)."""
        train = self.train()
        return torch.cat([train.images, one_hot(train.labels, CLASSES).float()], dim=1)

    def objective(self, model: Classifier, inputs: Tensor) -> Objective:
        """The cross-entropy of the class, nats per image."""

        def loss(classifier: Classifier, rows: Tensor, noise: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
            found = cross_entropy(classifier(rows[:, :-CLASSES]), rows[:, -CLASSES:], reduction="none")
            return found, {"cross_entropy": found}

        return Autograd(model, inputs, (1,), loss)
