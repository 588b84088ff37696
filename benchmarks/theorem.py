"""Theorem 1: against plain broadcasting, and along the number of training points."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from benchmarks import machine
from vaelib import data
from vaelib.novelty.evaluation import Evaluated
from vaelib.novelty.experiments import figure
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.runs import Trained
from vaelib.store import Store

NEIGHBOURS = 3
QUERIES = 100  # along the number of training points
SIZES = (10**4, 10**5, 10**6, 10**7)
AT_ONCE = 16  # queries that broadcasting takes at once, 173 MB an intermediate result


def against_broadcasting(start: Callable) -> dict:
    """Weights, average, neighbours and perplexity of the paper's 1,009 test nines among its 54,051 training images."""
    means, log_stds, images, z = _deep_model()
    optimal = OptimalDecoder(means, log_stds, images)
    optimal.summary(z[:64], NEIGHBOURS)
    start()
    with machine.added_memory() as ours_memory:
        ours, found = _timed(lambda: optimal.summary(z, NEIGHBOURS))
    with machine.added_memory() as plain_memory:
        plain, expected = _timed(lambda: broadcast(means, log_stds, images, z))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone, _ = _timed(lambda: optimal.summary(z, NEIGHBOURS))
    return {
        "queries": len(z),
        "points": len(means),
        "dimensions": z.shape[1],
        "threads": threads,
        "seconds": ours,
        "seconds_one_thread": alone,
        "broadcasting_seconds": plain,
        "over_broadcasting": plain / ours,
        "added_megabytes": ours_memory[0] / 1e6,
        "broadcasting_added_megabytes": plain_memory[0] / 1e6,
        "largest_difference_of_weights": (found.top_weights - expected).abs().max().item(),
    }


def broadcast(means: Tensor, log_stds: Tensor, images: Tensor, z: Tensor) -> Tensor:
    """Theorem 1 as one writes it first; returns the largest weights."""
    q = Normal(means, log_stds.exp())
    largest = []
    for rows in z.split(AT_ONCE):
        weights = q.log_prob(rows[:, None, :]).sum(2).softmax(1)
        _ = weights @ images  # μ(z)
        _ = torch.special.entr(weights).sum(1).exp()  # perplexity
        largest.append(weights.topk(NEIGHBOURS, dim=1).values)
    return torch.cat(largest)


def at_size(size: int, start: Callable) -> dict:
    """Seconds and added memory for a hundred queries among so many training points, in memory-mapped files."""
    means, log_stds, _, z = _deep_model()
    torch.set_num_threads(1)
    start()
    with tempfile.TemporaryDirectory(prefix="theorem-1-") as folder:
        optimal = OptimalDecoder(*_larger(means, log_stds, size, Path(folder)))
        with machine.added_memory() as memory:
            seconds, _ = _timed(lambda: optimal.summary(z[:QUERIES], NEIGHBOURS))
    return {"points": size, "seconds": seconds, "added_megabytes": memory[0] / 1e6}


def evaluation(start: Callable) -> float:
    """Seconds to hold a run against Theorem 1 on all 10,000 test images, in one thread."""
    from vaelib.novelty.evaluation import evaluate

    experiment = _deep()
    run = Store(train=False).get(Trained(experiment, (experiment.epochs,)))
    start()
    return _timed(lambda: evaluate(run, Evaluated(experiment, experiment.epochs, 9)))[0]


def _larger(means: Tensor, log_stds: Tensor, size: int, folder: Path) -> list[Tensor]:
    """So many posteriors like the model's own, each a little moved, in files; an image is one grey value here."""
    random = torch.Generator().manual_seed(size)
    shapes = {"means": (size, means.shape[1]), "log_stds": (size, means.shape[1]), "images": (size, 1)}
    files = {k: np.lib.format.open_memmap(folder / f"{k}.npy", "w+", np.float32, v) for k, v in shapes.items()}
    for first in range(0, size, 100_000):
        here = slice(first, min(first + 100_000, size))
        rows = torch.randint(len(means), (here.stop - first,), generator=random)
        noise = torch.randn(len(rows), means.shape[1], generator=random)
        files["means"][here] = means[rows] + log_stds[rows].exp() * noise
        files["log_stds"][here] = log_stds[rows]
        files["images"][here] = torch.rand(len(rows), 1, generator=random)
    for file in files.values():
        file.flush()
    return [torch.from_numpy(np.load(folder / f"{name}.npy", mmap_mode="c")) for name in shapes]


def _deep():
    return figure(1).deep_unseen


def _deep_model() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    experiment = _deep()
    vae = Store(train=False).get(Trained(experiment, (experiment.epochs,))).model()
    images = data.partition(experiment.data).images
    return *vae.encode(images), images, vae.encode(data.partition("mnist/test-9").images)[0]


def _timed(function: Callable) -> tuple[float, object]:
    began = time.perf_counter()
    result = function()
    return time.perf_counter() - began, result
