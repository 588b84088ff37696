"""Habits of the decoder: a convolutional pair through Figures 1 and 2, and ten digits with three seeds.

The pair is ours: one convolution and a linear map on either side, and three with a hidden layer; as many codes and the
same data as the paper's. All train for 10 epochs, not for 50. The thresholds of Figures 1 and 2 are taken over as they
are; the paper's perceptrons stand beside the pair at the same length.
"""

from collections.abc import Sequence

from vaelib.data import CLASSES
from vaelib.kinds import VariedExperiment
from vaelib.novelty import experiments
from vaelib.novelty.checks import MOST
from vaelib.novelty.evaluation import Evaluated, evaluated
from vaelib.novelty.experiments import HELD_OUT, SEEDS, SHORTER, Four, training_partition
from vaelib.novelty.study.code import NEARER
from vaelib.novelty.study.measured import Measured, Measures, each
from vaelib.pages.findings import Finding, above, below
from vaelib.results import Result
from vaelib.runs import Trained

SHALLOW = {"channels": (16,), "hidden": ()}
DEEP = {"channels": (8, 16, 32), "hidden": (100,)}


def pairs(seed: int, held_out: int = HELD_OUT, **changes) -> Four[VariedExperiment]:
    """Both depths of convolutions, with a digit and without it, trained as Figure 1's are but for their length."""
    return Four(
        *(
            VariedExperiment(data=training_partition(without), seed=seed, **fields | SHORTER | changes)
            for fields in (SHALLOW, DEEP)
            for without in (None, held_out)
        )
    )


def convolutional(seeds: Sequence[int] = SEEDS, held_out: int = HELD_OUT, **changes) -> list[Measured]:
    """Both depths of convolutions, with and without the digit, on the digit; seed after seed."""
    return [one for seed in seeds for one in each(pairs(seed, held_out, **changes), held_out)]


def through_figure_1(seed: int = SEEDS[0], held_out: int = HELD_OUT, **changes) -> Four[Evaluated]:
    """What Figures 1 and 2 need to know of one seed."""
    return Four(*(evaluated(one, digit=held_out) for one in pairs(seed, held_out, **changes)))


def beside(seeds: Sequence[int] = SEEDS, held_out: int = HELD_OUT, **changes) -> list[Measured]:
    """Figure 1's models at the same length, on the digit; seed after seed."""
    protocol = {"held_out": held_out} | SHORTER | changes
    return each([e for seed in seeds for e in experiments.figure(1, seed=seed, **protocol)], held_out)


def ten_digits(seeds: Sequence[int] = SEEDS, digits: Sequence[int] = range(CLASSES), **changes) -> list[Measured]:
    """Figure 1's models without each digit, on it; seed after seed."""
    protocol = SHORTER | changes
    return [
        one
        for seed in seeds
        for digit in digits
        for one in each(experiments.figure(1, held_out=digit, seed=seed, **protocol).unseen)
    ]


def results() -> list[Result]:
    """All that the page shows, and the runs of what it draws."""
    drawn = through_figure_1()
    return [*convolutional(), *beside(), *ten_digits(), *(Trained(one.experiment, ()) for one in drawn), *drawn]


def findings(found: Sequence[Measures], claim: str) -> list[Finding]:
    """Figure 2's shares over the models: the least of the shallow ones, the greatest of the deep ones."""
    unseen = [one for one in found if one.experiment.held_out is not None]
    depths = sorted({one.experiment.depth for one in unseen})
    shallow, deep = ([one[NEARER] for one in unseen if one.experiment.depth == depth] for depth in depths)
    return [
        above(claim, f"shallow, unseen: least {NEARER}", min(shallow), MOST),
        below(claim, f"deep, unseen: greatest {NEARER}", max(deep), MOST),
    ]
