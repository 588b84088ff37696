"""What is computed of many evaluations: training length, all ten classes, depth against size."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float

from vaelib.data import CLASSES
from vaelib.novelty.checks import standardised_slopes
from vaelib.novelty.evaluation import Evaluation
from vaelib.pages.claims import INTERVAL

DRAWS = 1000  # of the bootstrap over digits
Trained = TypeVar("Trained")  # whatever has an experiment: an evaluation, its measures


def crossing(epochs: Sequence[int], shares: Sequence[float], level: float = 0.5) -> float | None:
    """The epoch at which a share first falls below a level, linear in log epochs; None if it never does."""
    points = list(zip(epochs, shares, strict=True))
    for (before, above), (after, below) in zip(points, points[1:], strict=False):
        if above >= level > below:
            part = (above - level) / (above - below)
            return math.exp((1 - part) * math.log(before) + part * math.log(after))
    return None


def average_classes(found: Sequence[Evaluation]) -> Float[np.ndarray, "d 10"]:
    """One row an evaluation: the share of its test images whose largest weight lies on each class."""
    return np.stack([_shares(shown.top_classes[:, 0]) for shown in found])


def output_classes(found: Sequence[Evaluation]) -> Float[np.ndarray, "d 10"]:
    """One row an evaluation: the share of its outputs that look like each class."""
    return np.stack([_shares(shown.output_classes) for shown in found])


def _shares(classes) -> Float[np.ndarray, "10"]:
    return classes.int().bincount(minlength=CLASSES).numpy() / len(classes)


def by_depth(found: Sequence[Trained]) -> dict[int, list[Trained]]:
    """The models with as many hidden layers, from the fewest on."""
    depths = sorted({e.experiment.depth for e in found})
    return {depth: [e for e in found if e.experiment.depth == depth] for depth in depths}


class Regression(NamedTuple):
    """Standardised slopes of a measure on depth and on log parameters, each with its bootstrap interval over digits.

    ``layer`` and ``doubling`` say the same in the measure's own unit: what one more layer does at the same size, and
    twice the parameters at the same depth. ``alone`` is the share of variance (R²) that each explains by itself,
    ``together`` that of both.
    """

    layer: float
    doubling: float
    depth: float
    depth_interval: tuple[float, float]
    parameters: float
    parameters_interval: tuple[float, float]
    alone: tuple[float, float]
    together: float


def regression(found: Sequence[Evaluation], measure: Callable[[Evaluation], float]) -> Regression:
    """Least squares of a measure on depth and log decoder parameters, both standardised, over all models.

    Each digit has a level of its own: its mean is taken off. The bootstrap draws digits, since models that share one
    are not independent.

    Raises
    ------
    ValueError
        When all models have one depth or one size.
    """
    digits = np.array([e.request.digit for e in found])
    depth = np.array([e.experiment.depth for e in found], float)
    size = np.log([e.experiment.decoder_parameters for e in found])
    if depth.std() == 0 or size.std() == 0:
        raise ValueError("A regression on depth and size needs models that differ in both; these are all alike in one.")
    y = np.array([measure(e) for e in found])
    for digit in np.unique(digits):
        y[digits == digit] -= y[digits == digit].mean()
    slopes = standardised_slopes(y, depth, size)
    random = np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        drawn = np.concatenate(
            [np.flatnonzero(digits == d) for d in random.choice(np.unique(digits), len(np.unique(digits)))]
        )
        draws.append(standardised_slopes(y[drawn], depth[drawn], size[drawn]))
    low, high = np.quantile(draws, INTERVAL, axis=0)
    alone = tuple(float(np.corrcoef(y, column)[0, 1] ** 2) for column in (depth, size))
    together = float(slopes @ [np.corrcoef(y, column)[0, 1] for column in (depth, size)])
    intervals = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    layer, doubling = slopes * y.std() / (depth.std(), size.std() / math.log(2))
    return Regression(
        float(layer), float(doubling), float(slopes[0]), intervals[0], float(slopes[1]), intervals[1], alone, together
    )


def doublings(found: Sequence[Evaluation], measure: Callable[[Evaluation], float]) -> dict[int, Float[np.ndarray, "d"]]:
    """What twice the parameters do to a measure: for each number of hidden layers with several sizes, digit by digit.

    Slopes of least squares on log₂ of the decoder's parameters, in the measure's own unit.
    """
    slopes = {}
    for depth, group in by_depth(found).items():
        size = np.log2([e.experiment.decoder_parameters for e in group])
        values, digits = np.array([measure(e) for e in group]), np.array([e.request.digit for e in group])
        if np.ptp(size) > 0:
            of_each = (digits == digit for digit in np.unique(digits))
            slopes[depth] = np.array([np.polyfit(size[here], values[here], 1)[0] for here in of_each])
    return slopes
