"""What is evaluated: behind the paper's figures, and behind what the paper could not see."""

from collections.abc import Sequence
from functools import cache

from vaelib.data import CLASSES
from vaelib.kinds import Experiment
from vaelib.novelty.evaluation import Evaluated
from vaelib.novelty.experiments import (
    APPENDIX,
    DEEP,
    FIGURES,
    HELD_OUT,
    LONGER,
    SEEDS,
    SHALLOW,
    SMOKE,
    digit,
    figure,
    training_partition,
)
from vaelib.results import Result
from vaelib.runs import Trained


def requests(numbers: Sequence[int] = FIGURES, seeds: Sequence[int] | None = None, **changes) -> list[Evaluated]:
    """Every evaluation behind these figures with the protocol, each once, on the held-out digit.

    With the protocol's seeds, three for Figures 1 to 4 and one for the others, or with these. At every snapshot for
    Figures 1 to 3 and for the first seed of Figure 4, else at the last one.
    """
    found = []
    for number in numbers:
        for seed in (SEEDS[:1] if number in APPENDIX else SEEDS) if seeds is None else seeds:
            for experiment in figure(number, seed=seed, **changes):
                last_only = number in APPENDIX or (number == 4 and seed != SEEDS[0])
                snapshots = experiment.snapshots[-1:] if last_only else experiment.snapshots
                found += [Evaluated(experiment, epoch, digit(number)) for epoch in snapshots]
    return _each_once(found)


def all_digits() -> list[Evaluated]:
    """Shallow and deep without each digit, at the end: what the claim about all digits rests on."""
    pairs = [figure(1, held_out=d).unseen for d in range(CLASSES)]
    return [Evaluated(e, e.epochs, e.held_out) for pair in pairs for e in pair]


def longer() -> list[Evaluated]:
    """Beyond the paper: Figure 1's models trained four times as long, at many snapshots."""
    return [Evaluated(e, epoch, HELD_OUT) for e in figure(1, **LONGER) for epoch in e.snapshots]


def seen_digits() -> list[Evaluated]:
    """Beyond the paper: the two models that saw every digit, on each of them."""
    return [Evaluated(e, e.epochs, d) for e in figure(1).seen for d in range(CLASSES)]


def fashion() -> list[Evaluated]:
    """Beyond the paper: Figures 1, 2 and 4 with clothes, at the end."""
    wanted = [e for number in (1, 4) for e in figure(number, dataset="fashion-mnist")]
    return _each_once([Evaluated(e, e.epochs, HELD_OUT) for e in wanted])


def controls() -> list[Evaluated]:
    """Beyond the paper: depth and code apart. Shallow with six dimensions, deep with more of its fifty in use."""
    partition = training_partition(HELD_OUT)
    changed = ({"hidden": SHALLOW, "latent_dim": 6}, {"hidden": DEEP, "beta": 0.2})
    found = [Experiment(data=partition, seed=seed, **fields) for fields in changed for seed in SEEDS]
    return [Evaluated(e, e.epochs, HELD_OUT) for e in found]


def sweep() -> list[Evaluated]:
    """The whole paper, and what it could not see: what is published in ``results/``."""
    return _each_once([*requests(), *all_digits(), *longer(), *seen_digits(), *fashion(), *controls()])


@cache
def with_weights() -> set[str]:
    """Names of the experiments whose last weights are published too: Figure 1's, and Figure 3's of every seed."""
    return {e.name for e in (*figure(1), *(figure(3, seed=seed)[0] for seed in SEEDS))}


def with_runs(found: Sequence[Evaluated]) -> list[Result]:
    """Evaluations with the runs behind them, each run once and before its evaluations."""
    last = with_weights()
    runs = [Trained(e, (e.epochs,) if e.name in last else ()) for e in by_name(found).values()]
    return [*runs, *found]


def smoke() -> list[Evaluated]:
    """A sweep of minutes, to try the machinery: Figure 4 with trainings of a second."""
    return requests((4,), SEEDS[:1], **SMOKE)


def by_name(found: Sequence[Evaluated]) -> dict[str, Experiment]:
    """The experiments behind these requests, each once."""
    return {request.experiment.name: request.experiment for request in found}


def _each_once(found: Sequence[Evaluated]) -> list[Evaluated]:
    return list({request.path: request for request in found}.values())
