"""What the project costs: its benchmarks as they were written down, and the provenance of the published results."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from vaelib import store_files
from vaelib.errors import NotPublished
from vaelib.experiment import BaseExperiment
from vaelib.pages.markdown import table
from vaelib.results import Result
from vaelib.runs import Trained, experiments
from vaelib.store import Store

CONTESTANTS = {
    "vaelib": "vaelib, a worker a core",
    "autograd": "the same with autograd, a worker a core",
    "tutorial": "the tutorial's way, all cores",
    "pythae": "pythae, all cores",
}


def benchmarks(published: Path) -> dict:
    """What ``make bench`` found, one run on one machine.

    Raises
    ------
    NotPublished
        When there is no such file.
    """
    path = published / "benchmarks.json"
    if not path.exists():
        raise NotPublished(f"{path} is not there. `make bench` measures and writes it, in ten minutes.")
    return json.loads(path.read_text(encoding="utf-8"))


def speeds(measured: dict) -> dict[str, dict[str, float]]:
    """Images a second of each way to train, vaelib first, by architecture, the shallow one first."""
    found = {name: measured["training"][name]["images_per_second"] for name in ("shallow", "deep")}
    return {name: {who: speed[who] for who in CONTESTANTS if who in speed} for name, speed in found.items()}


def training_table(measured: dict) -> str:
    """Markdown: images a second of each way to train, and how many times as fast vaelib is."""
    rows = []
    for name, by_contestant in speeds(measured).items():
        over = measured["training"][name]["over"]
        for contestant, speed in by_contestant.items():
            ratio = f"{over[contestant]:.1f} ×" if contestant in over else ""
            rows.append((name, CONTESTANTS[contestant], f"{speed:,.0f}", ratio))
    return table(("VAE", "trained by", "images a second", "vaelib's ratio"), rows)


def theorem_table(measured: dict) -> str:
    """Markdown: Theorem 1 for the paper's test nines, by vaelib and by plain broadcasting."""
    found = measured["theorem_1"]
    cores = f"{found['threads']} threads"
    rows = [
        (f"plain broadcasting, {cores}", f"{found['broadcasting_seconds']:.1f}", found["broadcasting_added_megabytes"]),
        (f"vaelib, {cores}", f"{found['seconds']:.2f}", found["added_megabytes"]),
        ("vaelib, 1 thread", f"{found['seconds_one_thread']:.2f}", found["added_megabytes"]),
    ]
    return table(("by", "seconds", "added memory, MB"), [(by, s, f"{memory:.0f}") for by, s, memory in rows])


def scaling_table(measured: dict) -> str:
    """Markdown: Theorem 1 for a hundred queries, by the number of training points."""
    rows = [
        (f"{row['points']:,}", f"{row['seconds']:.2f}", f"{row['added_megabytes']:.0f}")
        for row in measured["along_the_training_set"]
    ]
    return table(("training points", "seconds", "added memory, MB"), rows)


def figure_table(store: Store, figures: Mapping[str, Sequence[Result]]) -> str:
    """Markdown: trainings and what is made of them behind each figure, the processor's time for it, and the memory."""
    rows = []
    for figure, results in figures.items():
        trained, evaluated = _of_each_kind(store, results)
        minutes = [sum(p["cpu_seconds"] for p in group) / 60 for group in (trained, evaluated)]
        memory = max(p["peak_memory_mb"] for p in trained + evaluated) / 1000
        counted = (f"{len(trained)}", f"{minutes[0]:.0f}", f"{len(evaluated)}", f"{minutes[1]:.1f}")
        rows.append((figure, *counted, f"{memory:.1f}"))
    head = ("figure", "trainings", "minutes", "evaluations", "minutes", "peak memory, GB")
    return table(head, rows)


class Sweep(NamedTuple):
    """What all experiments of the project cost, on one core after another."""

    trainings: int
    evaluations: int
    core_hours: float  # of trainings and evaluations
    gigabytes: float  # of weights in the local layer
    training_minutes: float  # the mean
    evaluation_seconds: float  # the mean
    published_kilobytes: float  # of an experiment without weights, the mean
    peak_gigabytes: float  # of memory, of one worker


def sweep(store: Store, results: Sequence[Result]) -> Sweep:
    """What all of these results cost, by their provenance."""
    trained, evaluated = _of_each_kind(store, results)
    training, evaluating = ([p["cpu_seconds"] for p in group] for group in (trained, evaluated))
    asked = experiments(results)
    small = [path.stat().st_size for name in asked for path in _small_files(store, name)]
    return Sweep(
        trainings=len(trained),
        evaluations=len(evaluated),
        core_hours=(sum(training) + sum(evaluating)) / 3600,
        gigabytes=sum(_bytes(e) * len(e.snapshots) for e in asked.values()) / 1e9,
        training_minutes=float(np.mean(training)) / 60,
        evaluation_seconds=float(np.mean(evaluating)),
        published_kilobytes=sum(small) / len(asked) / 1e3,
        peak_gigabytes=max(p["peak_memory_mb"] for p in trained + evaluated) / 1e3,
    )


def _bytes(experiment: BaseExperiment) -> int:
    """Of a snapshot's weights."""
    with torch.device("meta"):
        return sum(value.nbytes for value in experiment.architecture().state_dict().values())


def _of_each_kind(store: Store, results: Sequence[Result]) -> tuple[list[dict], list[dict]]:
    """Provenance of the runs among these results, and of the others."""
    runs = {result.experiment.name: result for result in results if isinstance(result, Trained)}
    others = {result.path: result for result in results if not isinstance(result, Trained)}
    of_runs, of_others = (_provenance([store.find(one) for one in found.values()]) for found in (runs, others))
    trained = dict(zip(runs, of_runs, strict=True))
    for result, record in zip(others.values(), of_others, strict=True):
        if "training" in record:  # of a run that is not published itself
            trained.setdefault(result.experiment.name, record["training"])
    return list(trained.values()), of_others


def _small_files(store: Store, name: str) -> list[Path]:
    # of some runs nothing lies by itself: other results are made of them
    return [path for path in (store.published / name).glob("*") if not path.name.startswith("weights")]


def _provenance(paths: Sequence[Path | None]) -> list[dict]:
    if None in paths:
        raise NotPublished(
            f"{paths.count(None)} of {len(paths)} results are not there. `snakemake -n` names them, "
            "`snakemake` computes them."
        )
    return [store_files.load(path)["provenance"] for path in paths]
