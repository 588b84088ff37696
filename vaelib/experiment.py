"""What every experiment shares: one training, fully described, with a key and a name.

A system has a class of its own over ``BaseExperiment``, with the fields that change its numbers; the kinds that several
papers train are in ``vaelib.kinds``.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn

from vaelib.objectives import Objective
from vaelib.results import Keeper, Result

MOST_EPOCHS = 100_000  # far beyond any use of them here
SEED_BELOW = 2**32
Monitor = Callable[[nn.Module, Tensor, int], dict]


def canonical_json(content: object) -> str:
    """The one way in which vaelib writes a JSON text that is hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class BaseExperiment(BaseModel):
    """One training, fully described: all that changes its numbers, and nothing else.

    Same experiment, same machine, same library versions: same bits. A kind adds its fields, among them a tag
    (``kind: Literal["…"] = "…"``), and says what ``vaelib.training.fit`` asks for: ``architecture``, ``inputs``,
    ``objective`` and, where it wants more than that, ``start``, ``rate_in`` and ``monitor``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    data: str = Field(description="what it is trained on")
    optimizer: Literal["adam"] = "adam"
    learning_rate: float = Field(1e-3, gt=0, allow_inf_nan=False)
    batch_size: int = Field(128, ge=1)
    epochs: int = Field(50, ge=1, le=MOST_EPOCHS)
    snapshots: tuple[int, ...] = Field((10, 20, 50), description="epochs whose weights are kept; the last is the end")
    precision: Literal["float32"] = "float32"
    seed: int = Field(0, ge=0, lt=SEED_BELOW, description="of the initial weights, the shuffling and the noise")

    @model_validator(mode="after")
    def _ends_with_a_snapshot(self):
        if list(self.snapshots) != sorted(set(self.snapshots)) or not self.snapshots or self.snapshots[0] < 1:
            raise ValueError(f"snapshots must be increasing epochs from 1, found {self.snapshots}.")
        if self.snapshots[-1] != self.epochs:
            raise ValueError(f"the last snapshot must be the last epoch ({self.epochs}), found {self.snapshots}.")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "BaseExperiment":
        """A copy with other fields, validated, which has a key and a name of its own."""
        return type(self)(**(self.model_dump() | dict(update or {})))

    @cached_property
    def key(self) -> str:
        """Short SHA-256 of the canonical JSON."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json")).encode()).hexdigest()[:12]

    @cached_property
    def name(self) -> str:
        """What matters most, legibly, and the key."""
        return ".".join((*self.in_short(), f"seed-{self.seed}", self.key))

    def in_short(self) -> tuple[str, ...]:
        """What matters most, as parts of the name."""
        tag = getattr(self, "kind", None)
        return (self.data.replace("/", "."), *([tag] if tag else []))

    @property
    def datasets(self) -> tuple[str, ...]:
        """Names of the data sets with raw files (``vaelib.data``) that it takes anything from."""
        return ()

    def needs(self) -> Sequence[Result]:
        """Results of other trainings that it builds on."""
        return ()

    def architecture(self) -> nn.Module:
        """The model with fresh weights, drawn from PyTorch's stream of random numbers."""
        raise NotImplementedError

    def inputs(self, store: Keeper | None = None) -> Tensor:
        """What it is trained on, one row an example; from the store where another model's results are a part of it."""
        raise NotImplementedError

    def start(self, model: nn.Module, store: Keeper | None = None) -> None:
        """Put into a fresh model what does not begin at random, such as another run's weights."""

    def objective(self, model: nn.Module, inputs: Tensor) -> Objective:
        """What is optimised."""
        raise NotImplementedError

    def rate_in(self, epoch: int) -> float:
        """The learning rate in an epoch, counted from 1; a constant one by default."""
        return self.learning_rate

    def monitor(self, device: str) -> Monitor:
        """Makes a function of model, inputs and epoch: what a row of the history holds beside the training's terms."""
        return lambda model, inputs, epoch: {}
