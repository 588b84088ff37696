"""Numbers of what the paper could not see: training length, all ten classes, depth against size, rate."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from scipy import stats

from vaelib.data import CLASSES
from vaelib.evaluation import MEASURES, Evaluation
from vaelib.markdown import table

INFORMATION = {  # columns of a table, and their names in ``vaelib.information``
    "R": "rate",
    "I_q": "mutual_information",
    "KL(q ‖ p)": "marginal_kl",
    "BCE(x, x̂)": "distortion",
    "BCE(x, μ)": "best_distortion",
    "difference": "",
}
WITHIN_DEPTH = ("share nearer to the input", "median BCE(x, x̂)")  # of the claim on capacity


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


def classes_table(rows: Sequence[tuple[str, Sequence[Evaluation]]], measure: Callable[[Evaluation], float]) -> str:
    """Markdown: a share for each digit, one row a group of evaluations that has one for each of them."""
    lines = []
    for name, found in rows:
        shares = [measure(shown) for shown in found]
        lines.append((name, *(f"{share:.2f}" for share in shares), f"{np.mean(shares):.2f}"))
    digits = [str(shown.request.digit) for shown in rows[0][1]]
    return table(("share", *digits, "mean"), lines)


def within_depth_table(by_seed: Sequence[Sequence[Evaluation]]) -> str:
    """Markdown: rank correlations of size with two measures among models of equal depth, seed by seed."""
    rows = []
    for depth in sorted({len(e.request.experiment.hidden) for e in by_seed[0]}):
        groups = [[e for e in found if len(e.request.experiment.hidden) == depth] for found in by_seed]
        if len(groups[0]) > 2:
            cells = (", ".join(f"{_rank(group, MEASURES[name]):+.2f}" for group in groups) for name in WITHIN_DEPTH)
            rows.append((f"{depth}", f"{len(groups[0])}", *cells))
    return table(("hidden layers", "models a seed", *WITHIN_DEPTH), rows)


def _rank(found: Sequence[Evaluation], measure: Callable[[Evaluation], float]) -> float:
    parameters = [e.request.experiment.decoder_parameters for e in found]
    return float(stats.spearmanr(parameters, [measure(e) for e in found]).statistic)


def information_table(found: Sequence[Evaluation]) -> str:
    """Markdown: ``information`` of each model, in nats per image, and the decoder's distance from the best one."""
    rows = [
        (
            f"({', '.join(map(str, shown.request.experiment.hidden))})",
            *(f"{value:.1f}" for value in _information(shown)),
        )
        for shown in found
    ]
    return table(("h", *INFORMATION), rows)


def information_by_depth(found: Sequence[Evaluation]) -> str:
    """Markdown: the same for many models, from the least to the most of those with as many hidden layers."""
    depth = np.array([len(shown.request.experiment.hidden) for shown in found])
    values = np.array([_information(shown) for shown in found])
    rows = []
    for layers in np.unique(depth):
        group = values[depth == layers]
        ranges = (f"{low:.1f} to {high:.1f}" for low, high in zip(group.min(0), group.max(0), strict=True))
        rows.append((f"{layers}", f"{len(group)}", *ranges))
    return table(("hidden layers", "models", *INFORMATION), rows)


def _information(shown: Evaluation) -> list[float]:
    means = [shown.information[name]["mean"] for name in INFORMATION.values() if name]
    return [*means, MEASURES["distance from the best decoder"](shown)]
