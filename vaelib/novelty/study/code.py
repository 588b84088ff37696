"""Depth, or the number of code dimensions in use? The models of that question, and its thresholds.

The deep VAEs of Figure 1 use 6 or 7 of their 50 latent dimensions, the shallow ones 23 or 24. Here each is varied while
the other is held: shallow VAEs with fewer dimensions, deep ones with fewer, and deep ones whose codes are kept alive:
by a smaller β, which also sharpens the posteriors; by a rate that comes in slowly (KL warm-up), which changes the path
of training alone; by a rate that costs nothing below a floor (free bits), where a dimension may say something for free.
All are trained without the digit that they are asked for, three seeds each. The models of other digits and those of
Figure 4 train for 10 epochs, not for 50, since there are 132 of them; by then the depths are apart (``halves``). What
ten epochs leave open of other digits, the widest codes tell after fifty.

The measures are the share recognised and the median KL(x ‖ x̂) of the test images. Each is regressed on the log of the
number of active dimensions (Var m(x) > 0.01), as a parabola, and on a level for each depth. Depth is a proxy of the
code when it adds next to nothing once the code is known, and the code adds much once depth is known.

The thresholds were committed before the runs of this module were begun. What was known by then: the models of Figure 1
(three seeds), the shallow one with dim z = 6 and the deep one with β = 0.2 (three seeds each). Warm-up, free bits and
the other digits joined when the first models' results, but none of theirs, were known; the thresholds stayed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vaelib.kinds import Experiment, VariedExperiment
from vaelib.novelty import experiments
from vaelib.novelty.experiments import DEEP, HELD_OUT, SEEDS, SHALLOW, SHORTER, training_partition
from vaelib.novelty.study.measured import Measured, Measures, by_model, each
from vaelib.pages.claims import INTERVAL
from vaelib.pages.findings import Finding, above, below

SHALLOW_DIMENSIONS = (2, 3, 4, 6, 8, 12, 16, 24, 50)
DEEP_DIMENSIONS = (2, 3, 4, 50)
BETAS = (0.5, 0.2, 0.1, 0.05)  # of deep VAEs with 50 dimensions
WARM_UPS = (10, 40)  # epochs over which β rises from 0 to 1
FREE_BITS = (0.1, 0.25, 0.5)  # nats a dimension that cost nothing
DIGITS = (HELD_OUT, 2, 4, 7)  # withheld, one after the other

DEPTH_ADDS = 0.05  # share of a measure's variance that depth adds once the active dimensions are known: at most
CODE_ADDS = 0.25  # share that the active dimensions add once depth is known: at least
MATCHED = 0.10  # mean difference of the share recognised, deep less shallow, at equal active dimensions: at most
EQUAL = 1.25  # ratio of two models' active dimensions up to which they are taken for equal
RECOGNISED, NEARER, AWAY = "share recognised", "share nearer to the input", "median KL(x ‖ x̂)"


def models(
    held_out: int = HELD_OUT,
    seeds: Sequence[int] = SEEDS,
    shallow: Sequence[int] = SHALLOW_DIMENSIONS,
    deep: Sequence[int] = DEEP_DIMENSIONS,
    betas: Sequence[float] = BETAS,
    **changes,
) -> list[Measured]:
    """Both depths with these latent dimensions, and deep ones with a weaker rate; seed after seed.

    ``changes`` are fields of ``Experiment`` that differ from the protocol.
    """
    fields = [{"hidden": SHALLOW, "latent_dim": dimensions} for dimensions in shallow]
    fields += [{"hidden": DEEP, "latent_dim": dimensions} for dimensions in deep]
    fields += [{"hidden": DEEP, "beta": beta} for beta in betas]
    return _trained([one | changes for one in fields], held_out, seeds)


def kept_alive(
    held_out: int = HELD_OUT,
    seeds: Sequence[int] = SEEDS,
    warm_ups: Sequence[int] = WARM_UPS,
    free_bits: Sequence[float] = FREE_BITS,
    **changes,
) -> list[Measured]:
    """Deep ones whose rate comes in over so many epochs, or costs nothing below a floor; seed after seed."""
    fields = [{"warm_up": epochs} for epochs in warm_ups] + [{"free_bits": floor} for floor in free_bits]
    partition = training_partition(held_out)
    return each([VariedExperiment(data=partition, hidden=DEEP, seed=s, **f, **changes) for s in seeds for f in fields])


def of_digits(digits: Sequence[int] = DIGITS, seeds: Sequence[int] = SEEDS, **changes) -> list[Measured]:
    """Six models without each of these digits, three shallow ones and three deep ones; seed after seed."""
    fields = [{"hidden": SHALLOW, "latent_dim": dimensions} for dimensions in (4, 8, 50)]
    fields += [{"hidden": DEEP, "beta": beta} for beta in (1.0, 0.2, 0.05)]
    return [one for digit in digits for one in _trained([f | SHORTER | changes for f in fields], digit, seeds)]


def wide_codes(digits: Sequence[int] = DIGITS, seeds: Sequence[int] = SEEDS, **changes) -> list[Measured]:
    """The widest code at either depth, without each of these digits, for the protocol's 50 epochs; seed after seed.

    Committed with their threshold when ``of_digits`` was known at ten epochs, where the deep ones lag behind, and nines
    at fifty, from ``models``.
    """
    fields = [{"hidden": SHALLOW}, {"hidden": DEEP, "beta": min(BETAS)}]
    return [one for digit in digits for one in _trained([f | changes for f in fields], digit, seeds)]


def architectures(seeds: Sequence[int] = SEEDS, **changes) -> list[Measured]:
    """Figure 4's models, by number of parameters; seed after seed."""
    return each([e for seed in seeds for e in experiments.figure(4, seed=seed, **SHORTER | changes)])


def results() -> list[Measured]:
    """What the page Depth or code shows."""
    return [*models(), *kept_alive()]


def elsewhere() -> list[Measured]:
    """What the page Code elsewhere shows."""
    return [*of_digits(), *wide_codes()]


def _trained(fields: Sequence[dict], held_out: int, seeds: Sequence[int]) -> list[Measured]:
    partition = training_partition(held_out)
    return each([Experiment(data=partition, seed=seed, **changed) for seed in seeds for changed in fields])


def catching_up(found: Sequence[Measures], claim: str = "deep-catches-up") -> list[Finding]:
    """Whether the deep models of ``wide_codes`` come to draw a withheld digit, but nines, as the shallow ones do."""
    lines = []
    for digit in sorted({one.digit for one in found} - {HELD_OUT}):
        of_digit = [one for one in found if one.digit == digit]
        shallow, deep = (np.mean([one[RECOGNISED] for one in of_digit if one.experiment.hidden == h])
                         for h in (SHALLOW, DEEP))  # fmt: skip
        lines.append(below(claim, f"without {digit}: {RECOGNISED}, shallow less deep", float(shallow - deep), MATCHED))
    return lines


def is_paid_for(one: Measures) -> bool:
    """Whether all that its code says costs its rate: no free bits, with which every dimension counts as active."""
    return not getattr(one.experiment, "free_bits", 0)


class Explained(NamedTuple):
    """Shares of a measure's variance (R²) over models, with bootstrap intervals: what each adds to the other."""

    code_adds: float  # active dimensions, once depth is known
    code_interval: tuple[float, float]
    depth_adds: float  # depth, once the active dimensions are known
    depth_interval: tuple[float, float]
    together: float


DRAWS = 1000  # of the bootstrap


def explained(found: Sequence[Measures], measure: str, by: str = "by_variance") -> Explained:
    """How much of a measure's variance depth and the active dimensions explain, each beside the other.

    The measure is regressed by least squares on log₂ of the active dimensions, as a parabola, and on a level for each
    depth; they are counted by variance (Var m(x) > 0.01), or ``by_rate`` (> 0.1 nats). Each digit has a level of its
    own, which is taken off. The bootstrap draws models, all seeds of one together. Where the measure is the same for
    all models, there is nothing to explain: all NaN.

    Raises
    ------
    ValueError
        When all models are of one depth.
    """
    models = by_model(found)
    found = [one for seeds in models for one in seeds]
    y = np.array([one[measure] for one in found])
    digits = np.array([one.digit for one in found])
    code = np.log2([max(1, one.active[by]) for one in found])
    depth = np.array([one.experiment.depth for one in found])
    if np.ptp(depth) == 0:
        raise ValueError("What depth explains is told by models of several depths; these are all of one.")
    if np.ptp(y) == 0:
        return Explained(np.nan, (np.nan, np.nan), np.nan, (np.nan, np.nan), np.nan)
    groups = np.split(np.arange(len(found)), np.cumsum([len(seeds) for seeds in models])[:-1])
    random = np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        rows = np.concatenate([groups[k] for k in random.integers(len(groups), size=len(groups))])
        if np.ptp(depth[rows]) > 0 and np.ptp(y[rows]) > 0:
            draws.append(_shares(y[rows], code[rows], depth[rows], digits[rows])[:2])
    by_code, by_depth, together = _shares(y, code, depth, digits)
    low, high = np.quantile(draws, INTERVAL, axis=0)
    intervals = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Explained(by_code, intervals[0], by_depth, intervals[1], together)


def _shares(y: np.ndarray, code: np.ndarray, depth: np.ndarray, digits: np.ndarray) -> tuple[float, float, float]:
    """What the code adds to depth, what depth adds to the code, and R² of both; beyond the digits' own levels."""
    base, levels = [digits == one for one in np.unique(digits)], [depth == one for one in np.unique(depth)[1:]]
    parabola = [code, code**2]
    total = _rest(y, base)
    of_code, of_depth, of_both = (
        1 - _rest(y, base + columns) / total for columns in (parabola, levels, parabola + levels)
    )
    return of_both - of_depth, of_both - of_code, of_both


def _rest(y: np.ndarray, columns: Sequence[np.ndarray]) -> float:
    """Sum of the squares that least squares on these columns leaves."""
    design = np.column_stack(columns).astype(float)
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(rest @ rest)


def matched_difference(found: Sequence[Measures], measure: str) -> float:
    """Mean difference of a measure, deeper less shallower, over all pairs on one digit with equal active dimensions.

    Equal is up to a ratio of ``EQUAL``. NaN where there is no such pair.
    """
    pairs = [(a, b) for a in found for b in found if a.experiment.depth < b.experiment.depth and _are_equal(a, b)]
    return float(np.mean([b[measure] - a[measure] for a, b in pairs])) if pairs else np.nan


def _are_equal(one: Measures, other: Measures) -> bool:
    few, many = sorted(found.active["by_variance"] for found in (one, other))
    return one.digit == other.digit and few > 0 and many <= EQUAL * few


def findings(found: Sequence[Measures], claim: str = "depth-is-a-proxy") -> list[Finding]:
    """Whether depth is a proxy of the code: it adds nothing to it, the code adds much, equal codes answer alike."""
    lines = []
    for measure in (RECOGNISED, AWAY):
        shares = explained(found, measure)
        lines.append(below(claim, f"{measure}: variance that depth adds to the code", shares.depth_adds, DEPTH_ADDS))
        lines.append(above(claim, f"{measure}: variance that the code adds to depth", shares.code_adds, CODE_ADDS))
    apart = abs(matched_difference(found, RECOGNISED))
    return [*lines, below(claim, f"{RECOGNISED}: difference of the depths at equal codes", apart, MATCHED)]
