"""What the store keeps of a run: a few numbers, and a few pictures beside them; the run itself is not published."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from vaelib import provenance
from vaelib.determinism import deterministic
from vaelib.experiment import BaseExperiment
from vaelib.information import rounded
from vaelib.results import Arrays, Keeper, Packed, Result
from vaelib.runs import Trained, trained_with

DRAWN = 0  # seed of what measures draw


@dataclass(frozen=True)
class Measured:
    """Numbers by name, each a number, a list or a group of numbers by name; ``pictures`` are in [0, 1]."""

    experiment: BaseExperiment
    values: dict[str, Any]
    pictures: dict[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True)
class Measurement(Result[Measured]):
    """A run at its end, measured. A kind says what it measures and how."""

    experiment: BaseExperiment

    name: ClassVar[str]  # of its file
    measures: ClassVar[tuple[str, ...]]  # what it holds; an entry that lacks one is made again
    with_pictures: ClassVar[bool] = False

    @property
    def path(self) -> str:
        return f"{self.experiment.name}/{self.name}.json"

    @property
    def about(self) -> dict:
        return {"experiment": self.experiment.model_dump(mode="json")}

    @property
    def files(self) -> tuple[str, ...]:
        return (f"{self.name}.safetensors",) if self.with_pictures else ()

    def needs(self) -> tuple[Result, ...]:
        return (Trained(self.experiment, (self.experiment.epochs,)),)

    @abstractmethod
    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """The numbers, and the pictures."""

    def make(self, store: Keeper) -> tuple[Measured, dict]:
        """Measure; the training's own provenance is kept beside that of the measuring."""
        for one in self.needs():
            store.get(one)
        with provenance.record() as record, deterministic(), torch.no_grad():
            values, pictures = self.measure(store)
        stored = {name: picture.mul(255).round().byte() for name, picture in pictures.items()}
        shown = {name: picture.float() / 255 for name, picture in stored.items()}
        training = trained_with(store, self.needs()[0])
        return Measured(self.experiment, _rounded(values), shown), record | {"training": training}

    def pack(self, value: Measured) -> Packed:
        pictures = {name: picture.mul(255).round().byte() for name, picture in value.pictures.items()}
        return Packed({"values": value.values}, dict.fromkeys(self.files, pictures))

    def unpack(self, content: dict, arrays: Arrays) -> Measured | None:
        if not content["values"].keys() >= set(self.measures):  # written before a measure was made
            return None
        stored = arrays[self.files[0]] if self.files else {}
        return Measured(self.experiment, content["values"], {name: p.float() / 255 for name, p in stored.items()})


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, Tensor) and value.ndim:
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return rounded(value)
