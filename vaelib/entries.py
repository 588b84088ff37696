"""Files of the store: written whole or not at all, verified on every load, set aside when damaged.

An entry is a JSON file that holds what it is about, its content, its provenance and the SHA-256 of the arrays' files
beside it (safetensors). The JSON file is written last: an entry without it was never finished and does not exist.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from vaelib.errors import FileIsDamaged
from vaelib.experiments import canonical_json


def save(path: Path, content: dict, arrays: dict[str, dict[str, Tensor]]) -> None:
    """Write an entry: its arrays, each dictionary into the file of its name beside ``path``, then ``path`` itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sums = {}
    for name, tensors in arrays.items():
        with _replacing(path.parent / name) as temporary:
            save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, temporary)
            sums[name] = _sha256(temporary)
    content = content | {"files": sums}
    with _replacing(path) as temporary:
        temporary.write_text(_text(content | {"sha256": _digest(content)}), encoding="utf-8")


def load(path: Path) -> dict:
    """The content of an entry's JSON file, verified.

    Raises
    ------
    FileIsDamaged
        When a byte of it is not as written.
    """
    text = path.read_bytes()
    try:
        content = json.loads(text)
        sha256 = content.pop("sha256")
        whole = sha256 == _digest(content) and text == _text(content | {"sha256": sha256}).encode()
    except (ValueError, KeyError, AttributeError, TypeError):
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
    if path.name not in sums or not path.exists() or _sha256(path) != sums[path.name]:
        raise FileIsDamaged(f"{path} is not as it was written: it is missing or its check-sum differs.")
    return load_file(path)


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


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file that becomes ``path`` when the block ends well, and vanishes when it does not."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        with temporary.open("rb") as opened:
            os.fsync(opened.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
