"""What a script of data hands to its page, read without the library that wrote it."""

import base64
import json
import zlib
from pathlib import Path

import numpy as np


def content(folder: Path, name: str) -> dict:
    """The content of ``<name>.js``."""
    text = (folder / f"{name}.js").read_text()
    call, end = f'vaelibExplorer.receive("{name}", ', ");\n"
    assert text.startswith(call)
    assert text.endswith(end)
    return json.loads(text[len(call) : -len(end)])


def array(entry: dict) -> np.ndarray:
    """The array that was packed."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(entry["data"])), np.uint8)
    size = np.dtype(entry["type"]).itemsize
    numbers = planes.reshape(size, -1).T.tobytes()
    return np.frombuffer(numbers, np.dtype(entry["type"]).newbyteorder("<")).reshape(entry["shape"])
