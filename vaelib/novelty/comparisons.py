"""The paper's published numbers, read off its pictures, and ours beside them: every seed, and their mean."""

from collections.abc import Sequence

from vaelib.novelty import experiments, subjects
from vaelib.novelty.checks import BIN, eroded, words
from vaelib.novelty.density import density_mode
from vaelib.novelty.evaluation import Evaluation
from vaelib.novelty.experiments import DEEP, SHALLOW, Four
from vaelib.novelty.latent_plane import LatentPlane
from vaelib.pages.comparisons import Comparison
from vaelib.store import Store

# (mean BCE(μ, x̂), BCE(x, x̂)) at the modes of the published Figure 2, in nats per image
PUBLISHED_MODES = {
    (SHALLOW, True): (75, 57),
    (SHALLOW, False): (100, 70),
    (DEEP, True): (76, 67),
    (DEEP, False): (92, 115),
}
MODE_TOLERANCE = 12
PUBLISHED_ABOVE = (
    0.81  # share of the published density of the deep VAE without nines above the diagonal, by its contours
)
PUBLISHED_FIRST_BIN = 570  # test nines with perplexity in [1.0, 1.2), deep VAE trained without nines, Figure 1
PUBLISHED_CELLS = 0.92  # share of the map of Figure 3 in the palest colour, by its pixels, without dots and ellipses


def figure_1(found: Four[Evaluation]) -> list[Comparison]:
    """The published histogram's first bin beside ours."""
    deep_without = found.deep_unseen
    if not _is_the_papers(deep_without) or deep_without.experiment.hidden != DEEP:
        return []
    ours = int((deep_without.perplexity < 1 + BIN).sum())
    what = "Figure 1, deep, unseen: test images with perplexity in [1.0, 1.2)"
    return [Comparison(what, PUBLISHED_FIRST_BIN, (ours,))]


def figure_2(found: Sequence[Evaluation]) -> list[Comparison]:
    """The published modes beside ours, and how far above the diagonal they lie."""
    lines = []
    for shown in filter(_is_the_papers, found):
        model = (shown.experiment.hidden, shown.experiment.held_out is None)
        if model not in PUBLISHED_MODES:
            continue
        theirs, ours = PUBLISHED_MODES[model], density_mode(shown.bce_average, shown.bce_input)
        name = f"Figure 2, {words(shown)}"
        for axis, paper, mine in zip(("BCE(μ, x̂)", "BCE(x, x̂)"), theirs, ours, strict=True):
            lines.append(Comparison(f"{name}: mode of {axis}", paper, (mine,), MODE_TOLERANCE))
        what = f"{name}: mode above the diagonal by"
        lines.append(Comparison(what, theirs[1] - theirs[0], (ours[1] - ours[0],), MODE_TOLERANCE, signed=True))
        if model == (DEEP, False):
            what = f"{name}: share above the diagonal"
            lines.append(Comparison(what, PUBLISHED_ABOVE, (1 - shown.nearer_input,)))
    return lines


def figure_3(plane: LatentPlane) -> list[Comparison]:
    """The published map beside ours, eroded as theirs is."""
    ours = (eroded(plane.largest_weight) > 0.99).double().mean().item()
    what = "Figure 3: share of [-5, 5]² with largest weight > 0.99, eroded as published"
    return [Comparison(what, PUBLISHED_CELLS, (ours,))]


def modes_of_the_paper(found: Sequence[Evaluation]) -> dict[tuple[tuple[int, ...], bool], tuple[float, float]]:
    """The published modes, for the figure; none where a model is not the paper's."""
    return PUBLISHED_MODES if all(map(_is_the_papers, found)) else {}


COMPARISONS = {1: figure_1, 2: figure_2, 3: figure_3}  # of the other figures there is no number


def compare(number: int, found: Sequence[Evaluation] | LatentPlane, store: Store) -> list[Comparison]:
    """What a figure measured beside the paper's numbers; with every published seed where the store has them.

    ``found`` is what the figure's subject measures for one seed. Nothing where it is not of the paper's models.
    """
    of_one = COMPARISONS[number](found) if number in COMPARISONS else []
    if not of_one or store.recompute:
        return of_one
    return published(number, store)


def published(number: int, store: Store) -> list[Comparison]:
    """A figure's published numbers beside those of every seed of the protocol."""
    if number not in COMPARISONS:
        return []
    by_seed = [COMPARISONS[number](subjects.FIGURES[number].measure(store, seed)) for seed in experiments.SEEDS]
    return [lines[0]._replace(ours=tuple(line.ours[0] for line in lines)) for lines in zip(*by_seed, strict=True)]


def _is_the_papers(evaluation: Evaluation) -> bool:
    """Whether it is of one of the protocol's experiments, whatever the seed, held against Theorem 1 as in the paper."""
    experiment, request = evaluation.experiment, evaluation.request
    protocol = [e.name for number in (1, 4) for e in experiments.figure(number, seed=experiment.seed)]
    return experiment.name in protocol and (request.digit, request.latent) == (experiments.HELD_OUT, "mean")
