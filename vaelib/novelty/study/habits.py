"""Habits of the decoder: a convolutional pair through Figures 1 and 2, and ten digits with three seeds.

The pair is ours: one convolution and a linear map on either side, and three with a hidden layer; as many codes and the
same data as the paper's. All train for 10 epochs, not for 50. The thresholds of Figures 1 and 2 are taken over as they
are; the paper's perceptrons stand beside the pair at the same length (``halves.together``).
"""

from collections.abc import Sequence

from vaelib.data import CLASSES
from vaelib.kinds import VariedExperiment
from vaelib.novelty import experiments
from vaelib.novelty.checks import MOST
from vaelib.novelty.experiments import HELD_OUT, SEEDS, SHORTER, training_partition
from vaelib.novelty.study.code import NEARER
from vaelib.novelty.study.measured import Measured, Measures, each
from vaelib.pages.findings import Finding, above, below

SHALLOW = {"channels": (16,), "hidden": ()}
DEEP = {"channels": (8, 16, 32), "hidden": (100,)}


def convolutional(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """Both depths of convolutions, with and without nines, on nines."""
    found = []
    for seed in seeds:
        for fields in (SHALLOW, DEEP):
            for without in (None, HELD_OUT):
                found.append(VariedExperiment(data=training_partition(without), seed=seed, **SHORTER, **fields))
    return each(found, HELD_OUT)


def ten_digits(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """Figure 1's models without each digit, on it."""
    pairs = [experiments.figure(1, held_out=d, seed=seed, **SHORTER).unseen for seed in seeds for d in range(CLASSES)]
    return each([e for pair in pairs for e in pair])


def results() -> list[Measured]:
    """All that the page shows."""
    return [*convolutional(), *ten_digits()]


def findings(found: Sequence[Measures], claim: str) -> list[Finding]:
    """Figure 2's shares, the least or the greatest over the seeds: shallow nearer to the input, deep to the average."""
    unseen = [one for one in found if one.experiment.held_out is not None]
    depths = sorted({one.experiment.depth for one in unseen})
    shallow, deep = ([one[NEARER] for one in unseen if one.experiment.depth == depth] for depth in depths)
    return [
        above(claim, f"shallow, unseen: least {NEARER}", min(shallow), MOST),
        below(claim, f"deep, unseen: greatest {NEARER}", max(deep), MOST),
    ]
