"""Retrain published experiments and hold them against what is published.

On one machine with the same library versions a retrained experiment gives the same bits. Elsewhere the rounding
differs, and training carries that as far as another seed would; so a measure agrees when it differs by no more than
``WIDTH`` times what two seeds differ by, which the published seeds of models with as many layers tell.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import torch

from vaelib import experiments
from vaelib.evaluation import MEASURES, Evaluation
from vaelib.experiments import Experiment, Request
from vaelib.markdown import table
from vaelib.store import Store

WIDTH = 5  # standard deviations of the difference between two seeds


class Line(NamedTuple):
    """One measure of one experiment: as published, as retrained here, and by how much it may differ."""

    experiment: str
    measure: str
    published: float
    retrained: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(self.retrained - self.published) <= self.tolerance


class Verified(NamedTuple):
    """A retrained experiment: its lines, and whether its evaluation's arrays equal the published ones bit for bit."""

    lines: list[Line]
    identical: bool


def sample(count: int, seed: int) -> list[Request]:
    """Published evaluations of so many experiments on MNIST, each at its end, drawn with a seed.

    Of Fashion-MNIST's one seed is published, so nothing tells how far two trainings there may lie apart.
    """
    at_the_end = (r for r in experiments.sweep() if r.epoch == r.experiment.epochs and r.experiment.dataset == "mnist")
    ends: dict[str, Request] = {}
    for request in at_the_end:
        ends.setdefault(request.experiment.name, request)  # the first one asked for, on the withheld digit
    return Random(seed).sample(sorted(ends.values(), key=lambda r: r.experiment.name), min(count, len(ends)))


def tolerances(store: Store) -> dict[tuple[str, int], dict[str, float]]:
    """By kind of model (``kind``) and measure, how far two trainings of one experiment may lie apart.

    From the variances among the seeds of each model of Figures 1 to 4, pooled over the models of a kind.
    """
    variances: dict[tuple[str, int], list[list[float]]] = {}
    for number in (1, 3, 4):
        for of_one_model in zip(*(experiments.figure(number, seed=seed) for seed in experiments.SEEDS), strict=True):
            found = [store.evaluation(experiment, digit=experiments.HELD_OUT) for experiment in of_one_model]
            values = np.array([[measure(e) for measure in MEASURES.values()] for e in found])
            variances.setdefault(kind(of_one_model[0]), []).append(values.var(axis=0, ddof=1))
    return {
        which: dict(zip(MEASURES, WIDTH * np.sqrt(2 * np.mean(pooled, axis=0)), strict=True))
        for which, pooled in variances.items()
    }


def kind(experiment: Experiment) -> tuple[str, int]:
    """Which models share a tolerance: mini-MNIST's, and the others by their number of layers (none counts as one)."""
    return ("mini" if experiment.is_mini else "whole", max(1, experiment.depth))


def verify(requests: Sequence[Request]) -> list[Verified]:
    """Train and evaluate these anew, in a folder of their own and a process a core; compare with what is published."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count(), context) as pool:
        published = Store(train=False)
        allowed = tolerances(published)
        again = pool.map(_retrained, requests, [Path(folder)] * len(requests))
        return [
            compare(published.evaluation(*request), found, allowed[kind(request.experiment)])
            for request, found in zip(requests, again, strict=True)
        ]


def compare(published: Evaluation, retrained: Evaluation, allowed: dict[str, float]) -> Verified:
    """Two evaluations of one request, measure by measure."""
    name = published.experiment.name
    lines = [Line(name, what, of(published), of(retrained), allowed[what]) for what, of in MEASURES.items()]
    theirs, ours = published.arrays(), retrained.arrays()
    return Verified(lines, all(torch.equal(theirs[array], ours[array]) for array in theirs))


def report(verified: Sequence[Verified]) -> str:
    """Markdown: every line, and how many experiments agree."""
    rows = [
        (line.experiment, line.measure, f"{line.published:.4g}", f"{line.retrained:.4g}", f"± {line.tolerance:.2g}",
         "yes" if line.agrees else "**no**")
        for found in verified for line in found.lines
    ]  # fmt: skip
    agree = sum(all(line.agrees for line in found.lines) for found in verified)
    identical = sum(found.identical for found in verified)
    summary = f"{agree} of {len(verified)} experiments agree with what is published, {identical} of them in every bit."
    return table(("experiment", "measure", "published", "retrained", "tolerance", "agrees"), rows) + f"\n\n{summary}"


def _retrained(request: Request, folder: Path) -> Evaluation:
    return Store(recompute=True, local=folder, progress=False).evaluation(*request)
