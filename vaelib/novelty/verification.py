"""By how much a model that is trained anew may differ from the published one.

A measure agrees when it differs by no more than ``WIDTH`` times what two seeds differ by, which the published seeds of
models with as many layers tell.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from vaelib.kinds import Experiment
from vaelib.novelty import experiments, sweeps
from vaelib.novelty.evaluation import MEASURES, Evaluated, Evaluation, evaluated
from vaelib.novelty.study import published
from vaelib.novelty.study.measured import Measured, Measures, by_model
from vaelib.novelty.study.search import Found, Searched
from vaelib.pages.verification import WIDTH
from vaelib.store import Store

InStudy = Measured | Searched


def results() -> list[Evaluated | InStudy]:
    """The published evaluation of each experiment on MNIST at its end, and the study's models.

    Of Fashion-MNIST's one seed is published, so nothing tells how far two trainings there may lie apart.
    """
    at_the_end = (r for r in sweeps.sweep() if r.epoch == r.experiment.epochs and r.experiment.dataset == "mnist")
    ends: dict[str, Evaluated] = {}
    for request in at_the_end:
        ends.setdefault(request.experiment.name, request)  # the first one asked for, on the withheld digit
    return [*ends.values(), *(one for asked in published.of_models() for one in asked)]


def numbers(value: Evaluation | Measures | Found) -> dict[str, float]:
    """Every measure of an evaluation, and what the study keeps of one."""
    if not isinstance(value, Evaluation):
        return value.values
    return {name: measure(value) for name, measure in MEASURES.items()}


def tolerances(store: Store) -> Callable[[Evaluated | InStudy], dict[str, float]]:
    """By how much each measure of a result may differ, by its kind of model; in the study by its depth."""
    by_kind = _by_kind(store)
    of_study: dict[str, dict[str, float]] = {}
    for asked in published.of_models():
        by_depth = _by_depth([store.get(one) for one in asked])
        of_study |= {one.path: by_depth[one.experiment.depth] for one in asked}

    def allowed(request: Evaluated | InStudy) -> dict[str, float]:
        if isinstance(request, Evaluated):
            return by_kind[kind(request.experiment)]
        return of_study[request.path]

    return allowed


def _by_depth(found: Sequence[Measures | Found]) -> dict[int, dict[str, float]]:
    """The same for the study's models, pooled over those of a depth."""
    variances: dict[int, list[np.ndarray]] = {}
    for seeds in by_model(found):
        values = np.array([list(one.values.values()) for one in seeds])
        variances.setdefault(seeds[0].experiment.depth, []).append(values.var(axis=0, ddof=1))
    return {depth: _widths(found[0].values, pooled) for depth, pooled in variances.items()}


def _widths(measures: Iterable[str], pooled: Sequence[np.ndarray]) -> dict[str, float]:
    return dict(zip(measures, WIDTH * np.sqrt(2 * np.mean(pooled, axis=0)), strict=True))


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
    return {which: _widths(MEASURES, pooled) for which, pooled in variances.items()}


def kind(experiment: Experiment) -> tuple[str, int]:
    """Which models share a tolerance: mini-MNIST's, and the others by their number of layers (none counts as one)."""
    return ("mini" if experiment.is_mini else "whole", max(1, experiment.depth))
