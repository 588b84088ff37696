"""By how much a model that is trained anew may differ from the published one.

A measure agrees when it differs by no more than ``WIDTH`` times what two seeds differ by, which the published seeds of
models with as many layers tell.
"""

from collections.abc import Callable

import numpy as np

from vaelib.kinds import Experiment
from vaelib.novelty import experiments, sweeps
from vaelib.novelty.evaluation import MEASURES, Evaluated, Evaluation, evaluated
from vaelib.store import Store

WIDTH = 5  # standard deviations of the difference between two seeds


def results() -> list[Evaluated]:
    """The published evaluation of each experiment on MNIST at its end.

    Of Fashion-MNIST's one seed is published, so nothing tells how far two trainings there may lie apart.
    """
    at_the_end = (r for r in sweeps.sweep() if r.epoch == r.experiment.epochs and r.experiment.dataset == "mnist")
    ends: dict[str, Evaluated] = {}
    for request in at_the_end:
        ends.setdefault(request.experiment.name, request)  # the first one asked for, on the withheld digit
    return list(ends.values())


def numbers(evaluation: Evaluation) -> dict[str, float]:
    """Every measure of an evaluation."""
    return {name: measure(evaluation) for name, measure in MEASURES.items()}


def tolerances(store: Store) -> Callable[[Evaluated], dict[str, float]]:
    """By how much each measure of an evaluation may differ, by its kind of model."""
    by_kind = _by_kind(store)
    return lambda request: by_kind[kind(request.experiment)]


def _by_kind(store: Store) -> dict[tuple[str, int], dict[str, float]]:
    """By kind of model (``kind``) and measure, how far two trainings of one experiment may lie apart.

    From the variances among the seeds of each model of Figures 1 to 4, pooled over the models of a kind.
    """
    variances: dict[tuple[str, int], list[list[float]]] = {}
    for number in (1, 3, 4):
        for of_one_model in zip(*(experiments.figure(number, seed=seed) for seed in experiments.SEEDS), strict=True):
            found = [store.get(evaluated(experiment, digit=experiments.HELD_OUT)) for experiment in of_one_model]
            values = np.array([[measure(e) for measure in MEASURES.values()] for e in found])
            variances.setdefault(kind(of_one_model[0]), []).append(values.var(axis=0, ddof=1))
    return {
        which: dict(zip(MEASURES, WIDTH * np.sqrt(2 * np.mean(pooled, axis=0)), strict=True))
        for which, pooled in variances.items()
    }


def kind(experiment: Experiment) -> tuple[str, int]:
    """Which models share a tolerance: mini-MNIST's, and the others by their number of layers (none counts as one)."""
    return ("mini" if experiment.is_mini else "whole", max(1, experiment.depth))
