"""What the notebooks of this paper take."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from vaelib.data import DATASETS
from vaelib.experiment import MOST_EPOCHS
from vaelib.kinds import MOST_DIMENSIONS, MOST_UNITS, Experiment
from vaelib.novelty.experiments import LONGER, mini
from vaelib.novelty.latent_plane import EXTENT
from vaelib.pages.parameters import Parameters, TrainingParameters
from vaelib.pages.parameters import check as check  # notebooks import this module alone

Hidden = Annotated[list[Annotated[int, Field(ge=1, le=MOST_UNITS)]], Field(max_length=8)]
Positions = Annotated[list[Annotated[int, Field(ge=0, lt=10_000)]], Field(min_length=1, max_length=20)]
Coordinate = Annotated[float, Field(ge=-1000, le=1000)]
Stroke = Annotated[list[Annotated[list[Coordinate], Field(min_length=2, max_length=2)]], Field(max_length=10_000)]
LAYERS = f"a list of up to 8 layer sizes, each from 1 to {MOST_UNITS}"


class TrainedParameters(TrainingParameters):
    """What the notebooks take whose models train for epochs on a whole training set."""

    dataset: Literal[tuple(DATASETS)] = Field(description=" or ".join(DATASETS))
    latent_dim: int = Field(ge=1, le=MOST_DIMENSIONS, description=f"a whole number from 1 to {MOST_DIMENSIONS}")
    epochs: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")
    first: int = Field(ge=0, le=60_000, description="a number of training images, up to 60000, or 0 for all of them")

    @property
    def snapshots(self) -> tuple[int, ...]:
        """The protocol's snapshots that lie within the epochs, and the last epoch."""
        return _snapshots(Experiment.model_fields["snapshots"].default, self.epochs)

    @property
    def protocol(self) -> dict[str, Any]:
        """What ``experiments.figure`` needs to know."""
        return {
            "seed": self.seed,
            "dataset": self.dataset,
            "latent_dim": self.latent_dim,
            "epochs": self.epochs,
            "snapshots": self.snapshots,
            "first": self.first or None,
        }


class HeldOutParameters(TrainedParameters):
    """What the notebooks take that withhold one digit."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")

    @property
    def protocol(self) -> dict[str, Any]:
        """What ``experiments.figure`` needs to know."""
        return super().protocol | {"held_out": self.held_out_digit}


class SnapshotParameters(HeldOutParameters):
    """What the notebooks take that show their models after some epochs."""

    snapshot: int = Field(ge=0, le=MOST_EPOCHS, description="an epoch whose weights are kept, or 0 for the last")

    @model_validator(mode="after")
    def _kept(self):
        if self.snapshot and self.snapshot not in self.snapshots:
            raise ValueError(
                f"snapshot = {self.snapshot}: expected one of {', '.join(map(str, self.snapshots))} "
                f"with epochs = {self.epochs}, or 0 for the last"
            )
        return self

    @property
    def epoch(self) -> int:
        """The snapshot that is shown."""
        return self.snapshot or self.epochs


class PairOf(BaseModel):
    """A shallow architecture beside a deep one."""

    shallow: Hidden = Field(description=LAYERS)
    deep: Hidden = Field(description=LAYERS)

    @property
    def pair(self) -> list[list[int]]:
        """Both."""
        return [self.shallow, self.deep]


class ManyOf(BaseModel):
    """Many architectures."""

    architectures: list[Hidden] = Field(
        max_length=100, description=f"a list of up to 100 architectures, each {LAYERS}; or [] for the paper's twenty"
    )


Latent = Annotated[Literal["mean", "sample"], Field(description="mean (z = m(x)) or sample (z from q(z|x))")]
Digits = Annotated[
    list[Annotated[int, Field(ge=0, le=9)]],
    Field(min_length=1, max_length=10, description="digits from 0 to 9, one to ten of them"),
]


class Claims(Parameters):
    """Page Claims: every verdict, from the published results or from this machine's."""


class Figure1(SnapshotParameters, PairOf):
    """Figure 1: reconstructions of some test images by a shallow and a deep VAE."""

    latent: Latent
    test_indices: Positions = Field(description="positions from 0, one to twenty of them")


class Figure2(SnapshotParameters, PairOf):
    """Figure 2: joint densities of the two cross-entropies for a shallow and a deep VAE."""

    latent: Latent


class Figure3(TrainingParameters):
    """Figure 3: the latent plane of mini-MNIST."""

    steps: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")
    extent: float = Field(gt=0, le=1000, description="a number above 0, up to 1000")
    strata: int = Field(ge=1, le=8, description="a whole number from 1 to 8")

    @property
    def experiment(self) -> Experiment:
        """mini-MNIST with these parameters."""
        return _mini(self.seed, self.steps)

    @property
    def is_the_protocols(self) -> bool:
        """Whether the model and the plane are the paper's, so that its number can stand beside ours."""
        return self.experiment == mini(self.seed) and self.extent == EXTENT


class Figure4(SnapshotParameters, ManyOf):
    """Figure 4: one test image through many architectures."""

    latent: Latent
    test_indices: Positions = Field(description="positions from 0, one to twenty of them")


class Rate(SnapshotParameters, ManyOf):
    """Page Rate: what the codes of many architectures tell, and how far their decoders are from the best one."""


class OtherData(HeldOutParameters, PairOf, ManyOf):
    """Page Fashion-MNIST: Figures 1, 2 and 4 with another data set, at the end of training."""

    test_indices: Positions = Field(description="positions from 0, one to twenty of them")


class TrainingLength(HeldOutParameters, PairOf):
    """Page Training length: a shallow and a deep VAE at many snapshots."""

    @property
    def snapshots(self) -> tuple[int, ...]:
        """Those of longer training that lie within the epochs, and the last epoch."""
        return _snapshots(LONGER["snapshots"], self.epochs)


class Samples(TrainedParameters, PairOf):
    """Page Samples: what a shallow and a deep VAE draw from the prior."""

    count: int = Field(ge=12, le=10_000, description="a whole number from 12 to 10000")


class TenClasses(TrainedParameters, PairOf):
    """Page Ten classes: a shallow and a deep VAE without each digit, and with all of them."""

    digits: Digits


class Capacity(TrainedParameters, ManyOf):
    """Page Capacity: many architectures without each digit."""

    digits: Digits


class Live(HeldOutParameters, PairOf):
    """Page Live: a place, a test image and a drawing, for the models of Figures 1 and 3."""

    live: bool = Field(description="True or False")
    z: list[Coordinate] = Field(
        min_length=2, max_length=2, description="a list of two numbers from -1000 to 1000, z₁ and z₂"
    )
    digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")
    test_index: int = Field(ge=0, lt=10_000, description="a position from 0")
    strokes: list[Stroke] = Field(
        max_length=1000, description="a list of lists of points [x, y], from -1000 to 1000, or [] for a nine of ours"
    )
    steps: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")

    @property
    def mini(self) -> Experiment:
        """mini-MNIST with these parameters."""
        return _mini(self.seed, self.steps)


def _mini(seed: int, steps: int) -> Experiment:
    return mini(seed, epochs=steps, snapshots=_snapshots(mini().snapshots, steps))


def _snapshots(protocol: tuple[int, ...], epochs: int) -> tuple[int, ...]:
    return tuple(sorted({epoch for epoch in protocol if epoch < epochs} | {epochs}))
