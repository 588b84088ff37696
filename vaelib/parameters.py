"""The notebooks' parameters, validated: a misspelt or impossible one is an error that names the valid ones.

papermill only warns of a name that a notebook does not have, and then runs with the default. So the cell after the
parameters calls ``check``, which looks at what was really assigned.
"""

import ast
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vaelib.errors import InvalidParameters
from vaelib.evaluation import EXTENT
from vaelib.experiments import LONGER, MOST_DIMENSIONS, MOST_EPOCHS, MOST_UNITS, SEED_BELOW, Experiment, mini

Hidden = Annotated[list[Annotated[int, Field(ge=1, le=MOST_UNITS)]], Field(max_length=8)]
Positions = Annotated[list[Annotated[int, Field(ge=0, lt=10_000)]], Field(min_length=1, max_length=20)]
Coordinate = Annotated[float, Field(ge=-1000, le=1000)]
Stroke = Annotated[list[Annotated[list[Coordinate], Field(min_length=2, max_length=2)]], Field(max_length=10_000)]
P = TypeVar("P", bound="Parameters")
LAYERS = f"a list of up to 8 layer sizes, each from 1 to {MOST_UNITS}"
INJECTED = "# Parameters"  # how papermill begins the cell that it adds
SHOWN = 200  # characters of a value that a message quotes


class Parameters(BaseModel):
    """What every notebook takes. The values' types here and in the notebooks' parameters cells agree (tested)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seed: int = Field(ge=0, lt=SEED_BELOW, description=f"a whole number from 0 to {SEED_BELOW - 1}")
    recompute: bool = Field(description="True or False")
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")


class TrainedParameters(Parameters):
    """What the notebooks take whose models train for epochs on a whole training set."""

    dataset: Literal["mnist", "fashion-mnist"] = Field(description="mnist or fashion-mnist")
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


class Figure1(SnapshotParameters, PairOf):
    """Figure 1: reconstructions of some test images by a shallow and a deep VAE."""

    latent: Latent
    test_indices: Positions = Field(description="positions from 0, one to twenty of them")


class Figure2(SnapshotParameters, PairOf):
    """Figure 2: joint densities of the two cross-entropies for a shallow and a deep VAE."""

    latent: Latent


class Figure3(Parameters):
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
        raise InvalidParameters(f"Unknown parameter {_cut(', '.join(unknown))}. {listing}")
    missing = [name for name in valid if name not in namespace]
    if missing:
        raise InvalidParameters(f"Missing parameter {', '.join(missing)}. {listing}")
    try:
        return model(**{name: namespace[name] for name in valid})
    except ValidationError as error:
        problems = dict.fromkeys(_explain(valid, namespace, problem) for problem in error.errors())
        raise InvalidParameters(f"{'; '.join(problems)}. {listing}") from None


def _mini(seed: int, steps: int) -> Experiment:
    return mini(seed, epochs=steps, snapshots=_snapshots(mini().snapshots, steps))


def _snapshots(protocol: tuple[int, ...], epochs: int) -> tuple[int, ...]:
    return tuple(sorted({epoch for epoch in protocol if epoch < epochs} | {epochs}))


def _assigned(namespace: dict[str, Any]) -> list[str]:
    """Names assigned in the cells before this one that hold nothing but plain assignments.

    They are the parameters cell and the injected one; what stood in them before they were corrected is not asked.
    """
    cells = namespace.get("In", [])
    if not isinstance(cells, list):  # IPython's own list of cells was overwritten
        return ["In"]
    names: dict[str, None] = {}
    for source in reversed(cells[:-1]):
        found = _plain_assignments(source)
        if found is None:
            if source.startswith(INJECTED):
                raise InvalidParameters(
                    f"Parameters are plain values, one to a name; the injected cell holds more: {_cut(source)}"
                )
            break
        names |= dict.fromkeys(found)
    return list(names)


def _plain_assignments(source: str) -> list[str] | None:
    """The names that a cell assigns plain values to; None where it does anything else."""
    try:
        found = [_plain_assignment(statement) for statement in ast.parse(source).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a cell with a magic, or no Python at all
        return None
    return None if None in found else found


def _plain_assignment(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return None
    try:
        ast.literal_eval(_NotFinite().visit(statement.value))
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None
    return target.id if isinstance(target, ast.Name) else None


class _NotFinite(ast.NodeTransformer):
    """``float('inf')`` and the like, which papermill writes where a value is no finite number, as plain values."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1 and not node.keywords:
            return node.args[0]
        return node


def _explain(fields: dict, namespace: dict[str, Any], problem: dict) -> str:
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    name = problem["loc"][0]
    return f"{name} = {_cut(repr(namespace[name]))}: expected {fields[name].description}"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"
