"""Depth, or the number of code dimensions in use? The models of that study, and its thresholds.

The deep VAEs of Figure 1 use 6 or 7 of their 50 latent dimensions, the shallow ones 24. Here each is varied while the
other is held: shallow VAEs with fewer dimensions, deep ones with fewer, and deep ones whose codes are kept alive by a
smaller β. All are trained without nines, three seeds each.

The measures are the share recognised and the median KL(x ‖ x̂) of the test nines. Each is regressed on a, the log of
the number of active dimensions (Var m(x) > 0.01), as a parabola, and on a level for each depth. Depth is a proxy of
the code when it adds next to nothing once the code is known, and the code adds much once depth is known.

The thresholds were committed before the runs of this module were begun. What was known by then: the models of Figure 1
(three seeds), the shallow one with dim z = 6 and the deep one with β = 0.2 (three seeds each).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from vaelib.kinds import Experiment
from vaelib.novelty.evaluation import Evaluated, Evaluation
from vaelib.novelty.experiments import DEEP, HELD_OUT, SEEDS, SHALLOW, training_partition
from vaelib.pages.claims import INTERVAL

SHALLOW_DIMENSIONS = (2, 3, 4, 6, 8, 12, 16, 24, 50)
DEEP_DIMENSIONS = (2, 3, 4, 50)
BETAS = (0.5, 0.2, 0.1, 0.05)  # of deep VAEs with 50 dimensions

DEPTH_ADDS = 0.05  # share of a measure's variance that depth adds once the active dimensions are known: at most
CODE_ADDS = 0.25  # share that the active dimensions add once depth is known: at least
MATCHED = 0.10  # mean difference of the share recognised, deep less shallow, at equal active dimensions: at most
EQUAL = 1.25  # ratio of two models' active dimensions up to which they are taken for equal


def requests(held_out: int = HELD_OUT) -> list[Evaluated]:
    """Every model of the study at its end, on the digit that it never saw; seed after seed."""
    fields = [{"hidden": SHALLOW, "latent_dim": dimensions} for dimensions in SHALLOW_DIMENSIONS]
    fields += [{"hidden": DEEP, "latent_dim": dimensions} for dimensions in DEEP_DIMENSIONS]
    fields += [{"hidden": DEEP, "beta": beta} for beta in BETAS]
    partition = training_partition(held_out)
    found = [Experiment(data=partition, seed=seed, **changed) for seed in SEEDS for changed in fields]
    return [Evaluated(e, e.epochs, held_out) for e in found]


class Explained(NamedTuple):
    """Shares of a measure's variance (R²) over models, with bootstrap intervals: what each adds to the other."""

    code_adds: float  # active dimensions, once depth is known
    code_interval: tuple[float, float]
    depth_adds: float  # depth, once the active dimensions are known
    depth_interval: tuple[float, float]
    together: float


DRAWS = 1000  # of the bootstrap


def explained(found: Sequence[Evaluation], measure: Callable[[Evaluation], float]) -> Explained:
    """How much of a measure's variance depth and the active dimensions explain, each beside the other.

    The measure is regressed by least squares on log₂ of the active dimensions (Var m(x) > 0.01), as a parabola, and on
    a level for each depth. The bootstrap draws models, all seeds of one together.

    Raises
    ------
    ValueError
        When an evaluation does not tell its active dimensions, or all models are of one depth.
    """
    if any(e.active is None for e in found):
        raise ValueError("An evaluation from before active dimensions were counted tells nothing here.")
    y = np.array([measure(e) for e in found])
    code = np.log2([max(1, e.active["by_variance"]) for e in found])
    depth = np.array([e.experiment.depth for e in found])
    if np.ptp(depth) == 0:
        raise ValueError("What depth explains is told by models of several depths; these are all of one.")
    models: dict[str, list[int]] = {}
    for number, shown in enumerate(found):
        models.setdefault(shown.experiment.model_copy(update={"seed": 0}).name, []).append(number)
    groups, random = list(models.values()), np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        rows = np.concatenate([groups[k] for k in random.integers(len(groups), size=len(groups))])
        if np.ptp(depth[rows]) > 0 and np.ptp(y[rows]) > 0:
            draws.append(_shares(y[rows], code[rows], depth[rows])[:2])
    by_code, by_depth, together = _shares(y, code, depth)
    low, high = np.quantile(draws, INTERVAL, axis=0)
    intervals = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Explained(by_code, intervals[0], by_depth, intervals[1], together)


def _shares(y: np.ndarray, code: np.ndarray, depth: np.ndarray) -> tuple[float, float, float]:
    """What the code adds to depth, what depth adds to the code, and R² of both."""
    parabola = [code, code**2]
    levels = [(depth == one).astype(float) for one in np.unique(depth)[1:]]
    of_code, of_depth, of_both = (_r_squared(y, columns) for columns in (parabola, levels, parabola + levels))
    return of_both - of_depth, of_both - of_code, of_both


def _r_squared(y: np.ndarray, columns: Sequence[np.ndarray]) -> float:
    design = np.column_stack([np.ones_like(y), *columns])
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - (rest @ rest) / np.square(y - y.mean()).sum())


def matched_difference(found: Sequence[Evaluation], measure: Callable[[Evaluation], float]) -> float:
    """Mean difference of a measure, deep less shallow, over all pairs with equal active dimensions.

    Equal is up to a ratio of ``EQUAL``.

    Raises
    ------
    ValueError
        When there is no such pair.
    """
    shallow, deep = ([e for e in found if e.experiment.hidden == hidden] for hidden in (SHALLOW, DEEP))
    pairs = [(a, b) for a in shallow for b in deep if _are_equal(a, b)]
    if not pairs:
        raise ValueError("No shallow and deep model have as many active dimensions.")
    return float(np.mean([measure(b) - measure(a) for a, b in pairs]))


def _are_equal(one: Evaluation, other: Evaluation) -> bool:
    few, many = sorted(e.active["by_variance"] for e in (one, other))
    return few > 0 and many <= EQUAL * few
