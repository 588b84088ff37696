"""Figures of what the paper could not see: training length, all classes, all sizes, rate, and what it costs."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from vaelib import beyond
from vaelib.data import CLASSES
from vaelib.evaluation import MEASURES, Evaluation, LatentPlane
from vaelib.experiments import Experiment
from vaelib.figures import architecture, largest_weights, trained_on
from vaelib.samples import Outputs
from vaelib.style import BY_DEPTH, SEEN, UNSEEN, WIDTH, show_image, styled

COURSES = (  # of ``MEASURES``, panel by panel
    "share nearer to the input",
    "share nearer to the input by KL",
    "median KL(x ‖ x̂)",
    "median KL(μ ‖ x̂)",
    "share recognised",
    "median perplexity",
)


@styled
def training_length(models: Sequence[Sequence[Evaluation]], seeds: Sequence[Evaluation]) -> Figure:
    """Page Training length: each model's measures at its snapshots as a line, other seeds' as dots.

    The first model is shallow, and lines of its architecture are dashed.
    """
    figure, panels = plt.subplots(3, 2, figsize=(WIDTH, 7.6), layout="constrained", sharex=True)
    epochs = [e.request.epoch for e in models[0]]
    shallow = models[0][0].experiment.hidden
    for axis, title in zip(panels.ravel(), COURSES, strict=True):
        measure = MEASURES[title]
        for snapshots in models:
            experiment = snapshots[0].experiment
            axis.plot(
                epochs,
                [measure(e) for e in snapshots],
                "--" if experiment.hidden == shallow else "-",
                color=_colour(experiment),
                label=f"{architecture(experiment.hidden)}, {trained_on(experiment)}",
            )
        for shown in seeds:
            colour = _colour(shown.experiment)
            axis.plot(shown.request.epoch, measure(shown), ".", color=colour, markersize=3.5, alpha=0.7)
        axis.set_title(title + ", nats per image" * ("KL(" in title), loc="left")
        axis.set(xscale="log", xlim=(0.9, 1.1 * epochs[-1]))
        if title.startswith("share"):
            axis.set_ylim(0, 1.02)
        if "perplexity" in title:
            axis.set_yscale("log")
    for axis in panels[0]:
        axis.axhline(0.5, color="0.6", linewidth=0.8, zorder=0)
    for axis in panels[-1]:
        axis.set_xticks(epochs, [str(epoch) for epoch in epochs])
        axis.set_xticks([], minor=True)
        axis.set_xlabel("epochs of training")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _colour(experiment: Experiment) -> str:
    return SEEN if experiment.held_out is None else UNSEEN


@styled
def ten_classes(found: Sequence[Sequence[Evaluation]], classes: Sequence[str]) -> Figure:
    """Page Ten classes: what each withheld class is averaged from, and what the outputs look like, by architecture.

    ``found`` has one row per architecture, each with one evaluation per withheld class.
    """
    figure, panels = plt.subplots(2, len(found), figsize=(WIDTH, 7.4), layout="constrained", squeeze=False)
    for column, of_one in zip(panels.T, found, strict=True):
        words = architecture(of_one[0].experiment.hidden)
        tables = (beyond.average_classes(of_one), beyond.output_classes(of_one))
        titles = ("class of the largest weight", "class that the output looks like")
        for axis, shares, title in zip(column, tables, titles, strict=True):
            shown = [classes[e.request.digit] for e in of_one]
            _heat(axis, shares, shown, classes, f"{words}: {title}")
    return figure


def _heat(axis: Axes, shares: np.ndarray, shown: Sequence[str], classes: Sequence[str], title: str) -> None:
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            axis.text(column, row, f"{share:.0%}"[:-1], ha="center", va="center", fontsize=6.5,
                      color="white" if share > 0.55 else "0.15")  # fmt: skip
    longest = max(map(len, classes))
    axis.set_xticks(range(CLASSES), classes, rotation=90 if longest > 1 else 0)
    axis.set_yticks(range(len(shown)), shown)
    axis.set_title(title, fontsize=8)
    axis.set(xlabel="class of training images, % of the row", ylabel="class withheld and shown")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


@styled
def by_size(found: Sequence[Evaluation]) -> Figure:
    """Page Capacity: both divergences of every model against its decoder's parameters, coloured by depth.

    Dots are models, lines their means over the withheld digits.
    """
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 4.0), layout="constrained", sharey=True)
    titles = {
        "from the input, KL(x ‖ x̂)": "median KL(x ‖ x̂)",
        "from the weighted average, KL(μ ‖ x̂)": "median KL(μ ‖ x̂)",
    }
    for axis, (title, measure) in zip(panels, titles.items(), strict=True):
        for depth, models in beyond.by_depth(found).items():
            colour = BY_DEPTH[depth % len(BY_DEPTH)]
            sizes = np.array([e.experiment.decoder_parameters for e in models])
            values = np.array([MEASURES[measure](e) for e in models])
            axis.plot(sizes, values, ".", color=colour, markersize=4, alpha=0.5, markeredgewidth=0)
            means = [(size, values[sizes == size].mean()) for size in np.unique(sizes)]
            axis.plot(*zip(*means, strict=True), "o-", color=colour, markersize=3.5)
            axis.annotate(f"{depth}", means[-1], (7, 0), textcoords="offset points", va="center", color=colour)
        axis.set(xscale="log", xlabel="decoder parameters", title=title)
        ticks = [40_000, 100_000, 200_000, 400_000]
        axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axis.set_xticks([], minor=True)
    panels[0].set_ylabel("median over test images, nats per image")
    panels[0].text(0.02, 0.98, "numbers: hidden layers", transform=panels[0].transAxes, va="top", fontsize=8)
    return figure


@styled
def best_decoders(found: Sequence[Evaluation]) -> Figure:
    """Page Rate: for each model the distortion of its decoder and that of the best one for its encoder."""
    figure, axes = plt.subplots(figsize=(WIDTH, 0.24 * len(found) + 0.9), layout="constrained")
    heights = np.arange(len(found))[::-1]
    ours, best = ([e.information[name]["mean"] for e in found] for name in ("distortion", "best_distortion"))
    axes.hlines(heights, best, ours, color="0.75", linewidth=2, zorder=0)
    axes.scatter(ours, heights, color=SEEN, s=22)
    axes.scatter(best, heights, color=UNSEEN, s=22)
    axes.set_yticks(heights, [architecture(e.experiment.hidden) for e in found])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(xlabel="BCE with the training image, nats per image", ylim=(-0.8, len(found) + 0.1))
    for values, words, colour in ((best, "best decoder, μ(z)", UNSEEN), (ours, "decoder as trained, x̂", SEEN)):
        axes.annotate(words, (values[0], heights[0]), (0, 7), textcoords="offset points", ha="center", color=colour)
    return figure


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
    for (name, speeds), offset, colour in zip(training.items(), (0.2, -0.2), (UNSEEN, SEEN), strict=True):
        bars = left.barh(heights + offset, [speeds[who] for who in names], height=0.36, color=colour)
        left.bar_label(bars, [f"{speeds[who]:,.0f}" for who in names], padding=3, fontsize=8)
        left.text(0.02 * max(speeds.values()), heights[0] + offset, name, color="white", va="center", fontsize=8)
    left.set_yticks(heights, names)
    left.set(xlabel="images a second, all cores together", title="Training")
    left.xaxis.set_major_formatter("{x:,.0f}")
    left.margins(x=0.2)
    right.loglog(points, seconds, "o-", color=UNSEEN)
    right.loglog(points, seconds[-1] * np.array(points) / points[-1], "--", color="0.5", zorder=0)
    middle = len(points) // 2
    right.annotate("in proportion to N", (points[middle], seconds[-1] * points[middle] / points[-1]), (8, -8),
                   textcoords="offset points", fontsize=8, color="0.35", va="top")  # fmt: skip
    right.set(xlabel="training points N", ylabel="seconds for 100 queries", title="Theorem 1")
    return figure


@styled
def latent_walk(planes: Mapping[int, LatentPlane], z: Tensor, outputs: Tensor, averages: Tensor) -> Figure:
    """Page Explorer, where it cannot move: the latent plane of mini-MNIST by steps of training, and a walk across it.

    The ellipses are posteriors of the training images at one standard deviation; the line on the last plane is the
    walk through these z, whose decoder outputs and weighted averages stand below.
    """
    figure = plt.figure(figsize=(WIDTH, 4.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2.6, 1.6))
    axes = upper.subplots(1, len(planes), sharey=True)
    for axis, (steps, plane) in zip(axes, planes.items(), strict=True):
        drawn = largest_weights(axis, plane, deviations=1, lowest=0)
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
