"""What the notebooks of this paper take."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vaelib.data import DATASETS
from vaelib.experiment import MOST_EPOCHS, SEED_BELOW
from vaelib.kinds import MOST_DIMENSIONS
from vaelib.pages.parameters import Parameters
from vaelib.pages.parameters import check as check  # notebooks import this module alone
from vaelib.two_stage.experiments import AMBIENT

Epochs = Annotated[int, Field(ge=1, le=MOST_EPOCHS, description=f"a whole number from 1 to {MOST_EPOCHS}")]
Dimension = Annotated[int, Field(ge=1, le=MOST_DIMENSIONS)]
DATA = " and ".join(DATASETS)


class Claims(Parameters):
    """The claims page: verdicts, published or by what was trained here."""


class SeedsParameters(Parameters):
    """What all of them take."""

    seeds: list[Annotated[int, Field(ge=0, lt=SEED_BELOW)]] = Field(
        min_length=1, max_length=20, description=f"whole numbers from 0 to {SEED_BELOW - 1}, one to twenty of them"
    )
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")


class ImagesParameters(SeedsParameters):
    """What those take that train on images."""

    latent_dim: int = Field(ge=1, le=MOST_DIMENSIONS, description=f"a whole number from 1 to {MOST_DIMENSIONS}")
    epochs: Epochs
    second_epochs: Epochs
    first: int = Field(ge=0, le=60_000, description="a number of training images, up to 60000, or 0 for all of them")

    learning_rate: float = Field(gt=0, le=1, description="a learning rate above 0, at most 1")

    @property
    def size(self) -> dict[str, Any]:
        """Size of the trainings, as ``protocol.models`` takes it."""
        fields = {"epochs": self.epochs, "second_epochs": self.second_epochs, "first": self.first or None}
        return fields | {"learning_rate": self.learning_rate}

    @property
    def changes(self) -> dict[str, Any]:
        """What ``protocol.models`` takes beside data set and seed."""
        return self.size | {"latent_dim": self.latent_dim}


class TwoStage(ImagesParameters):
    """Data sets, seeds, dim z and size."""

    datasets: list[Literal[tuple(DATASETS)]] = Field(min_length=1, max_length=2, description=f"a list of {DATA}")


class Copies(TwoStage):
    """With a digit that is withheld, of MNIST."""

    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")

    @property
    def withheld(self) -> dict[str, Any]:
        """What ``protocol.withheld`` takes beside seed and digit."""
        return {name: value for name, value in self.changes.items() if name != "second_epochs"}


class ByDimension(ImagesParameters):
    """Several latent dimensions in the place of one."""

    latent_dim: list[Dimension] = Field(  # the same word, more of them
        min_length=1, max_length=20, description=f"whole numbers from 1 to {MOST_DIMENSIONS}, one to twenty of them"
    )
    dataset: Literal[tuple(DATASETS)] = Field(description=" or ".join(DATASETS))


class OnManifolds(SeedsParameters):
    """Manifolds of known dimension."""

    dimensions: list[Annotated[int, Field(ge=1, le=AMBIENT)]] = Field(
        min_length=1, max_length=4, description=f"whole numbers from 1 to {AMBIENT}, one to four of them"
    )
    gammas: list[Annotated[float, Field(gt=0, le=100)]] = Field(
        min_length=2, max_length=20, description="variances above 0, two to twenty of them"
    )
    epochs: Epochs
    form: Literal["gaussian", "uniform"] = Field(description="gaussian or uniform")

    @property
    def changes(self) -> dict[str, Any]:
        """What ``protocol.manifold`` takes beside dimension, seed and γ."""
        return {"epochs": self.epochs, "form": self.form}
