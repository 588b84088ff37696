"""Which trainings there are: by data set, seed and number of latent dimensions, those that are compared."""

from typing import NamedTuple

from vaelib.data import DATASETS, parse_name
from vaelib.kinds import Experiment
from vaelib.two_stage.experiments import (
    EPOCHS,
    HIDDEN,
    LATENT_DIM,
    SECOND_EPOCHS,
    ClassifierExperiment,
    GaussianExperiment,
    ManifoldExperiment,
    SecondExperiment,
)

SEEDS = (0, 1, 2)
LEARNING_RATE, MANIFOLD_RATE = 2e-3, 5e-3  # at first; γ has to go all the way from 1 in few epochs
WARM_UP = 3  # the part of the second stage's epochs, one in so many, in which its rate comes in, against collapse
FIXED = 1.0  # γ of the baseline whose variance is given
DIMENSIONS = (8, 16, 32, 64)  # dim z
HELD_OUT = 9
MANIFOLDS = (2, 3, 5)  # their dimension r
GAMMAS = (0.1, 0.03, 0.01, 0.003)  # given ones, over which the slope of the rate is fitted
MANIFOLD_EPOCHS = 120
EXTRACTORS = {
    "convolutions": (16, 32),
    "perceptron": (),
}  # the first decides, the second shows that the order is stable
EXTRACTOR_EPOCHS = 3


class Models(NamedTuple):
    """One data set and one seed: the paper's baselines and its method."""

    cross_entropy: Experiment
    fixed: GaussianExperiment
    learned: GaussianExperiment  # the first stage
    second: SecondExperiment


NAMES = Models("cross-entropy", "γ = 1", "learned γ", "two stages")


def models(
    dataset: str = "mnist",
    seed: int = 0,
    latent_dim: int = LATENT_DIM,
    epochs: int = EPOCHS,
    second_epochs: int = SECOND_EPOCHS,
    first: int | None = None,
    learning_rate: float = LEARNING_RATE,
) -> Models:
    """The four models of the paper's table, as far as they are trained here."""
    fields = {"data": f"{dataset}/train", "hidden": HIDDEN, "latent_dim": latent_dim, "seed": seed, "first": first}
    fields |= {"epochs": epochs, "snapshots": (epochs,), "test_every": epochs}
    halved = fields | {"learning_rate": learning_rate, "halve_every": _quarter(epochs)}
    learned = GaussianExperiment(**halved)
    return Models(Experiment(**fields), GaussianExperiment(**halved, gamma=FIXED), learned,
                  second(learned, second_epochs))  # fmt: skip


def second(first_stage: GaussianExperiment, epochs: int = SECOND_EPOCHS) -> SecondExperiment:
    """The second stage on a first one, with its seed and learning rate; its rate comes in over a third of the time."""
    fields = {"learning_rate": first_stage.learning_rate, "halve_every": _quarter(epochs), "warm_up": epochs // WARM_UP}
    return SecondExperiment(
        first_stage=first_stage, epochs=epochs, snapshots=(epochs,), seed=first_stage.seed, **fields
    )


def _quarter(epochs: int) -> int:
    return -(-epochs // 4)


def withheld(
    seed: int = 0, held_out: int = HELD_OUT, latent_dim: int = LATENT_DIM, epochs: int = EPOCHS,
    first: int | None = None, learning_rate: float = LEARNING_RATE,
) -> tuple[Experiment, GaussianExperiment]:  # fmt: skip
    """The cross-entropy VAE and the one with learned γ, trained without a digit."""
    fields = {"data": f"mnist/train-without-{held_out}", "hidden": HIDDEN, "latent_dim": latent_dim, "seed": seed}
    fields |= {"epochs": epochs, "snapshots": (epochs,), "test_every": epochs, "first": first}
    halved = {"learning_rate": learning_rate, "halve_every": _quarter(epochs)}
    return Experiment(**fields), GaussianExperiment(**fields, **halved)


def manifold(
    dimension: int, seed: int = 0, gamma: float | None = None, epochs: int = MANIFOLD_EPOCHS, form: str = "gaussian"
) -> ManifoldExperiment:
    """A VAE on a manifold of this dimension; γ is learned where none is given, and comes in over half the time else."""
    fields = {"dimension": dimension, "seed": seed, "gamma": gamma, "data": form, "learning_rate": MANIFOLD_RATE}
    if gamma is None:
        fields["halve_every"] = -(-epochs // 6)  # γ ends far lower than images': it has to settle
    else:
        fields |= {"halve_every": _quarter(epochs), "come_in": epochs // 2}
    return ManifoldExperiment(**fields, epochs=epochs, snapshots=(epochs,))


def extractor(dataset: str, name: str = "convolutions", first: int | None = None) -> ClassifierExperiment:
    """A classifier of a data set, always of seed 0."""
    return ClassifierExperiment(data=f"{dataset}/train", channels=EXTRACTORS[name], epochs=EXTRACTOR_EPOCHS,
                                snapshots=(EXTRACTOR_EPOCHS,), first=first)  # fmt: skip


def extractors(dataset: str, first: int | None = None) -> dict[str, ClassifierExperiment]:
    """Both classifiers of a data set, by name."""
    return {name: extractor(dataset, name, first) for name in EXTRACTORS}


def dataset_of(experiment: Experiment | SecondExperiment) -> str:
    """The data set whose images a model draws."""
    return parse_name(first_stage(experiment).data).dataset


def first_stage(experiment: Experiment | SecondExperiment) -> Experiment:
    """The model that encodes and decodes images: of a second stage its first, of all others they themselves."""
    return experiment.first_stage if isinstance(experiment, SecondExperiment) else experiment


IMAGES = tuple(DATASETS)
