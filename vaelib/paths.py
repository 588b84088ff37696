"""Where things lie: the project's folder, the data, the two layers of the store.

Each folder can be moved by an environment variable; without one it lies in the project, which is the nearest folder,
upwards from the working directory or from this file, that holds both ``_toc.yml`` and ``vaelib``. Where there is no
such folder (``pip install`` somewhere else), everything lies in the working directory and nothing is published.
"""

import os
from pathlib import Path


def project() -> Path | None:
    """The folder of the checkout, or None outside of one."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "_toc.yml").is_file() and (folder / "vaelib").is_dir():
                return folder
    return None


def _folder(variable: str, name: str) -> Path:
    return Path(os.environ.get(variable) or (project() or Path.cwd()) / name)


def data() -> Path:
    """The data folder: ``$VAELIB_DATA``, by default ``data/``; torchvision's layout inside."""
    return _folder("VAELIB_DATA", "data")


def local() -> Path:
    """The store's local layer: ``$VAELIB_HOME``, by default ``runs/``."""
    return _folder("VAELIB_HOME", "runs")


def published() -> Path:
    """The store's published layer: ``$VAELIB_RESULTS``, by default ``results/``; never written by a computation."""
    return _folder("VAELIB_RESULTS", "results")
