"""The paper's claims as code, and its published numbers: what ours are held against.

A finding is one measure of one claim; its threshold was fixed before the run, two apart. A claim is reproduced when all
of its measures pass, partly when some do. Identities and measures are those of the protocol's table.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor

from vaelib import data, experiments
from vaelib.density import density_mode
from vaelib.evaluation import MEASURES, Evaluation, LatentPlane, latent_plane, optimal_decoder
from vaelib.experiments import APPENDIX, DEEP, SHALLOW
from vaelib.markdown import table
from vaelib.store import Store

SIMILAR = 0.8  # seen-similar: BCE to the average, relative to BCE to a random image of the class
MOST = 0.5  # one-example, …-nearer-…: a share that is most
BIN = 0.2  # one-example: width of the histogram's bins; its mode is to lie in the one that begins at 1 (judged last)
SAME_DISTRIBUTION = 0.1  # depth-keeps-perplexity: Kolmogorov–Smirnov distance
GENERALISES = 1.33  # shallow-generalises: BCE to the input without the digit, relative to with it
DELTA = 0.25  # deltas: median σ, relative to the distance to the nearest other mean
CELLS = 0.85  # cells: share of the plane with a largest weight above 0.99
RANK = 0.5  # capacity: rank correlation over the architectures
EQUAL_SIZE = 1.1  # layers-over-parameters: ratio of decoder parameters up to which two architectures are of equal size
PAIRS = 0.75  # layers-over-parameters: share of such pairs; set after the first seed was seen


class Finding(NamedTuple):
    """One measure of one claim."""

    claim: str
    measure: str
    ours: float
    threshold: str
    holds: bool


class Comparison(NamedTuple):
    """A number that the paper published (read off its picture) beside ours; ``tolerance`` is None where none is set."""

    quantity: str
    paper: float
    ours: float
    tolerance: float | None = None

    @property
    def difference(self) -> float:
        """Ours less the paper's."""
        return self.ours - self.paper

    @property
    def agrees(self) -> bool | None:
        """Whether the difference is within the tolerance."""
        return None if self.tolerance is None else abs(self.difference) <= self.tolerance


# (mean BCE(μ, x̂), BCE(x, x̂)) at the modes of the published Figure 2, in nats per image, read off
PUBLISHED_MODES = {
    (SHALLOW, True): (75, 57),
    (SHALLOW, False): (100, 70),
    (DEEP, True): (76, 67),
    (DEEP, False): (92, 115),
}
MODE_TOLERANCE = 12
PUBLISHED_FIRST_BIN = 570  # test nines with perplexity in [1.0, 1.2), deep VAE trained without nines, Figure 1
PUBLISHED_CELLS = 0.92  # share of the map of Figure 3 in the palest colour, by its pixels, without dots and ellipses


def figure_1(found: Sequence[Evaluation]) -> list[Finding]:
    """Claims of Figure 1, from shallow with and without the digit, deep with and without."""
    lines = []
    for seen in found[::2]:
        measure = "medians, BCE(μ, x̂) / BCE(r, x̂)"
        lines.append(_below("seen-similar", f"{_words(seen)}: {measure}", MEASURES[measure](seen), SIMILAR))
    for shown in found:
        words = _words(shown)
        lines.append(_above("one-example", f"{words}: share with largest weight > 0.9", shown.single, MOST))
        lines.append(_above("one-example", f"{words}: share with perplexity < 1.1", shown.almost_one, MOST))
        mode = perplexity_mode(shown.perplexity)
        lines.append(_below("one-example", f"{words}: mode of the perplexity, in bins of {BIN}", mode, 1 + BIN))
    for shallow, deep, words in zip(found[:2], found[2:], ("with the digit", "without it"), strict=True):
        distance = float(stats.ks_2samp(shallow.perplexity, deep.perplexity).statistic)
        measure = f"shallow against deep, {words}: Kolmogorov–Smirnov distance of the perplexities"
        lines.append(_below("depth-keeps-perplexity", measure, distance, SAME_DISTRIBUTION))
    return lines


def figure_2(found: Sequence[Evaluation]) -> list[Finding]:
    """Claims of Figure 2, from shallow with and without the digit, deep with and without."""
    pairs = zip(found[::2], found[1::2], strict=True)
    shallow, deep = ((unseen.bce_input.median() / seen.bce_input.median()).item() for seen, unseen in pairs)
    measure = "medians of BCE(x, x̂), trained without the digit / with it"
    return [
        _below("shallow-generalises", f"shallow: {measure}", shallow, GENERALISES),
        _below("shallow-generalises", "the same ratio, shallow / deep", shallow / deep, 1.0),
        _above("shallow-nearer-input", "share nearer to the input than to the average", found[1].nearer_input, MOST),
        _below("deep-nearer-average", "share nearer to the input than to the average", found[3].nearer_input, MOST),
    ]


def figure_3(plane: LatentPlane) -> list[Finding]:
    """Claims of Figure 3, from the latent plane of mini-MNIST."""
    ratio = sharpness(plane.means, plane.stds)
    return [
        _below("deltas", "median σ over median distance to the nearest other mean", ratio, DELTA),
        _above("cells", "share of the plane with largest weight > 0.99", _share(plane.largest_weight > 0.99), CELLS),
    ]


def figure_4(found: Sequence[Evaluation]) -> list[Finding]:
    """Claims of Figure 4, from the architectures' evaluations; of few or like ones only what can be said.

    A correlation or a slope needs three models that differ in what it relates.
    """
    parameters = np.array([e.experiment.decoder_parameters for e in found])
    depth = np.array([e.experiment.depth for e in found])
    nearer = np.array([e.nearer_input for e in found])
    far = np.array([e.bce_input.median().item() for e in found])
    lines = []
    if _vary(parameters, nearer):
        rank = float(stats.spearmanr(parameters, nearer).statistic)
        lines.append(
            _below("capacity", "rank correlation of parameters with the share nearer to the input", rank, -RANK)
        )
    if _vary(parameters, far):
        rank = float(stats.spearmanr(parameters, far).statistic)
        lines.append(_above("capacity", "rank correlation of parameters with the median BCE(x, x̂)", rank, RANK))
    if _vary(parameters, depth, nearer):
        by_depth, by_parameters = standardised_slopes(nearer, depth, np.log(parameters))
        measure = "share nearer to the input, standardised: slope on depth minus slope on log parameters, without signs"
        lines.append(_above("layers-over-parameters", measure, abs(by_depth) - abs(by_parameters), 0.0))
    pairs = equal_pairs(found)
    if pairs:
        deeper_nearer = sum(deep.nearer_input < shallow.nearer_input for shallow, deep in pairs) / len(pairs)
        measure = "pairs of equal size and unequal depth: share in which the deeper one is nearer to the average"
        lines.append(_above("layers-over-parameters", measure, deeper_nearer, PAIRS))
    single = [e for e in found if e.experiment.depth == 1]
    return lines + [
        _above("single-layer-always", f"{_layers(e)}: share nearer to the input", e.nearer_input, MOST) for e in single
    ]


def all_digits(found: Sequence[Evaluation]) -> list[Finding]:
    """The claims of Figure 2 for every held-out digit, from shallow and deep without each of them, in turn."""
    lines = []
    for shallow, deep in zip(found[::2], found[1::2], strict=True):
        measure = f"without {shallow.request.digit}s: share nearer to the input than to the average"
        lines.append(_above("all-digits", f"shallow, {measure}", shallow.nearer_input, MOST))
        lines.append(_below("all-digits", f"deep, {measure}", deep.nearer_input, MOST))
    return lines


def equal_pairs(found: Sequence[Evaluation]) -> list[tuple[Evaluation, Evaluation]]:
    """Pairs of models of nearly equal size and unequal depth, the shallower one first."""
    by_depth = sorted(found, key=lambda e: e.experiment.depth)
    pairs = []
    for shallow, deep in itertools.combinations(by_depth, 2):
        (few, many) = sorted(e.experiment.decoder_parameters for e in (shallow, deep))
        if shallow.experiment.depth < deep.experiment.depth and many <= EQUAL_SIZE * few:
            pairs.append((shallow, deep))
    return pairs


def perplexity_mode(perplexity: Float[Tensor, "n"]) -> float:
    """The middle of the fullest bin of the perplexities' histogram, whose bins are those of Figure 1."""
    return BIN * (np.bincount(np.floor(perplexity.numpy() / BIN).astype(int)).argmax() + 0.5)


def sharpness(means: Float[Tensor, "n d"], stds: Float[Tensor, "n d"]) -> float:
    """Median posterior σ over the median distance of a posterior mean to the nearest other one."""
    distances = torch.cdist(means.double(), means.double()).fill_diagonal_(float("inf")).amin(1)
    return (stds.double().median() / distances.median()).item()


def standardised_slopes(y: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """Least squares of y on the columns, all of them with mean 0 and standard deviation 1."""
    standardised = [(v - v.mean()) / v.std() for v in (y, *columns)]
    return np.linalg.lstsq(np.column_stack(standardised[1:]), standardised[0], rcond=None)[0]


def compare_figure_1(found: Sequence[Evaluation]) -> list[Comparison]:
    """The published histogram's first bin beside ours."""
    deep_without = found[3]
    if not _is_the_papers(deep_without) or deep_without.experiment.hidden != DEEP:
        return []
    ours = int((deep_without.perplexity < 1 + BIN).sum())
    return [Comparison("Figure 1, deep, unseen: test images with perplexity in [1.0, 1.2)", PUBLISHED_FIRST_BIN, ours)]


def compare_figure_2(found: Sequence[Evaluation]) -> list[Comparison]:
    """The published modes beside ours."""
    lines = []
    for shown in filter(_is_the_papers, found):
        experiment = shown.experiment
        published = PUBLISHED_MODES.get((experiment.hidden, experiment.held_out is None), ())
        ours = density_mode(shown.bce_average, shown.bce_input)
        for axis, theirs, mine in zip(("BCE(μ, x̂)", "BCE(x, x̂)"), published, ours, strict=False):
            lines.append(Comparison(f"Figure 2, {_words(shown)}: mode of {axis}", theirs, mine, MODE_TOLERANCE))
    return lines


def compare_figure_3(plane: LatentPlane) -> list[Comparison]:
    """The published map beside ours."""
    ours = _share(plane.largest_weight > 0.99)
    return [Comparison("Figure 3: share of [-5, 5]² with largest weight > 0.99", PUBLISHED_CELLS, ours)]


DIGITS = "digits"  # the subject of all-digits; the other subjects are the numbers of figures


def measure(subject: int | str, store: Store, seed: int = 0) -> list[Evaluation] | LatentPlane:
    """What the functions of one figure, or of all digits, are given, with the protocol, from the store."""
    if subject == DIGITS:
        return [store.evaluation(*request) for request in experiments.all_digits(seed)]
    wanted = experiments.figure(subject, seed=seed)
    if subject == 3:
        run = store.run(wanted[0], (wanted[0].epochs,))
        return latent_plane(optimal_decoder(run.vae(), data.partition(wanted[0].data)))
    return [store.evaluation(experiment, digit=experiments.digit(subject)) for experiment in wanted]


FINDINGS = {1: figure_1, 2: figure_2, 3: figure_3, 4: figure_4, DIGITS: all_digits} | dict.fromkeys(APPENDIX, figure_4)
COMPARISONS = {1: compare_figure_1, 2: compare_figure_2, 3: compare_figure_3}  # of the others there is no number


def verdicts(findings: Sequence[Finding]) -> dict[str, str]:
    """Each claim's verdict by one seed: reproduced, partly, not reproduced."""
    grouped: dict[str, list[bool]] = {}
    for finding in findings:
        grouped.setdefault(finding.claim, []).append(finding.holds)
    return {claim: verdict(holds) for claim, holds in grouped.items()}


def verdict(holds: Sequence[bool]) -> str:
    """A claim's verdict from whether each of its measures holds: reproduced, partly, not reproduced."""
    return "reproduced" if all(holds) else "partly" if any(holds) else "not reproduced"


def findings_table(findings: Sequence[Finding]) -> str:
    """A Markdown table: claim, measure, ours, threshold, whether it holds; and the verdicts under it."""
    if not findings:
        return "These models are too few, or too like each other, for the claims."
    rows = [(f.claim, f.measure, f"{f.ours:.3f}", f.threshold, "yes" if f.holds else "no") for f in findings]
    lines = [f"**{claim}**: {verdict}" for claim, verdict in verdicts(findings).items()]
    head = ("claim", "measure", "ours", "threshold", "holds")
    return f"{table(head, rows)}\n\nBy these models alone: {' · '.join(lines)}"


def comparison_table(comparisons: Sequence[Comparison]) -> str:
    """A Markdown table: the paper's number, ours, the difference and the tolerance."""
    if not comparisons:
        return "The paper published no number for these parameters."
    rows = [
        (
            c.quantity,
            f"{c.paper:g}",
            f"{c.ours:.3g}",
            f"{c.difference:+.3g}",
            "none set" if c.tolerance is None else f"± {c.tolerance:.3g}: {'within' if c.agrees else 'outside'}",
        )
        for c in comparisons
    ]
    return table(("quantity", "paper", "ours", "difference", "tolerance"), rows)


def _is_the_papers(evaluation: Evaluation) -> bool:
    """Whether it is of one of the protocol's experiments, whatever the seed, held against Theorem 1 as in the paper."""
    experiment, request = evaluation.experiment, evaluation.request
    protocol = [e.name for number in (1, 4) for e in experiments.figure(number, seed=experiment.seed)]
    return experiment.name in protocol and (request.digit, request.latent) == (experiments.HELD_OUT, "mean")


def _words(evaluation: Evaluation) -> str:
    return f"{_layers(evaluation)}, {'seen' if evaluation.experiment.held_out is None else 'unseen'}"


def _layers(evaluation: Evaluation) -> str:
    hidden = evaluation.experiment.hidden
    return {SHALLOW: "shallow", DEEP: "deep"}.get(hidden, f"({', '.join(map(str, hidden))})")


def _vary(*columns: np.ndarray) -> bool:
    """Whether the models are enough for a slope or a rank correlation, and differ in each of these."""
    return len(columns[0]) > 2 and all(np.ptp(column) > 0 for column in columns)


def _share(condition: Tensor) -> float:
    return condition.double().mean().item()


def _above(claim: str, measure: str, ours: float, threshold: float) -> Finding:
    return Finding(claim, measure, ours, f"> {threshold:g}", ours > threshold)


def _below(claim: str, measure: str, ours: float, threshold: float) -> Finding:
    return Finding(claim, measure, ours, f"< {threshold:g}", ours < threshold)
