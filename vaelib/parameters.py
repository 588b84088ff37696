"""The notebooks' parameters, validated: a misspelt or impossible one is an error that names the valid ones.

papermill only warns of a name that a notebook does not have, and then runs with the default. So the cell after the
parameters calls ``check``, which looks at what was really assigned.
"""

import ast
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vaelib.data import DATASETS
from vaelib.errors import InvalidParameters
from vaelib.experiments import Experiment, mini

Hidden = Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=8)]
P = TypeVar("P", bound="Parameters")


class Parameters(BaseModel):
    """What every notebook takes. The values' types here and in the notebooks' parameters cells agree (tested)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seed: int = Field(ge=0, description="a whole number from 0")
    recompute: bool = Field(description="True or False")
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")


class TrainedParameters(Parameters):
    """What the notebooks take whose models train for epochs on a whole training set."""

    dataset: str = Field(description=f"one of {', '.join(DATASETS)}")
    held_out_digit: int = Field(ge=0, le=9, description="a digit from 0 to 9")
    latent_dim: int = Field(ge=1, description="a whole number from 1")
    latent: Literal["mean", "sample"] = Field(description="mean (z = m(x)) or sample (z from q(z|x))")
    epochs: int = Field(ge=1, description="a whole number from 1")
    snapshot: int = Field(ge=0, description="an epoch whose weights are kept, or 0 for the last")
    first: int = Field(ge=0, description="a number of training images, or 0 for all of them")

    @model_validator(mode="after")
    def _possible(self):
        if self.dataset not in DATASETS:
            raise ValueError(f"dataset = {self.dataset!r}: expected one of {', '.join(DATASETS)}")
        if self.snapshot and self.snapshot not in self.snapshots:
            raise ValueError(
                f"snapshot = {self.snapshot}: expected one of {', '.join(map(str, self.snapshots))} "
                f"with epochs = {self.epochs}, or 0 for the last"
            )
        return self

    @property
    def snapshots(self) -> tuple[int, ...]:
        """The protocol's snapshots that lie within the epochs, and the last epoch."""
        return _snapshots(Experiment.model_fields["snapshots"].default, self.epochs)

    @property
    def epoch(self) -> int:
        """The snapshot that is shown."""
        return self.snapshot or self.epochs

    @property
    def protocol(self) -> dict[str, Any]:
        """What ``experiments.figure`` needs to know."""
        return {
            "held_out": self.held_out_digit,
            "seed": self.seed,
            "dataset": self.dataset,
            "latent_dim": self.latent_dim,
            "epochs": self.epochs,
            "snapshots": self.snapshots,
            "first": self.first or None,
        }


class PairParameters(TrainedParameters):
    """What the notebooks take that set a shallow VAE beside a deep one."""

    shallow: Hidden = Field(description="a list of layer sizes")
    deep: Hidden = Field(description="a list of layer sizes")

    @property
    def protocol(self) -> dict[str, Any]:
        """What ``experiments.figure`` needs to know."""
        return super().protocol | {"architectures": [self.shallow, self.deep]}


class Figure1(PairParameters):
    """Figure 1: reconstructions of some test images by a shallow and a deep VAE."""

    test_indices: list[Annotated[int, Field(ge=0)]] = Field(min_length=1, description="positions from 0, one or more")


class Figure2(PairParameters):
    """Figure 2: joint densities of the two cross-entropies for a shallow and a deep VAE."""


class Figure3(Parameters):
    """Figure 3: the latent plane of mini-MNIST."""

    steps: int = Field(ge=1, description="a whole number from 1")
    extent: float = Field(gt=0, description="a number above 0")
    strata: int = Field(ge=1, le=8, description="a whole number from 1 to 8")

    @property
    def experiment(self) -> Experiment:
        """mini-MNIST with these parameters."""
        return mini(self.seed, epochs=self.steps, snapshots=_snapshots(mini().snapshots, self.steps))


class Rate(TrainedParameters):
    """Page Rate: what the codes of many architectures tell, and how far their decoders are from the best one."""

    architectures: list[Hidden] = Field(description="a list of lists of layer sizes, or [] for the paper's twenty")

    @property
    def protocol(self) -> dict[str, Any]:
        """What ``experiments.figure`` needs to know."""
        return super().protocol | {"architectures": self.architectures}


class Figure4(Rate):
    """Figure 4: one test image through many architectures."""

    test_index: int = Field(ge=0, description="a position from 0")


def check(model: type[P], namespace: dict[str, Any]) -> P:
    """The notebook's parameters, as one validated object.

    Parameters
    ----------
    model
        What the notebook takes.
    namespace
        The notebook's ``globals()``, read after the parameters cell and the one that papermill injects.

    Raises
    ------
    InvalidParameters
        When a name that the notebook does not have was assigned among the parameters, one is missing, or a value is
        impossible; the message names the valid ones.
    """
    valid = model.model_fields
    listing = "Valid parameters: " + ", ".join(valid) + "."
    unknown = [name for name in _assigned(namespace) if name not in valid and name in namespace]
    if unknown:
        raise InvalidParameters(f"Unknown parameter {', '.join(unknown)}. {listing}")
    missing = [name for name in valid if name not in namespace]
    if missing:
        raise InvalidParameters(f"Missing parameter {', '.join(missing)}. {listing}")
    try:
        return model(**{name: namespace[name] for name in valid})
    except ValidationError as error:
        problems = "; ".join(_explain(valid, namespace, problem) for problem in error.errors())
        raise InvalidParameters(f"{problems}. {listing}") from None


def _snapshots(protocol: tuple[int, ...], epochs: int) -> tuple[int, ...]:
    return tuple(sorted({epoch for epoch in protocol if epoch < epochs} | {epochs}))


def _assigned(namespace: dict[str, Any]) -> list[str]:
    """Names assigned in cells that hold nothing but plain assignments: the parameters cell and the injected one."""
    names: dict[str, None] = {}
    for source in namespace.get("In", []):
        try:
            statements = ast.parse(source).body
        except SyntaxError:  # a cell with a magic
            continue
        found = [_plain_assignment(statement) for statement in statements]
        if None not in found:
            names |= dict.fromkeys(found)
    return list(names)


def _plain_assignment(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return None
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _explain(fields: dict, namespace: dict[str, Any], problem: dict) -> str:
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    name = problem["loc"][0]
    return f"{name} = {namespace[name]!r}: expected {fields[name].description}"
