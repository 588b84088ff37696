"""Tables of the pages, in Markdown."""

from collections.abc import Callable, Sequence

import numpy as np
import scipy

from vaelib.novelty.checks import words
from vaelib.novelty.evaluation import MEASURES, Evaluation
from vaelib.novelty.neighbours import top_neighbour
from vaelib.novelty.statistics import Regression, by_depth, doublings
from vaelib.pages.markdown import table
from vaelib.runs import Trained
from vaelib.store import Store

INFORMATION = {  # columns of a table, and their names in ``vaelib.information``
    "R": "rate",
    "I_q": "mutual_information",
    "KL(q ‖ p)": "marginal_kl",
    "BCE(x, x̂)": "distortion",
    "BCE(x, μ)": "best_distortion",
    "difference": "",
}
WITHIN_DEPTH = ("share nearer to the input", "median BCE(x, x̂)")  # of the claim on capacity


def classes_table(rows: Sequence[tuple[str, Sequence[Evaluation]]], measure: Callable[[Evaluation], float]) -> str:
    """Markdown: a share for each digit, one row per group of evaluations that has one for each of them."""
    lines = []
    for name, found in rows:
        shares = [measure(shown) for shown in found]
        lines.append((name, *(f"{share:.2f}" for share in shares), f"{np.mean(shares):.2f}"))
    digits = [str(shown.request.digit) for shown in rows[0][1]]
    return table(("share", *digits, "mean"), lines)


def seeds_table(rows: Sequence[tuple[str, Sequence[Evaluation]]], measures: Sequence[str]) -> str:
    """Markdown: some measures of models, one row per model, whose evaluations are those of its seeds."""
    lines = [
        (name, *(", ".join(f"{MEASURES[m](shown):.2f}" for shown in found) for m in measures)) for name, found in rows
    ]
    return table(("model", *measures), lines)


def controls_table(rows: Sequence[tuple[str, Sequence[Evaluation]]]) -> str:
    """Markdown: depth, active dimensions and what becomes of unseen digits, one row per model, seed by seed."""
    measures = ("share nearer to the input", "share nearer to the input by KL", "share recognised")
    lines = []
    for name, found in rows:
        active = ", ".join("?" if e.active is None else f"{e.active['by_variance']}" for e in found)
        shares = (", ".join(f"{MEASURES[measure](e):.2f}" for e in found) for measure in measures)
        lines.append((name, f"{found[0].experiment.depth}", active, *shares))
    return table(("model", "hidden layers", "active dimensions", *(m.removeprefix("share ") for m in measures)), lines)


def nearer_table(found: Sequence[Evaluation], store: Store) -> str:
    """Markdown: shares nearer to the input than to the average, by BCE and KL, and than to the top neighbour alone.

    The last needs a model's weights; where the store lacks them, or z is a sample, it is left out.
    """
    rows = []
    for shown in found:
        alone = ("not published", "not published")
        if shown.request.latent == "mean" and store.find(Trained(shown.experiment, (shown.request.epoch,))):
            beside = top_neighbour(shown, store)
            pairs = ((shown.bce_input, beside.bce), (shown.kl_input, beside.kl))
            alone = tuple(f"{(own < other).double().mean():.2f}" for own, other in pairs)
        own = (f"{shown.nearer_input:.2f}", f"{shown.nearer_input_by_kl:.2f}")
        rows.append((words(shown), *own, *alone))
    return table(("model", "than to μ, by BCE", "than to μ, by KL", "than to x₁, by BCE", "than to x₁, by KL"), rows)


def by_depth_table(found: Sequence[Evaluation], measures: Sequence[str]) -> str:
    """Markdown: means of some measures over the models with as many hidden layers, one row for each number of them."""
    rows = []
    for depth, group in by_depth(found).items():
        means = (_number(name, np.mean([MEASURES[name](e) for e in group])) for name in measures)
        rows.append((f"{depth}", f"{len(group)}", *means))
    return table(("hidden layers", "models", *measures), rows)


def within_depth_table(by_seed: Sequence[Sequence[Evaluation]]) -> str:
    """Markdown: rank correlations of size with two measures among models of equal depth, seed by seed."""
    rows = []
    for depth, first in by_depth(by_seed[0]).items():
        groups = [by_depth(found)[depth] for found in by_seed]
        if len(first) > 2:
            cells = (", ".join(f"{_rank(group, MEASURES[name]):+.2f}" for group in groups) for name in WITHIN_DEPTH)
            rows.append((f"{depth}", f"{len(first)}", *cells))
    return table(("hidden layers", "models per seed", *WITHIN_DEPTH), rows)


def _rank(found: Sequence[Evaluation], measure: Callable[[Evaluation], float]) -> float:
    parameters = [e.experiment.decoder_parameters for e in found]
    return float(scipy.stats.spearmanr(parameters, [measure(e) for e in found]).statistic)


def regression_table(rows: Sequence[tuple[str, Regression]]) -> str:
    """Markdown: one line per measure."""
    lines = [
        (
            name,
            _number(name, r.layer, "+"),
            _number(name, r.doubling, "+"),
            "{:+.2f} ({:+.2f} to {:+.2f})".format(r.depth, *r.depth_interval),
            "{:+.2f} ({:+.2f} to {:+.2f})".format(r.parameters, *r.parameters_interval),
            f"{r.alone[0]:.2f}",
            f"{r.alone[1]:.2f}",
            f"{r.together:.2f}",
        )
        for name, r in rows
    ]
    head = (
        "measure",
        "one more layer",
        "twice the size",
        "slope on depth",
        "slope on log size",
        "R² depth",
        "R² size",
        "R² both",
    )
    return table(head, lines)


def doublings_table(found: Sequence[Evaluation], measures: Sequence[str]) -> str:
    """Markdown: means of ``doublings`` over digits, one row per number of hidden layers; for how many it is a rise."""
    by_measure = {name: doublings(found, MEASURES[name]) for name in measures}
    rows = []
    for depth in by_measure[measures[0]]:
        slopes = {name: of_depth[depth] for name, of_depth in by_measure.items()}
        rises = (f"({(values > 0).sum()} of {len(values)})" for values in slopes.values())
        means = (_number(name, values.mean(), "+") for name, values in slopes.items())
        rows.append((f"{depth}", *map(" ".join, zip(means, rises, strict=True))))
    return table(("hidden layers", *measures), rows)


def information_table(found: Sequence[Evaluation]) -> str:
    """Markdown: ``information`` of each model, in nats per image, and the decoder's distance from the best one."""
    rows = [
        (
            f"({', '.join(map(str, shown.experiment.hidden))})",
            *(f"{value:.1f}" for value in _information(shown)),
        )
        for shown in found
    ]
    return table(("h", *INFORMATION), rows)


def information_by_depth(found: Sequence[Evaluation]) -> str:
    """Markdown: the same for many models, from the least to the most of those with as many hidden layers."""
    rows = []
    for depth, group in by_depth(found).items():
        values = np.array([_information(shown) for shown in group])
        ranges = (f"{low:.1f} to {high:.1f}" for low, high in zip(values.min(0), values.max(0), strict=True))
        rows.append((f"{depth}", f"{len(group)}", *ranges))
    return table(("hidden layers", "models", *INFORMATION), rows)


def _information(shown: Evaluation) -> list[float]:
    means = [shown.information[name]["mean"] for name in INFORMATION.values() if name]
    return [*means, MEASURES["distance from the best decoder"](shown)]


def _number(measure: str, value: float, sign: str = "") -> str:
    """A measure's value: nats to a tenth, shares to a thousandth."""
    return f"{value:{sign}.{3 if measure.startswith('share') else 1}f}"
