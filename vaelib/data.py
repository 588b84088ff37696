"""The MNIST family: fetched, verified, cut into the paper's partitions, held in memory as tensors.

A partition is asked for by its name, ``<data set>/<partition>`` with ``mnist`` or ``fashion-mnist``:

====================  ===============  ==========================================================
name                  in the paper     content
====================  ===============  ==========================================================
``train``             ``MNIST^tr``     all 60,000 training images
``train-without-9``   ``MNIST_\\9^tr``  the training images without the class 9
``test``              ``MNIST^te``     all 10,000 test images
``test-9``            ``MNIST_9^te``   the test images of class 9 alone
``test-without-9``                     the test images of the other nine classes
``mini-seed-0``       ``mini-MNIST``   ten training images of each class, drawn uniformly, seed 0
====================  ===============  ==========================================================

Pixels are grey values in [0, 1] (value / 255), not binarised, as in the paper's code.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from vaelib import paths, sources
from vaelib.errors import FileIsDamaged, UnknownName
from vaelib.locks import held

CLASSES = 10
SIDE = 28  # pixels
PIXELS = SIDE * SIDE
MINI_PER_CLASS = 10


@dataclass(frozen=True)
class RawFile:
    """One of the four IDX files of a data set: uncompressed size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


def _files(train_images: str, train_labels: str, test_images: str, test_labels: str) -> tuple[RawFile, ...]:
    return (
        RawFile("train-images-idx3-ubyte", 16 + 60_000 * PIXELS, train_images),
        RawFile("train-labels-idx1-ubyte", 8 + 60_000, train_labels),
        RawFile("t10k-images-idx3-ubyte", 16 + 10_000 * PIXELS, test_images),
        RawFile("t10k-labels-idx1-ubyte", 8 + 10_000, test_labels),
    )


@dataclass(frozen=True)
class Dataset:
    """A data set of the family: torchvision's name for it, its files and its classes' names."""

    torchvision_name: str
    files: tuple[RawFile, ...]
    classes: tuple[str, ...]

    def folder(self, root: Path) -> Path:
        return root / self.torchvision_name / "raw"


DATASETS = {
    "mnist": Dataset(
        "MNIST",
        _files(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        tuple("0123456789"),
    ),
    "fashion-mnist": Dataset(
        "FashionMNIST",
        _files(
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
}

_NAME = re.compile(
    r"(?P<dataset>[a-z-]+)/"
    r"(?:(?P<split>train|test)(?:-(?P<without>without-)?(?P<digit>[0-9]))?|mini-seed-(?P<seed>0|[1-9][0-9]{0,8}))"
)


@dataclass(frozen=True)
class PartitionName:
    """A partition's name, taken apart.

    ``digit`` is the class kept alone, or left out where ``without`` is set; ``seed`` draws a mini partition.
    """

    dataset: str
    split: str
    digit: int | None
    without: bool
    seed: int | None


@dataclass(frozen=True)
class Partition:
    """A part of a data set: images in [0, 1], their classes, and their positions in the raw file."""

    name: str
    images: Float[Tensor, "n 784"]
    labels: Int[Tensor, "n"]
    indices: Int[Tensor, "n"]

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, n: int | None) -> "Partition":
        """The first ``n`` images; all of them for None."""
        return self._rows(slice(n))

    def after(self, n: int) -> "Partition":
        """The images that follow the first ``n``."""
        return self._rows(slice(n, None))

    def _rows(self, rows: slice) -> "Partition":
        return Partition(self.name, self.images[rows], self.labels[rows], self.indices[rows])


def parse_name(name: str) -> PartitionName:
    """Take a partition's name apart.

    Raises
    ------
    UnknownName
        When there is no such partition; the message lists the valid names.
    """
    found = _NAME.fullmatch(name)
    if (
        not found
        or found["dataset"] not in DATASETS
        or (found["split"] == "train" and found["digit"] and not found["without"])
    ):
        raise UnknownName(
            f"{name!r} is no partition. Expected <data set>/<partition> with a data set of {', '.join(DATASETS)} and "
            "a partition of train, train-without-D, test, test-D, test-without-D, mini-seed-S (D from 0 to 9)."
        )
    return PartitionName(
        dataset=found["dataset"],
        split=found["split"] or "train",
        digit=int(found["digit"]) if found["digit"] else None,
        without=bool(found["without"]),
        seed=int(found["seed"]) if found["seed"] else None,
    )


def partition(name: str, root: Path | None = None) -> Partition:
    """The partition of this name, in memory; fetches the data set where it is not there yet.

    Parameters
    ----------
    name
        As in the table at the top of the module, for example ``mnist/train-without-9``.
    root
        The data folder; by default ``paths.data()``.

    Raises
    ------
    UnknownName
        When there is no such partition.
    FileIsDamaged, DataNotFound
        As ``fetch``.
    """
    images, labels, indices = _select(name, root)
    return Partition(name, _pixels(images[indices]), labels[indices], indices)


def images_at(name: str, positions: Int[Tensor, "k"]) -> Float[Tensor, "k 784"]:
    """A few images of a partition, by their positions in it."""
    images, _, indices = _select(name, None)
    return _pixels(images[indices[positions]])


def _pixels(images: UInt8[Tensor, "n 784"]) -> Float[Tensor, "n 784"]:
    return images.float() / 255


def _select(name: str, root: Path | None) -> tuple[UInt8[Tensor, "n 784"], Int[Tensor, "n"], Int[Tensor, "m"]]:
    """Images and labels of the whole split that a partition is cut from, and the partition's positions in it."""
    wanted = parse_name(name)
    images, labels = _split(wanted.dataset, wanted.split, root or paths.data())
    if wanted.seed is not None:
        indices = _draw_mini(labels, wanted.seed)
    elif wanted.digit is None:
        indices = torch.arange(len(labels))
    else:
        indices = torch.nonzero((labels != wanted.digit) if wanted.without else (labels == wanted.digit)).flatten()
    return images, labels, indices


def _draw_mini(labels: Int[Tensor, "n"], seed: int) -> Int[Tensor, "m"]:
    draw = np.random.default_rng(seed)
    each = [draw.choice(np.flatnonzero(labels == d), MINI_PER_CLASS, replace=False) for d in range(CLASSES)]
    return torch.from_numpy(np.sort(np.concatenate(each)))


@lru_cache(maxsize=4)
def _split(dataset: str, split: str, root: Path) -> tuple[UInt8[Tensor, "n 784"], Int[Tensor, "n"]]:
    folder = fetch(dataset, root)
    prefix = {"train": "train", "test": "t10k"}[split]
    # verified byte by byte, so the headers (16 and 8 bytes) say nothing new; importing torchvision takes two seconds
    images = np.fromfile(folder / f"{prefix}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, PIXELS)
    labels = np.fromfile(folder / f"{prefix}-labels-idx1-ubyte", np.uint8)[8:]
    return torch.from_numpy(images), torch.from_numpy(labels).long()


def fetch(dataset: str = "mnist", root: Path | None = None) -> Path:
    """Have the four files of a data set in the data folder, whole; returns their folder.

    Files that are there are verified and kept. Missing ones come from the first source that answers
    (``vaelib.sources``), through a temporary folder: a broken download never stays in the data folder.

    Raises
    ------
    FileIsDamaged
        When a file in the data folder is not what its check-sum says.
    DataNotFound
        When no source answers; the message says what was tried and where to put the files by hand.
    """
    if dataset not in DATASETS:
        raise UnknownName(f"{dataset!r} is no data set. Expected one of {', '.join(DATASETS)}.")
    root = root or paths.data()
    folder = DATASETS[dataset].folder(root)
    if not _missing(dataset, folder):  # nothing to write, so that the folder may be read-only
        for file in DATASETS[dataset].files:
            verify(folder / file.name, file)
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with held(root / f".{dataset}.lock"):
        missing = _missing(dataset, folder)  # another process may have fetched them meanwhile
        if missing:
            wanted = {file.name: file for file in missing}
            sources.download(
                DATASETS[dataset].torchvision_name,
                list(wanted),
                folder,
                check=lambda path: verify(path, wanted[path.name]),
            )
        for file in DATASETS[dataset].files:
            verify(folder / file.name, file)
    return folder


def _missing(dataset: str, folder: Path) -> list[RawFile]:
    return [file for file in DATASETS[dataset].files if not (folder / file.name).exists()]


def verify(path: Path, expected: RawFile) -> None:
    """Hold a file against its size and check-sum.

    Raises
    ------
    FileIsDamaged
        Naming the file, what was expected, what was found and what to do.
    """
    remedy = "Delete it and run `python -m vaelib data fetch`, or put a whole file there."
    if not path.is_file():
        raise FileIsDamaged(f"{path} is no file. {remedy}")
    size = path.stat().st_size
    if size != expected.size:
        difference = expected.size - size
        how = f"{difference:,} missing" if difference > 0 else f"{-difference:,} too many"
        raise FileIsDamaged(f"{path} has {size:,} bytes, expected {expected.size:,} ({how}). {remedy}")
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != expected.sha256:
        raise FileIsDamaged(f"{path} has SHA-256 {found[:12]}…, expected {expected.sha256[:12]}…: altered. {remedy}")
