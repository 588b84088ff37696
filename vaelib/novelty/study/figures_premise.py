"""The figures of the page From memory to generalisation."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from vaelib import data
from vaelib.novelty.experiments import HELD_OUT
from vaelib.novelty.statistics import by_depth
from vaelib.novelty.study import premise
from vaelib.novelty.study.code import RECOGNISED
from vaelib.novelty.study.measured import Measures
from vaelib.pages.style import THEOREM, WIDTH, of_depth, show_image, styled

PARTS = {"seen": f"test-without-{HELD_OUT}", "withheld": f"test-{HELD_OUT}"}
ROWS = ("one answers", "nearest it saw", "other answers", "nearest it saw")


@styled
def from_memory(measured: Sequence[Measures], agreements: Sequence[premise.Agreement]) -> Figure:
    """Page From memory to generalisation: both, over the number of training images.

    The distance from the best decoder, and the share of test nines recognised: lines train for an equal number of
    steps, squares ten times as long with a wide decoder, filled where its encoder is frozen. Then two models on sets
    that share no image: how much nearer the other's answer is than the own training set. Marks are seeds.
    """
    figure, panels = plt.subplots(1, 3, figsize=(WIDTH, 3.2), layout="constrained")
    equal = [one for one in measured if not premise.is_made_true(one)]
    for axis, name in zip(panels, (premise.DISTANCE, RECOGNISED), strict=False):
        for depth, models in by_depth(equal).items():
            points = [(one.experiment.first, one[name]) for one in models]
            _over_sizes(axis, points, depth, f"{depth} layer{'s' * (depth != 1)}")
        for one in measured:
            if premise.is_made_true(one):
                filled = of_depth(1) if one.experiment.encoder_of else "none"
                axis.plot(one.experiment.first, one[name], "s", color=of_depth(1), markersize=5, markerfacecolor=filled)
    for depth in by_depth(equal):
        of_depth_here = [one for one in agreements if one.depth == depth]
        for which, style in (("seen", "-"), ("withheld", "--")):
            points = [(one.images, one.more_alike_than_memory(which)) for one in of_depth_here]
            _over_sizes(panels[2], points, depth, f"{which}, {depth} layer{'s' * (depth != 1)}", style)
    panels[0].axhline(premise.GONE, color=THEOREM, linewidth=0.8)
    panels[2].axhline(premise.AGREE, color=THEOREM, linewidth=0.8)
    panels[1].set_ylim(0, 1.02)
    titles = ("from the best decoder, nats", "test nines recognised", "other's answer less own set")
    for axis, title in zip(panels, titles, strict=True):
        axis.set(xscale="log", xlabel="training images")
        axis.set_title(title, loc="left", fontsize=9)
    for axis in (panels[0], panels[2]):
        axis.legend(fontsize=8)
    return figure


def _over_sizes(axis: Axes, points: Sequence[tuple[int, float]], depth: int, label: str, style: str = "-") -> None:
    """A mark a seed, and a line through their means."""
    sizes = sorted({size for size, _ in points})
    means = [np.mean([value for size, value in points if size == here]) for here in sizes]
    axis.plot(sizes, means, style, color=of_depth(depth), marker="o", markersize=4, label=label)
    axis.plot(*zip(*points, strict=True), "_", color=of_depth(depth), markersize=8, alpha=0.6)


@styled
def from_two_sets(agreements: Sequence[premise.Agreement], index: int = 0) -> Figure:
    """Two test images through two models on sets that share no image, for each depth and number of images.

    Above one of the seen digits, below one of the withheld digit. In the rows the answer of the one model, under it the
    image of its own training set that is most like it, and the same for the other. The first seed is shown.
    """
    sizes = sorted({one.images for one in agreements})
    of = {(one.depth, one.images): one for one in reversed(agreements)}  # so that the first seed is left
    depths = sorted({depth for depth, _ in of})
    widths = [2, 2.5, *len(depths) * [*len(sizes) * [1], 0.4]]  # what is shown, the rows' names, and panels
    figure = plt.figure(figsize=(WIDTH, WIDTH / sum(widths) * 8.9 + 0.4))
    top = 1 - 0.4 / figure.get_figheight()
    room = {"left": 0, "right": 1, "bottom": 0, "top": top, "wspace": 0.06, "hspace": 0.06}
    grid = figure.add_gridspec(9, len(widths), width_ratios=widths, height_ratios=[*4 * [1], 0.5, *4 * [1]], **room)
    for first, which in ((0, "seen"), (5, "withheld")):
        shown = figure.add_subplot(grid[first + 1 : first + 3, 0])
        show_image(shown, data.images_at(f"mnist/{PARTS[which]}", torch.tensor([index]))[0])
        shown.set_title("shown", fontsize=8, pad=2)
        for panel, depth in enumerate(depths):
            start = 2 + panel * (len(sizes) + 1)
            axes = np.array([[figure.add_subplot(grid[first + row, start + column]) for column in range(len(sizes))]
                             for row in range(4)])  # fmt: skip
            for column, size in zip(axes.T, sizes, strict=True):
                for axis, image in zip(column, _answered(of[depth, size].answers[which], index), strict=True):
                    show_image(axis, image)
            _name(axes, sizes if which == "seen" else (), depth, rows=not panel)
    return figure


def _answered(answers: premise.Answers, index: int) -> list[Tensor]:
    """Row by row: each model's answer, and under it the image of its own set that is nearest."""
    outputs, nearest = (
        answers.outputs[:, index] / 255,
        data.images_at("mnist/train", answers.remembered[:, index].long()),
    )
    return [outputs[0], nearest[0], outputs[1], nearest[1]]


def _name(axes: np.ndarray, sizes: Sequence[int], depth: int, rows: bool) -> None:
    """A panel's columns by their sizes and its depth, where they are to be named, and its rows."""
    for axis, size in zip(axes[0], sizes, strict=False):
        axis.set_title(f"{size:,}", fontsize=7, pad=2)
    if sizes:
        above = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center", "fontsize": 9}
        axes[0, 0].annotate(f"{depth} hidden layer{'s' * (depth != 1)}", (len(sizes) / 2, 1), (0, 14), **above)
    if rows:
        for axis, name in zip(axes[:, 0], ROWS, strict=True):
            axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
