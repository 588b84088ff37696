"""What the notebooks of the study take."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vaelib.experiment import MOST_EPOCHS, SEED_BELOW
from vaelib.kinds import MOST_DIMENSIONS, Experiment
from vaelib.novelty.parameters import Digits, PairOf
from vaelib.pages.parameters import Parameters
from vaelib.pages.parameters import check as check  # notebooks import this module alone

Dimensions = Annotated[
    list[Annotated[int, Field(ge=1, le=MOST_DIMENSIONS)]],
    Field(min_length=1, max_length=20, description=f"whole numbers from 1 to {MOST_DIMENSIONS}, one to twenty of them"),
]


class StudyParameters(Parameters):
    """What all of them take: several seeds, and the size of the trainings."""

    seeds: list[Annotated[int, Field(ge=0, lt=SEED_BELOW)]] = Field(
        min_length=1, max_length=20, description=f"whole numbers from 0 to {SEED_BELOW - 1}, one to twenty of them"
    )
    epochs: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")
    first: int = Field(ge=0, le=60_000, description="a number of training images, up to 60000, or 0 for all of them")
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the experiments that differ from the protocol's, or may."""
        protocol = Experiment.model_fields["snapshots"].default
        kept = sorted({epoch for epoch in protocol if epoch < self.epochs} | {self.epochs})
        return {"epochs": self.epochs, "snapshots": tuple(kept), "first": self.first or None}


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


class WhichHalf(StudyParameters):
    """Page Which half: encoders and decoders of both depths, with a digit and without it."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the experiments that differ from the protocol's, or may; tested at their end alone."""
        return super().changes | {"test_every": self.epochs}
