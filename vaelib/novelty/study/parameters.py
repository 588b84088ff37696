"""What the notebooks of the study take."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from vaelib.experiment import MOST_EPOCHS, SEED_BELOW
from vaelib.kinds import MOST_DIMENSIONS, Experiment
from vaelib.novelty.parameters import Digits, ManyOf, PairOf
from vaelib.pages.parameters import Parameters
from vaelib.pages.parameters import check as check  # notebooks import this module alone

Dimensions = Annotated[
    list[Annotated[int, Field(ge=1, le=MOST_DIMENSIONS)]],
    Field(min_length=1, max_length=20, description=f"whole numbers from 1 to {MOST_DIMENSIONS}, one to twenty of them"),
]


class OfSeeds(Parameters):
    """What all of them take: several seeds."""

    seeds: list[Annotated[int, Field(ge=0, lt=SEED_BELOW)]] = Field(
        min_length=1, max_length=20, description=f"whole numbers from 0 to {SEED_BELOW - 1}, one to twenty of them"
    )
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")


class StudyParameters(OfSeeds):
    """What those take that train for epochs, and the size of the trainings."""

    epochs: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")
    first: int = Field(ge=0, le=60_000, description="a number of training images, up to 60000, or 0 for all of them")

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the experiments that differ from the protocol's, or may."""
        return self.trained_for(self.epochs)

    def trained_for(self, epochs: int) -> dict[str, Any]:
        """The same for trainings of so many epochs."""
        protocol = Experiment.model_fields["snapshots"].default
        kept = sorted({epoch for epoch in protocol if epoch < epochs} | {epochs})
        return {"epochs": epochs, "snapshots": tuple(kept), "first": self.first or None}


class CodeSearch(StudyParameters, PairOf):
    """Page Could the decoder draw it: both depths, with a digit and without it, and controls that all saw."""

    digits: Digits
    images: int = Field(ge=0, le=10_000, description="a number of test images of each digit, or 0 for all of them")
    steps: int = Field(ge=1, le=100_000, description="a whole number from 1 to 100000")


class DepthOrCode(StudyParameters):
    """Page Depth or code: both depths with more dimensions of the code in use, or fewer."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")
    shallow_dimensions: Dimensions
    deep_dimensions: Dimensions
    betas: list[Annotated[float, Field(ge=0, le=1000)]] = Field(
        max_length=20, description="weights of the rate from 0 to 1000, up to twenty of them"
    )
    warm_ups: list[Annotated[int, Field(ge=1, le=MOST_EPOCHS)]] = Field(
        max_length=20, description=f"whole numbers from 1 to {MOST_EPOCHS}, up to twenty of them"
    )
    free_bits: list[Annotated[float, Field(gt=0, le=100)]] = Field(
        max_length=20, description="numbers above 0, up to 100, at most twenty of them"
    )


class TestedAtTheEnd(StudyParameters):
    """What the pages take whose trainings are tested at their end alone, however long they are."""

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the experiments that differ from the protocol's, or may."""
        return super().changes | {"snapshots": (self.epochs,), "test_every": self.epochs}


class CodeElsewhere(TestedAtTheEnd):
    """Page Code elsewhere: several digits, each withheld in its turn; of some, the widest codes longer."""

    digits: Digits
    longer_digits: Digits
    longer_epochs: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")


class CodeArchitectures(TestedAtTheEnd, ManyOf):
    """Page Twenty architectures: many architectures without one digit."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")


class Habits(TestedAtTheEnd):
    """Page Habits: a convolutional pair, with a digit and without it, and the paper's pair without each digit."""

    digits: Digits
    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")


class Premise(OfSeeds):
    """Page From memory to generalisation: training sets of many sizes without nines, an equal number of steps."""

    sizes: list[Annotated[int, Field(ge=2, le=54_051)]] = Field(
        min_length=2,
        max_length=20,
        description="numbers of training images from 2 to 54051, two to twenty, in rising order",
    )
    steps: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")

    @field_validator("sizes")
    @classmethod
    def _rise(cls, sizes: list[int]) -> list[int]:
        if sizes != sorted(set(sizes)):
            raise ValueError("sizes rise")
        return sizes

    @property
    def changes(self) -> dict[str, Any]:
        """What the trainings differ by from those of the study, or may."""
        return {"sizes": self.sizes, "steps": self.steps}


class WhichHalf(TestedAtTheEnd):
    """Page Which half: encoders and decoders of both depths, with a digit and without it."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")
