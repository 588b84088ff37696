"""Figures of what the paper could not see: training length, all classes, samples, and what it costs."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from vaelib.data import CLASSES
from vaelib.kinds import Experiment
from vaelib.novelty import statistics
from vaelib.novelty.evaluation import MEASURES, Evaluation
from vaelib.novelty.figures import NAMES, architecture, largest_weights, trained_on
from vaelib.novelty.latent_plane import LatentPlane
from vaelib.novelty.samples import Outputs
from vaelib.pages.style import SEEN, THEOREM, UNSEEN, WIDTH, of_depth, show_image, styled

STORY = "share nearer to the input"  # of ``MEASURES``
COURSES = (
    "share nearer to the input by KL",
    "share recognised",
    "median KL(x ‖ x̂)",
    "median KL(μ ‖ x̂)",
    "median perplexity",
)


@styled
def training_length(models: Sequence[Sequence[Evaluation]], seeds: Sequence[Evaluation]) -> Figure:
    """Page Training length: each model's measures at its snapshots as a line, other seeds' as dots; the paper's first.

    The first model is shallow, and lines of its architecture are dashed.
    """
    figure = plt.figure(figsize=(WIDTH, 7.2), layout="constrained")
    grid = figure.add_gridspec(3, 6, height_ratios=(1.7, 1, 1))
    first = figure.add_subplot(grid[0, :])
    places = [grid[1, 0:2], grid[1, 2:4], grid[1, 4:6], grid[2, 0:2], grid[2, 2:4]]
    small = [figure.add_subplot(place) for place in places]
    for axis, measured in zip([first, *small], [STORY, *COURSES], strict=True):
        _courses(axis, models, seeds, measured)
    for axis in (first, small[0]):
        axis.axhline(0.5, color="0.6", linewidth=0.8, zorder=0)
    first.set_title(
        "share of test images whose output is nearer to the input than to the average", fontsize=10, loc="left"
    )
    first.set_xlabel("epochs of training")
    empty = figure.add_subplot(grid[2, 4:6])
    empty.set_axis_off()
    empty.legend(*first.get_legend_handles_labels(), loc="center", fontsize=8)
    return figure


def _courses(axis: Axes, models: Sequence[Sequence[Evaluation]], seeds: Sequence[Evaluation], measured: str) -> None:
    measure, shallow = MEASURES[measured], models[0][0].experiment.hidden
    epochs = [e.request.epoch for e in models[0]]
    for snapshots in models:
        experiment = snapshots[0].experiment
        name = NAMES.get(experiment.hidden, architecture(experiment))
        axis.plot(
            epochs,
            [measure(e) for e in snapshots],
            "--" if experiment.hidden == shallow else "-",
            color=_colour(experiment),
            label=f"{name}, {trained_on(experiment)}",
        )
    for shown in seeds:
        axis.plot(shown.request.epoch, measure(shown), ".", color=_colour(shown.experiment), markersize=3.5, alpha=0.7)
    axis.set_title(measured.removeprefix("share ") + ", nats" * ("KL(" in measured), loc="left", fontsize=8)
    axis.set(xscale="log", xlim=(0.9, 1.1 * epochs[-1]))
    axis.set_xticks(epochs, [str(epoch) for epoch in epochs], fontsize=7)
    axis.set_xticks([], minor=True)
    if measured.startswith("share"):
        axis.set_ylim(0, 1.02)
    if "perplexity" in measured:
        axis.set_yscale("log")


def _colour(experiment: Experiment) -> str:
    return SEEN if experiment.held_out is None else UNSEEN


@styled
def ten_classes(found: Sequence[Sequence[Evaluation]], classes: Sequence[str]) -> Figure:
    """Page Ten classes: what each withheld class is averaged from, and what the outputs look like, by architecture.

    ``found`` has one row per architecture, each with one evaluation per withheld class.
    """
    figure, panels = plt.subplots(2, len(found), figsize=(WIDTH, 7.4), layout="constrained", squeeze=False)
    for column, of_one in zip(panels.T, found, strict=True):
        words = architecture(of_one[0].experiment)
        tables = (statistics.average_classes(of_one), statistics.output_classes(of_one))
        titles = ("class of the largest weight", "class that the output looks like")
        for axis, shares, title in zip(column, tables, titles, strict=True):
            shown = [classes[e.request.digit] for e in of_one]
            _heat(axis, shares, shown, classes, f"{words}: {title}")
    return figure


def _heat(axis: Axes, shares: np.ndarray, shown: Sequence[str], classes: Sequence[str], title: str) -> None:
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            axis.text(column, row, f"{share:.0%}"[:-1], ha="center", va="center", fontsize=7,
                      color="white" if share > 0.55 else "0.15")  # fmt: skip
    longest = max(map(len, classes))
    axis.set_xticks(range(CLASSES), classes, rotation=90 if longest > 1 else 0)
    axis.set_yticks(range(len(shown)), shown)
    axis.set_title(title, fontsize=8)
    axis.set(xlabel="class of training images, % of the row", ylabel="class withheld and shown")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


@styled
def drawn_from_prior(drawn: Mapping[str, tuple[Outputs, Tensor]]) -> Figure:
    """Page Samples: for each model outputs at codes from the prior, the averages there, and the images most alike.

    ``drawn`` gives for a model's name its outputs, and as many training images most like the first of them as there
    are columns.
    """
    rows = ("output x̂", "average μ", "most alike")
    columns = min(len(alike) for _, alike in drawn.values())
    figure = plt.figure(figsize=(WIDTH, len(drawn) * (WIDTH * len(rows) / (columns + 1) + 0.3)), layout="constrained")
    panels = figure.subfigures(len(drawn), 1, squeeze=False)[:, 0]
    for panel, (name, (found, alike)) in zip(panels, drawn.items(), strict=True):
        panel.suptitle(name, fontweight="bold", fontsize=9)
        shown = (found.outputs, found.averages, alike)
        for axes, words, images in zip(panel.subplots(len(rows), columns, squeeze=False), rows, shown, strict=True):
            for axis, image in zip(axes, images, strict=False):
                show_image(axis, image)
            axes[0].set_ylabel(words, rotation=0, ha="right", va="center", fontsize=8)
    return figure


@styled
def costs(training: dict[str, dict[str, float]], points: Sequence[int], seconds: Sequence[float]) -> Figure:
    """Page Cost: images a second of each way to train, by architecture; seconds of Theorem 1 by training points."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.0), layout="constrained", width_ratios=(1.15, 1))
    names = list(next(iter(training.values())))
    heights = np.arange(len(names))[::-1]
    for (name, speeds), offset, colour in zip(training.items(), (0.2, -0.2), (of_depth(1), of_depth(3)), strict=True):
        bars = left.barh(heights + offset, [speeds[who] for who in names], height=0.36, color=colour)
        left.bar_label(bars, [f"{speeds[who]:,.0f}" for who in names], padding=3, fontsize=8)
        left.text(0.02 * max(speeds.values()), heights[0] + offset, name, color="white", va="center", fontsize=8)
    left.set_yticks(heights, names)
    left.set(xlabel="images a second, all cores together", title="Training")
    left.xaxis.set_major_formatter("{x:,.0f}")
    left.margins(x=0.2)
    right.loglog(points, seconds, "o-", color=THEOREM)
    right.loglog(points, seconds[-1] * np.array(points) / points[-1], "--", color="0.5", zorder=0)
    middle = len(points) // 2
    right.annotate("in proportion to N", (points[middle], seconds[-1] * points[middle] / points[-1]), (8, -8),
                   textcoords="offset points", fontsize=8, color="0.35", va="top")  # fmt: skip
    right.set(xlabel="training points N", ylabel="seconds for 100 queries", title="Theorem 1")
    return figure


@styled
def latent_walk(planes: Mapping[int, LatentPlane], z: Tensor, outputs: Tensor, averages: Tensor) -> Figure:
    """Page Explorer, where it cannot move: the latent plane of mini-MNIST by steps of training, and a walk across it.

    The ellipses are posteriors of the training images; the line on the last plane is the
    walk through these z, whose decoder outputs and weighted averages stand below.
    """
    figure = plt.figure(figsize=(WIDTH, 4.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2.6, 1.6))
    axes = upper.subplots(1, len(planes), sharey=True)
    for axis, (steps, plane) in zip(axes, planes.items(), strict=True):
        drawn = largest_weights(axis, plane, lowest=0)
        axis.set_title(f"{steps:,} steps")
        axis.label_outer()
    axes[-1].plot(*z.T, "-", color="black", linewidth=1.2)
    upper.colorbar(drawn, ax=axes, shrink=0.6, label="largest weight at z")
    for row, (words, images) in zip(
        lower.subplots(2, len(z)), {"output": outputs, "average": averages}.items(), strict=True
    ):
        for axis, image in zip(row, images, strict=True):
            show_image(axis, image)
        row[0].set_ylabel(words)
    return figure
