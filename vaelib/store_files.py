"""Files of the store: written whole or not at all, verified on every load, set aside when damaged.

An entry is a JSON file that holds what it is about, its content, its provenance and the SHA-256 of the arrays' files
beside it (safetensors). The JSON file is written last: an entry without it was never finished and does not exist.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from vaelib.errors import FileIsDamaged
from vaelib.experiment import canonical_json


def save(path: Path, content: dict, arrays: dict[str, dict[str, Tensor]]) -> None:
    """Write an entry: its arrays, each dictionary into the file of its name beside ``path``, then ``path`` itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sums = {}
    for name, tensors in arrays.items():
        packed = safetensors.torch.save({key: tensor.contiguous() for key, tensor in tensors.items()})
        with _replacing(path.parent / name) as temporary:
            temporary.write_bytes(packed)
        sums[name] = hashlib.sha256(packed).hexdigest()
    content = content | {"files": sums}
    with _replacing(path) as temporary:
        temporary.write_text(_text(content | {"sha256": _digest(content)}), encoding="utf-8")


def copy(files: Sequence[Path], folder: Path) -> None:
    """Copy the files of an entry, in this order, into another folder: all of them or, where that fails, none.

    A file that stands there in the same bytes stays; a link is replaced, not written through.
    """
    folder.mkdir(parents=True, exist_ok=True)
    targets = [(folder / file.name, file.read_bytes()) for file in files]
    changed = [(path, content) for path, content in targets if path.is_symlink() or not _holds(path, content)]
    with ExitStack() as waiting:  # each file gets its name when all bytes are on the disk
        for path, content in reversed(changed):  # the last one that is entered is left first
            temporary = waiting.enter_context(_replacing(path))
            temporary.write_bytes(content)
            _to_the_disk(temporary)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def load(path: Path) -> dict:
    """The content of an entry's JSON file, verified.

    Raises
    ------
    FileIsDamaged
        When a byte of it is not as written.
    """
    text = _bytes(path)
    try:
        content = json.loads(text)
        sha256 = content.pop("sha256")
        whole = sha256 == _digest(content) and text == _text(content | {"sha256": sha256}).encode()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise FileIsDamaged(f"{path} is not as it was written: its check-sum differs.")
    return content


def load_arrays(path: Path, sums: dict[str, str]) -> dict[str, Tensor]:
    """The arrays in a file of an entry, verified against the sums in the entry's content.

    Raises
    ------
    FileIsDamaged
        When the file is not the one that the entry was written with.
    """
    packed = _bytes(path) if path.exists() else b""
    if hashlib.sha256(packed).hexdigest() != sums.get(path.name):
        raise FileIsDamaged(f"{path} is not as it was written: it is missing or its check-sum differs.")
    try:
        return safetensors.torch.load(packed)
    except (SafetensorError, ValueError, KeyError) as error:
        raise FileIsDamaged(f"{path} holds no arrays: {error}.") from error


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """What does not follow from the content of a whole file is damage too, with the file's name.

    Raises
    ------
    FileIsDamaged
        In the place of the errors that a content without a field, or with one of another kind, leads to.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        what = " ".join(str(error).split())[:200]
        raise FileIsDamaged(f"{path} is whole, but not what it should hold: {type(error).__name__}, {what}.") from error


def set_aside(files: list[Path], folder: Path) -> Path:
    """Move a damaged entry's files out of the way, keeping them; returns the new folder that they lie in now."""
    folder.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(prefix=f"{files[0].stem}.", dir=folder))
    for file in files:
        file.replace(target / file.name)
    return target


def _text(content: dict) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _digest(content: dict) -> str:
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _bytes(path: Path) -> bytes:
    if not path.is_file():  # a folder, or a pipe, which would be read for ever
        raise FileIsDamaged(f"{path} is no regular file.")
    return path.read_bytes()


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file that becomes ``path`` when the block ends well, and vanishes when it does not.

    What a killed process left of the same file goes: whoever writes an entry holds its lock.
    """
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        _to_the_disk(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _to_the_disk(path: Path) -> None:
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
