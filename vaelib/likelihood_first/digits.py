"""From toys to digits, an extension of ours: mini-MNIST with two latent dimensions, whose plane a sum can cover.

A hundred training images, the paper of this book's Bernoulli VAE. Likelihood first is held against the ELBO: which one
gives images that it never saw the higher likelihood, which one tells its training set from others, and how far each
decoder is from Theorem 1's.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn

from vaelib import data, provenance, quadrature
from vaelib.determinism import deterministic
from vaelib.distances import angles, most_alike
from vaelib.experiment import Monitor
from vaelib.information import information, optimal_decoder, rounded
from vaelib.kinds import Experiment
from vaelib.likelihood_first.experiments import SEEDS
from vaelib.models import VAE
from vaelib.objectives import Autograd, negative_elbo
from vaelib.results import Arrays, Keeper, Packed, Result
from vaelib.runs import Trained, model_of, trained_with
from vaelib.store import Store

HIDDEN, STEPS = (200,), 1_000
TRAINED_STEP, EVALUATED_STEP = 0.2, 0.025  # of the plane: while θ is trained, shifted anew each time; and afterwards
SIDE = 5.0  # standard deviations of the prior, on either side, that the plane covers
TESTED = 200  # test images
CODES = 2_000  # samples of q(z) behind what the code says
DRAWN = 500  # samples of the prior
NODES = 4096  # of the plane, that are decoded at once


class Digits(Experiment):
    """What these trainings share with the paper's VAE; nothing is watched on the way."""

    def monitor(self, device: str) -> Monitor:
        return lambda model, inputs, epoch: {}


class DigitsLikelihood(Digits):
    """θ alone, by the likelihood: a sum over a plane that is shifted at each step."""

    kind: Literal["digits-likelihood"] = "digits-likelihood"
    step: float = Field(TRAINED_STEP, gt=0, le=1, description="of the plane")

    def objective(self, model: VAE, inputs: Tensor) -> Autograd:
        model.encoder.requires_grad_(False)

        def loss(vae: VAE, x: Tensor, noise: Tensor, number: int) -> tuple[Tensor, dict[str, Tensor]]:
            shift = torch.special.ndtr(noise[0]) - 0.5
            plane = quadrature.grid(self.step, self.latent_dim, shift, x.dtype, SIDE)
            found = quadrature.bernoulli_log_likelihoods(x, vae.decoder(plane.nodes)) + plane.log_masses
            surprise = -found.logsumexp(1)
            return surprise, {"surprise": surprise}

        return Autograd(model, inputs, (self.latent_dim,), loss)


class DigitsInference(Digits):
    """q alone, mean-field, with another run's θ as it is."""

    kind: Literal["digits-inference"] = "digits-inference"
    decoder_of: DigitsLikelihood

    def needs(self) -> tuple[Trained, ...]:
        return (Trained(self.decoder_of, (self.decoder_of.epochs,)),)

    def start(self, model: VAE, store: Keeper | None = None) -> None:
        """Take the other run's decoder, which then stays as it is."""
        for run in self.needs():
            model.decoder.load_state_dict(model_of(run, store, self).decoder.state_dict())
            model.decoder.requires_grad_(False)

    def objective(self, model: VAE, inputs: Tensor) -> Autograd:
        return Autograd(model, inputs, (self.latent_dim,), lambda vae, x, epsilon, step: negative_elbo(vae, x, epsilon))


class DigitsTogether(Digits):
    """θ and q together, by the ELBO."""

    kind: Literal["digits-together"] = "digits-together"


def _protocol(seed: int, hidden: Sequence[int], steps: int) -> dict:
    size = {"epochs": steps, "snapshots": (steps,), "test_every": steps, "batch_size": 100}
    return {"data": f"mnist/mini-seed-{seed}", "hidden": tuple(hidden), "latent_dim": 2, "seed": seed} | size


def by_elbo(seed: int, hidden: Sequence[int] = HIDDEN, steps: int = STEPS) -> DigitsTogether:
    """The rival; mini-MNIST is drawn with the same seed. All images are one batch, so that an epoch is a step."""
    return DigitsTogether(**_protocol(seed, hidden, steps))


def likelihood_first(seed: int, hidden: Sequence[int] = HIDDEN, steps: int = STEPS) -> DigitsInference:
    """θ by the likelihood, then q."""
    protocol = _protocol(seed, hidden, steps)
    return DigitsInference(decoder_of=DigitsLikelihood(**protocol), **protocol)


@torch.no_grad()
def log_evidence(decoder: nn.Module, x: Float[Tensor, "n 784"], step: float) -> Float[Tensor, "n"]:
    """log p(x) of each image by a sum over the plane, in nats per image, in bounded memory."""
    plane = quadrature.grid(step, 2, dtype=x.dtype, extent=SIDE)
    found = torch.full((len(x),), -torch.inf, dtype=torch.float64)
    for nodes, log_masses in zip(plane.nodes.split(NODES), plane.log_masses.split(NODES), strict=True):
        here = quadrature.bernoulli_log_likelihoods(x, decoder(nodes)) + log_masses
        found = torch.logaddexp(found, here.double().logsumexp(1))
    return found


@dataclass(frozen=True)
class DigitsEnds:
    """A model of digits at its end, in nats per image, means over images.

    ``train`` and ``test`` are log p(x) of training and of test images, ``step_error`` the mean change of log p(x) when
    the step is halved, ``rate`` to ``best_distortion`` as ``vaelib.information`` has them, ``nearest`` the median angle
    in degrees between what the decoder draws at z from the prior and the training image nearest to it.
    """

    train: float
    test: float
    step_error: float
    rate: float
    mutual_information: float
    marginal_kl: float
    distortion: float
    best_distortion: float
    nearest: float

    @property
    def memorised(self) -> float:
        """By how much the training images are likelier than test images."""
        return self.train - self.test

    @property
    def from_best(self) -> float:
        """How far the decoder is from Theorem 1's, at z ~ q(z)."""
        return self.distortion - self.best_distortion


@dataclass(frozen=True)
class DigitsEndsOf(Result[DigitsEnds]):
    """Where a training on digits ends."""

    experiment: DigitsTogether | DigitsInference
    tested: int = TESTED
    step: float = EVALUATED_STEP

    @property
    def path(self) -> str:
        size = (self.tested, self.step)
        other = "" if size == (TESTED, EVALUATED_STEP) else f"-tested-{self.tested}-step-{self.step:g}"
        return f"{self.experiment.name}/ends{other}.json"

    @property
    def about(self) -> dict:
        return {"experiment": self.experiment.model_dump(mode="json"), "tested": self.tested, "step": self.step}

    def needs(self) -> tuple[Trained]:
        return (Trained(self.experiment, (self.experiment.epochs,)),)

    def make(self, store: Store) -> tuple[DigitsEnds, dict]:
        vae = store.get(*self.needs()).model().requires_grad_(False)
        images, test = self.experiment.train().images, data.partition("mnist/test").images[: self.tested]
        x = torch.cat([images, test])
        with provenance.record() as record, deterministic():
            found = log_evidence(vae.decoder, x, self.step)
            finer = log_evidence(vae.decoder, x, self.step / 2)
            said = information(vae, optimal_decoder(vae, images), self.experiment.seed, CODES)
            random = torch.Generator().manual_seed(self.experiment.seed)
            drawn = vae.decoder.output(torch.randn(DRAWN, 2, generator=random))
            ends = {
                "train": rounded(finer[: len(images)].mean()),
                "test": rounded(finer[len(images) :].mean()),
                "step_error": rounded((finer - found).abs().mean()),
                "nearest": rounded(angles(drawn, images[most_alike(drawn, images)]).median()),
            } | {name: values["mean"] for name, values in said.items()}
        return DigitsEnds(**ends), record | {"training": trained_with(store, *self.needs())}

    def pack(self, value: DigitsEnds) -> Packed:
        return Packed(asdict(value), {})

    def unpack(self, content: dict, arrays: Arrays) -> DigitsEnds:
        return DigitsEnds(**{name: content[name] for name in DigitsEnds.__dataclass_fields__})


def results(
    seeds: Sequence[int] = SEEDS,
    hidden: Sequence[int] = HIDDEN,
    steps: int = STEPS,
    tested: int = TESTED,
    step: float = EVALUATED_STEP,
) -> list[DigitsEndsOf]:
    """For each seed the ELBO's model, and likelihood first."""
    return [
        DigitsEndsOf(make(seed, hidden, steps), tested, step) for seed in seeds for make in (by_elbo, likelihood_first)
    ]
