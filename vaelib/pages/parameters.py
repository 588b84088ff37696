"""The notebooks' parameters, validated: a misspelt or impossible one is an error that names the valid ones.

papermill only warns of a name that a notebook does not have, and then runs with the default. So the cell after the
parameters calls ``check``, which looks at what was really assigned.
"""

import ast
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vaelib.errors import InvalidParameters
from vaelib.experiment import SEED_BELOW

P = TypeVar("P", bound="Parameters")
INJECTED = "# Parameters"  # how papermill begins the cell that it adds
SHOWN = 200  # characters of a value that a message quotes


class Parameters(BaseModel):
    """What every notebook takes. The values' types here and in the notebooks' parameters cells agree (tested)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    recompute: bool = Field(description="True or False")


class TrainingParameters(Parameters):
    """What the notebooks take whose models can be trained here."""

    seed: int = Field(ge=0, lt=SEED_BELOW, description=f"a whole number from 0 to {SEED_BELOW - 1}")
    device: Literal["cpu", "cuda", "mps"] = Field(description="cpu, cuda or mps")


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
