"""Results on disk, addressed by what they are: asking for one finds it or makes it.

Two layers: the published results (tracked in git, never written by a computation), and under them the local one, which
adds what was computed on this machine. What a result is, and how it is made, it says itself (``vaelib.results``); the
store keeps its entry (``vaelib.store_files``), whole or not at all.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from vaelib import paths, store_files
from vaelib.errors import FileIsDamaged, NotPublished
from vaelib.locks import held
from vaelib.results import Result

Value = TypeVar("Value")


class Store:
    """Results in two layers.

    Parameters
    ----------
    recompute
        Leave the published layer out, so that what the local layer does not hold yet is computed here.
    train
        Whether to train what is not found; otherwise that is an error. What takes seconds is always computed where
        the weights that it needs are there.
    local, published
        The layers' folders; by default ``paths.local()`` and ``paths.published()``.
    device
        Where to train, as in ``training.fit``.
    progress
        Whether to show progress bars; by default only on a terminal.
    """

    def __init__(
        self,
        *,
        recompute: bool = False,
        train: bool = True,
        local: Path | None = None,
        published: Path | None = None,
        device: str = "cpu",
        progress: bool | None = None,
    ):
        self.local = local or paths.local()
        self.published = published or paths.published()
        self.layers = (self.local,) if recompute else (self.published, self.local)
        self.recompute = recompute
        self.train = train
        self.device = device
        self.progress = progress

    @classmethod
    def for_notebook(cls, recompute: bool, device: str = "cpu") -> "Store":
        """Either both layers, training nothing; or the local layer alone, training what it lacks."""
        return cls(recompute=recompute, train=recompute, device=device, progress=recompute)

    def get(self, result: Result[Value]) -> Value:
        """The result from the uppermost layer that has it whole; where none has, it is made and kept.

        Raises
        ------
        UnknownName
            When there can be no such result.
        NotPublished
            When it would have to be trained, and the store does not.
        """
        result.check()
        found = self._find(result)
        if found is not None:
            return found
        locks = self.local / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with held(locks / result.path.replace("/", ".")):
            found = self._find(result, locked=True)  # another process may have made it meanwhile
            return found if found is not None else self._make(result)

    def find(self, result: Result) -> Path | None:
        """The result's entry in the uppermost layer that has it with its arrays, all unread."""
        for layer in self.layers:
            path = layer / result.path
            if all(file.exists() for file in (path, *_beside(path, result))):
                return path
        return None

    def publish(self, results: Sequence[Result]) -> list[Path]:
        """Copy results that lie in one folder from the local layer into the published one; all or none.

        Returns their entries there.
        """
        entries = [self.local / result.path for result in results]
        if len({path.parent for path in entries}) > 1:
            raise NotPublished(f"{', '.join(map(str, entries))} lie in several folders; nothing is copied.")
        for path, result in zip(entries, results, strict=True):  # what is damaged is not published
            if not path.exists() or self._load(path, result) is None:
                raise NotPublished(f"{path} is not there, or lacks its arrays; nothing is copied.")
        arrays = [file for path, result in zip(entries, results, strict=True) for file in _beside(path, result)]
        store_files.copy([*arrays, *entries], self.published / entries[0].parent.name)
        return [self.published / result.path for result in results]

    def set_aside(self, path: Path, pattern: str, error: FileIsDamaged) -> None:
        """Move a damaged entry of the local layer and its arrays out of the way, with a warning; nothing is lost."""
        kept = store_files.set_aside([path, *path.parent.glob(pattern)], self.local / "damaged" / path.parent.name)
        warnings.warn(f"{error} Its entry was set aside in {kept}.", stacklevel=5)

    def _make(self, result: Result[Value]) -> Value:
        value, provenance = result.make(self)
        content, arrays = result.pack(value)
        store_files.save(self.local / result.path, {**result.about, **content, "provenance": provenance}, arrays)
        result.tidy(self)
        return value

    def _find(self, result: Result[Value], *, locked: bool = False) -> Value | None:
        """What the uppermost layer has that has it whole. Only who holds the lock sets a damaged entry aside."""
        for layer in self.layers:
            path = layer / result.path
            try:
                found = self._load(path, result) if path.exists() else None
            except FileNotFoundError:  # set aside meanwhile
                continue
            except FileIsDamaged as error:
                if layer == self.local and locked:
                    self.set_aside(path, result.pattern, error)
                elif layer == self.published and not locked:
                    warnings.warn(f"{error} This published result is not used; git can restore it.", stacklevel=3)
                continue
            if found is not None:
                if layer == self.local:  # of a process that was killed after it had written the entry
                    result.tidy(self)
                return found
        return None

    def _load(self, path: Path, result: Result[Value]) -> Value | None:
        content = store_files.load(path)
        if any(content.get(name) != value for name, value in result.about.items()):
            raise FileIsDamaged(f"{path} holds another result than its name says.")
        files = _beside(path, result)
        if not all(file.exists() for file in files):
            return None
        with store_files.understood(path):
            return result.unpack(
                content, {file.name: store_files.load_arrays(file, content["files"]) for file in files}
            )


def _beside(path: Path, result: Result) -> list[Path]:
    return [path.with_name(name) for name in result.files]
