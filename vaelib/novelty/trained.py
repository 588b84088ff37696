"""What a trained VAE answers at a place z or to an image x, and what Theorem 1 says there."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib.data import Partition
from vaelib.determinism import deterministic
from vaelib.information import optimal_decoder
from vaelib.kinds import Experiment
from vaelib.novelty.latent_plane import LatentPlane, latent_plane
from vaelib.objectives import cross_entropy
from vaelib.runs import Trained, at_hand
from vaelib.store import Store
from vaelib.training import Run

NEIGHBOURS = 5


class Answer(NamedTuple):
    """A model's output at one z, beside the weighted average there. Without an input where a place was asked for."""

    experiment: Experiment
    z: Float[Tensor, "d"]
    input: Float[Tensor, "784"] | None  # x
    output: Float[Tensor, "784"]  # x̂
    average: Float[Tensor, "784"]  # μ(z)
    nearest: Int[Tensor, "k"]  # positions in the model's training set of the images of largest weight
    neighbours: Float[Tensor, "k 784"]  # these images
    classes: Int[Tensor, "k"]
    weights: Float[Tensor, "k"]
    perplexity: float  # of the weights, in [1, N]
    bce_input: float | None  # BCE(x, x̂), nats per image
    bce_average: float  # BCE(μ, x̂), nats per image


class TrainedVAE:
    """A run's VAE at its last snapshot, beside Theorem 1's decoder for its encoder and its training set."""

    def __init__(self, run: Run, train: Partition):
        self.experiment, self.vae, self.train = run.experiment, run.model(), train
        with deterministic():
            self.optimal = optimal_decoder(self.vae, train.images)

    def at(self, z: Float[Tensor, "d"]) -> Answer:
        """The answer at a place of the latent space."""
        return self._answer(z.float(), None)

    def to(self, x: Float[Tensor, "784"]) -> Answer:
        """The answer to an image, at z = m(x), as everywhere in the book."""
        with deterministic():
            means, _ = self.vae.encode(x[None])
        return self._answer(means[0], x)

    def plane(self, extent: float) -> LatentPlane:
        """Theorem 1 over the square [-extent, extent]² of a model's two latent dimensions."""
        return latent_plane(self.optimal, extent)

    @torch.no_grad()
    def _answer(self, z: Float[Tensor, "d"], x: Float[Tensor, "784"] | None) -> Answer:
        with deterministic():
            output = self.vae.decoder.output(z[None])
            best = self.optimal.summary(z[None], NEIGHBOURS)
            nearest = best.top_indices[0]
            return Answer(
                self.experiment,
                z,
                x,
                output[0],
                best.average[0],
                nearest,
                self.train.images[nearest],
                self.train.labels[nearest],
                best.top_weights[0],
                best.perplexity.item(),
                None if x is None else cross_entropy(x[None], output).item(),
                cross_entropy(best.average, output).item(),
            )


class TrainedVAEs:
    """The models of a store. Each encodes its training set once, a second of work, when it is first asked for.

    Kept from then on: 20 MB a model and 180 MB a training set of MNIST's size.
    """

    def __init__(self, store: Store):
        self.store = store
        self._models: dict[str, TrainedVAE] = {}
        self._sets: dict[tuple, Partition] = {}

    def __getitem__(self, experiment: Experiment) -> TrainedVAE:
        if experiment.name not in self._models:
            run = self.store.get(Trained(experiment, (experiment.epochs,)))
            wanted = (experiment.data, experiment.first)
            if wanted not in self._sets:
                self._sets[wanted] = experiment.train()
            self._models[experiment.name] = TrainedVAE(run, self._sets[wanted])
        return self._models[experiment.name]

    def at_hand(self, dataset: str) -> list[Experiment]:
        """The experiments on a data set whose last weights the store holds, so that nothing need be trained."""
        return [experiment for experiment in at_hand(self.store, Experiment) if experiment.dataset == dataset]
