"""What the notebooks of this paper take."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vaelib.criteria.protocol import schedule
from vaelib.data import DATASETS
from vaelib.experiment import MOST_EPOCHS
from vaelib.pages.parameters import Parameters, TrainingParameters
from vaelib.pages.parameters import check as check  # notebooks import this module alone

IMAGES = "a number of training images from 16 to 60000"


class Claims(Parameters):
    """The claims page: verdicts, published or by what was trained here."""


class Family(TrainingParameters):
    """Page The family, and what all of the paper's pages take."""

    epochs: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")
    first: int = Field(ge=16, le=60_000, description=IMAGES)

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the experiments that differ from the plan's, or may."""
        return schedule(self.epochs) | {"first": self.first}


class Blur(Family):
    """Page Blur: the sweep of the encoder's noise."""

    noises: list[Annotated[float, Field(gt=0, le=100)]] = Field(
        min_length=2, max_length=20, description="two to twenty standard deviations above 0, up to 100"
    )


class Information(Family):
    """Page Information."""


class Steps(Family):
    """Page Sequential VAE."""

    dataset: Literal[tuple(DATASETS)] = Field(description=" or ".join(DATASETS))


class Withheld(Family):
    """Page A digit that forms: also how the main book's VAEs beside it are trained."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")
    epochs_beside: int = Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")
    first_beside: int = Field(ge=0, le=60_000, description="a number of training images, or 0 for all of them")

    @property
    def changes_beside(self) -> dict[str, Any]:
        """Fields of the main book's experiments that differ from its protocol, or may."""
        kept = sorted({epoch for epoch in (10, 20, 50) if epoch < self.epochs_beside} | {self.epochs_beside})
        return {"epochs": self.epochs_beside, "snapshots": tuple(kept), "first": self.first_beside or None}
