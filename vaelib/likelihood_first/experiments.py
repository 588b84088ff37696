"""The kinds of training on toy families, and the protocol: which of them, how long, with which seeds.

Likelihood first: θ by the exact likelihood (``LikelihoodFirst``), then q with θ as it is (``Inference``). Its rivals
train both together (``Together``). ``Regression`` makes a decoder of the true curve, where a training shall start at
the truth.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor

from vaelib import toys
from vaelib.errors import UnknownName
from vaelib.experiment import BaseExperiment, Monitor
from vaelib.likelihood_first import measures, objectives
from vaelib.likelihood_first.models import CurveVAE
from vaelib.objectives import Autograd
from vaelib.results import Keeper
from vaelib.runs import Trained, model_of

SEEDS = (0, 1, 2, 3, 4)
POINTS = 2_000  # of a training set, and of the test set
TEST_SEED = 1_000_000  # far from that of any training set
EPOCHS, BATCH = 600, 200  # 6,000 steps
FITTED_EPOCHS = 2_000  # of a regression on the true curve
DRIFT_EPOCHS = 300  # of a joint training that starts at the truth
DRIFTING = ("figure-8", "clusters")
BETA, IWAE_SAMPLES, LAG = 4.0, 16, 4
COMPONENTS, INFERENCE_SAMPLES = 4, 4
Sizes = Annotated[tuple[Annotated[int, Field(ge=1, le=1_000)], ...], Field(max_length=8)]


class Toy(BaseExperiment):
    """What trainings on a toy family share: s² is the family's, and known to the model."""

    points: int = Field(POINTS, ge=1, le=1_000_000, description="size of the training set")
    hidden: Sizes = Field((50, 50, 50), description="sizes of the decoder's hidden layers")
    encoder_hidden: Sizes = Field((50, 50), description="sizes of the encoder's hidden layers")

    @field_validator("data")
    @classmethod
    def _is_a_family(cls, name: str) -> str:
        try:
            toys.family(name)
        except UnknownName as error:
            raise ValueError(str(error)) from None
        return name

    @property
    def family(self) -> toys.Family:
        """The toy family."""
        return toys.family(self.data)

    def architecture(self) -> CurveVAE:
        return CurveVAE(self.hidden, self.encoder_hidden)

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """Samples of the family, drawn with the experiment's seed, shape (N, 2)."""
        return self.family.sample(self.points, self.seed).x.float()

    def test(self, points: int = POINTS) -> Tensor:
        """Samples of the family that no training has, shape (N, 2), in float64."""
        return self.family.sample(points, TEST_SEED).x


class Regression(Toy):
    """The decoder alone, towards the family's own curve, by squared errors: a start at the truth."""

    kind: Literal["toy-regression"] = "toy-regression"

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """(z, f(z)) at z ~ N(0, 1), shape (N, 3)."""
        z = self.family.sample(self.points, self.seed).z
        return torch.cat([z, self.family.curve(z)], 1).float()

    def objective(self, model: CurveVAE, inputs: Tensor) -> Autograd:
        model.encoder.requires_grad_(False)
        return Autograd(model, inputs, (1,), objectives.regression)


class LikelihoodFirst(Toy):
    """θ alone, by the exact likelihood; the encoder stays as it was drawn."""

    kind: Literal["toy-likelihood"] = "toy-likelihood"

    def objective(self, model: CurveVAE, inputs: Tensor) -> Autograd:
        model.encoder.requires_grad_(False)
        return Autograd(model, inputs, (1,), objectives.likelihood(self.family.variance))


Decoder = Annotated[LikelihoodFirst | Regression, Field(discriminator="kind")]


class Inference(Toy):
    """q alone, with another run's θ as it is: a Gaussian (mean-field), or a mixture of some."""

    kind: Literal["toy-inference"] = "toy-inference"
    decoder_of: Decoder
    components: int = Field(1, ge=1, le=64, description="Gaussians in q(z|x); 1 is mean-field")

    def in_short(self) -> tuple[str, ...]:
        return (*super().in_short(), f"{self.components}-of-{self.decoder_of.kind}")

    def needs(self) -> tuple[Trained, ...]:
        return (Trained(self.decoder_of, (self.decoder_of.epochs,)),)

    def architecture(self) -> CurveVAE:
        return CurveVAE(self.hidden, self.encoder_hidden, self.components)

    def start(self, model: CurveVAE, store: Keeper | None = None) -> None:
        """Take the other run's decoder, which then stays as it is."""
        model.decoder.load_state_dict(model_of(self.needs()[0], store, self).decoder.state_dict())
        model.decoder.requires_grad_(False)

    def objective(self, model: CurveVAE, inputs: Tensor) -> Autograd:
        noise = (self.components, INFERENCE_SAMPLES)
        return Autograd(model, inputs, noise, objectives.inference(self.family.variance))


class Together(Toy):
    """θ and q together: the ELBO, with another weight of the rate, by several samples (IWAE), or with a lag."""

    kind: Literal["toy-together"] = "toy-together"
    beta: float = Field(1.0, ge=0, allow_inf_nan=False, description="weight β of the rate")
    samples: int = Field(1, ge=1, le=1_000, description="K of IWAE's bound; 1 is the ELBO")
    lag: int = Field(0, ge=0, le=1_000, description="steps of the encoder alone before each of the decoder")
    starts_at: Inference | None = Field(None, description="the run whose encoder and decoder it goes on from")
    watch_every: int = Field(0, ge=0, description="epochs between two exact measurements; 0 for none")

    @model_validator(mode="after")
    def _is_one_method(self):
        if (self.beta != 1) + (self.samples != 1) + (self.lag != 0) > 1:
            raise ValueError("one of beta, samples and lag may differ from the ELBO's 1, 1 and 0: found more of them.")
        if self.starts_at is not None and self.starts_at.components != 1:
            raise ValueError(f"starts_at has {self.starts_at.components} components: expected 1, as the encoder here.")
        return self

    @property
    def method(self) -> str:
        """The objective's name."""
        if self.beta != 1:
            return f"β-VAE, β = {self.beta:g}"
        return f"IWAE, K = {self.samples}" if self.samples > 1 else f"lagging, {self.lag}" if self.lag else "ELBO"

    def in_short(self) -> tuple[str, ...]:
        short = f"beta-{self.beta:g}.k-{self.samples}.lag-{self.lag}"
        return (*super().in_short(), short, *(["from-truth"] if self.starts_at else []))

    def needs(self) -> tuple[Trained, ...]:
        return () if self.starts_at is None else (Trained(self.starts_at, (self.starts_at.epochs,)),)

    def start(self, model: CurveVAE, store: Keeper | None = None) -> None:
        for run in self.needs():
            model.load_state_dict(model_of(run, store, self).state_dict())

    def objective(self, model: CurveVAE, inputs: Tensor) -> Autograd:
        loss = objectives.joint(self.family.variance, self.beta, self.samples, self.lag)
        return Autograd(model, inputs, (self.samples,), loss)

    def monitor(self, device: str) -> Monitor:
        """Exact means of log p and ELBO over test points, every ``watch_every`` epochs."""
        test = self.test()

        def row(vae: CurveVAE, inputs: Tensor, epoch: int) -> dict:
            if not self.watch_every or epoch % self.watch_every:
                return {}
            return {"test": measures.parts(vae, test, self.family)}

        return row


def likelihood_first(family: str, seed: int, **changes) -> LikelihoodFirst:
    """θ by the exact likelihood."""
    return LikelihoodFirst(**_protocol(family, seed) | changes)


def inference(family: str, seed: int, components: int = 1, **changes) -> Inference:
    """q of so many Gaussians for the θ of ``likelihood_first``."""
    decoder_of = likelihood_first(family, seed, **changes)
    return Inference(decoder_of=decoder_of, components=components, **_protocol(family, seed) | changes)


def together(family: str, seed: int, **changes) -> Together:
    """θ and q together; by default the ELBO."""
    return Together(**_protocol(family, seed) | changes)


def rivals(family: str, seed: int, **changes) -> list[Together]:
    """The ELBO, and its three variations."""
    varied = ({}, {"beta": BETA}, {"samples": IWAE_SAMPLES}, {"lag": LAG})
    return [together(family, seed, **one, **changes) for one in varied]


def from_truth(family: str, seed: int, fitted: int = FITTED_EPOCHS, epochs: int = DRIFT_EPOCHS, **changes) -> Together:
    """The ELBO from the true curve and its best encoder on."""
    size = {"epochs": fitted, "snapshots": (fitted,)}
    truth = Regression(**_protocol(family, seed) | size | changes)
    q = Inference(decoder_of=truth, **_protocol(family, seed) | _ends(min(fitted, EPOCHS)) | changes)
    watched = {"starts_at": q, "watch_every": max(epochs // 60, 1)}
    return Together(**_protocol(family, seed) | _ends(epochs) | watched | changes)


def _ends(epochs: int) -> dict:
    return {"epochs": epochs, "snapshots": (epochs,)}


def _protocol(family: str, seed: int) -> dict:
    return {"data": toys.PREFIX + family, "seed": seed, "batch_size": BATCH} | _ends(EPOCHS)


def in_all(families: Sequence[str] = tuple(toys.FAMILIES), seeds: Sequence[int] = SEEDS, **changes) -> list[Toy]:
    """Every training that ends are measured of: the rivals; likelihood first, with each q."""
    found: list[Toy] = []
    for family in families:
        for seed in seeds:
            found += rivals(family, seed, **changes)
            found.append(likelihood_first(family, seed, **changes))
            found += [inference(family, seed, components, **changes) for components in (1, COMPONENTS)]
    return found
