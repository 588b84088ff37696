"""Fixtures that several test files share: tiny experiments, a store of its own, the project's folder."""

from pathlib import Path

import pytest
import torch

from vaelib.experiments import Experiment
from vaelib.store import Store

PROJECT = Path(__file__).resolve().parent.parent


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


@pytest.fixture(autouse=True)
def same_random_numbers():
    torch.manual_seed(0)
