"""What the store keeps: a result says where it lies, what it is about, and how it is made, packed and unpacked."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from torch import Tensor

from vaelib.errors import FileIsDamaged

Value = TypeVar("Value")
Arrays = dict[str, dict[str, Tensor]]  # by file, beside the entry; in each, tensors by name


class Packed(NamedTuple):
    """A value as it is written: what goes into the entry's JSON, and the arrays beside it."""

    content: dict[str, Any]
    arrays: Arrays


class Keeper(Protocol):
    """What a result needs to know of the store that it is made for (``vaelib.store.Store``)."""

    local: Path
    published: Path
    train: bool
    device: str
    progress: bool | None

    def get(self, result: "Result[Value]") -> Value:
        """Another result, found or made."""

    def set_aside(self, path: Path, pattern: str, error: FileIsDamaged) -> None:
        """Move what was left damaged out of the way."""


class Result(Generic[Value]):
    """A result that can be asked for, whether it is there or not. Each kind of result is a class of its own.

    Two that are equal are one result. What a class has to say is below; a result without arrays has no ``files``.
    """

    @property
    def path(self) -> str:
        """Where its entry lies in a layer of the store, ``<folder>/<name>.json``."""
        raise NotImplementedError

    @property
    def about(self) -> dict[str, Any]:
        """What the entry says that it is about; one that says something else is damaged."""
        raise NotImplementedError

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files with arrays that have to lie beside the entry."""
        return ()

    @property
    def pattern(self) -> str:
        """Matches all files with arrays that the entry may have, so that they go where it goes."""
        return f"{self.path.rpartition('/')[2].removesuffix('.json')}.safetensors"

    def check(self) -> None:
        """Raise UnknownName where there can be no such result."""

    def needs(self) -> Sequence["Result"]:
        """The results that it is made of."""
        return ()

    def make(self, store: Keeper) -> tuple[Value, dict]:
        """Compute it; the value and its provenance."""
        raise NotImplementedError

    def pack(self, value: Value) -> Packed:
        """The value as it is written."""
        raise NotImplementedError

    def unpack(self, content: dict[str, Any], arrays: Arrays) -> Value | None:
        """The value as it was written, or None where something is missing that can be computed again."""
        raise NotImplementedError

    def tidy(self, store: Keeper) -> None:
        """Remove what making it left behind; called when its entry is whole in the local layer."""


def with_needs(found: Iterable[Result]) -> Iterator[Result]:
    """These results, each followed by all that it is made of; what two are made of comes twice."""
    for result in found:
        yield result
        yield from with_needs(result.needs())
