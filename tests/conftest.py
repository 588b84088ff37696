"""Fixtures that several test files share: tiny experiments, a store of its own, the project's folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from vaelib import training
from vaelib.kinds import Experiment
from vaelib.store import Store

PROJECT = Path(__file__).resolve().parent.parent
BROWSER = shutil.which("chromium")
collect_ignore = [] if BROWSER else ["browser"]


def pytest_terminal_summary(terminalreporter):
    if not BROWSER:
        terminalreporter.section("THE SITE WAS NOT TESTED IN A BROWSER", red=True, bold=True)
        terminalreporter.line("Chromium was not found: expected `chromium` on the path (Debian: apt install chromium).")


@pytest.fixture
def project() -> Path:
    return PROJECT


@pytest.fixture
def smoke() -> Experiment:
    """An experiment on real MNIST that takes less than a second."""
    return Experiment(
        data="mnist/train-without-9", first=256, hidden=(16,), latent_dim=3, epochs=2, snapshots=(1, 2), seed=5
    )


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(local=tmp_path / "runs", published=tmp_path / "results")


@pytest.fixture
def counted(monkeypatch):
    """Counts trainings."""
    calls = []
    fit = training.fit
    monkeypatch.setattr(training, "fit", lambda *args, **options: calls.append(1) or fit(*args, **options))
    return calls


@pytest.fixture
def threads():
    """Sets PyTorch's number of threads for one test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def building() -> FileLock:
    """Held by whoever builds in the project: its folder takes one Snakemake at a time, tests run side by side."""
    (PROJECT / "_build").mkdir(exist_ok=True)
    return FileLock(PROJECT / "_build" / "site.lock")


@pytest.fixture(scope="session")
def site(building) -> Path:
    """The site as `make book` builds it; built anew where something changed."""
    command = [sys.executable, "-m", "snakemake", "--quiet", "all", "--", "book"]
    with building:
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return PROJECT / "_build" / "html"


@pytest.fixture(autouse=True)
def same_random_numbers():
    torch.manual_seed(0)
