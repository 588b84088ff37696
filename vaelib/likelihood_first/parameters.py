"""What the notebooks take."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vaelib import toys
from vaelib.experiment import MOST_EPOCHS, SEED_BELOW
from vaelib.pages.parameters import Parameters
from vaelib.pages.parameters import check as check  # notebooks import this module alone

Name = Annotated[str, Field(pattern="|".join(f"^{name}$" for name in toys.FAMILIES))]
Seeds = Annotated[
    list[Annotated[int, Field(ge=0, lt=SEED_BELOW)]],
    Field(min_length=1, max_length=20, description=f"whole numbers from 0 to {SEED_BELOW - 1}, one to twenty of them"),
]
Families = Annotated[
    list[Name],
    Field(min_length=1, max_length=len(toys.FAMILIES), description=f"some of {', '.join(toys.FAMILIES)}"),
]
Epochs = Annotated[int, Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")]


class Claims(Parameters):
    """The claims page: verdicts, published or by what was trained here."""


class ClosedForms(Parameters):
    """Page Problematic global optima: the parameter of each model that is shown first."""

    seeds: Seeds
    noises: list[Annotated[float, Field(ge=0.003, le=1)]] = Field(
        min_length=1, max_length=20, description="one to twenty numbers from 0.003 to 1"
    )
    live: bool = Field(description="True or False")
    w: float = Field(ge=0, le=0.99, description="a number from 0 to 0.99")
    degrees: float = Field(ge=0, le=90, description="a number from 0 to 90")
    a: float = Field(ge=0.4, le=1.2, description="a number from 0.4 to 1.2")
    c: float = Field(ge=0, le=0.95, description="a number from 0 to 0.95")
    variance: float = Field(ge=0.003, le=1, description="a number from 0.003 to 1")


class Drifting(Parameters):
    """Page Away from the truth: which families, and how long their trainings are."""

    families: Families
    seeds: Seeds
    fitted: Epochs
    epochs: Epochs
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")


class WhereTheyEnd(Parameters):
    """Page Where each method ends: which families, how long their trainings are, by how many test points."""

    families: Families
    seeds: Seeds
    shown_seed: int = Field(ge=0, lt=SEED_BELOW, description="the seed whose densities are drawn")
    epochs: Epochs
    points: int = Field(ge=10, le=100_000, description="a number of test points from 10 to 100000")
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the experiments that may differ from the protocol's."""
        return {"epochs": self.epochs, "snapshots": (self.epochs,)}


class OnDigits(Parameters):
    """Page From toys to digits: the models' size and length, and how finely the plane is covered."""

    seeds: Seeds
    hidden: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(
        max_length=8, description="sizes of hidden layers from 1 to 10000, up to eight of them"
    )
    steps: Epochs
    tested: int = Field(ge=1, le=10_000, description="a number of test images from 1 to 10000")
    plane_step: float = Field(gt=0, le=1, description="a number above 0, up to 1")
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")
