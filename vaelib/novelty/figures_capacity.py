"""Figures of many architectures: Figure 4 and its appendix, and what the page Capacity makes of all of them."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from vaelib.novelty import statistics
from vaelib.novelty.evaluation import MEASURES, Evaluation
from vaelib.novelty.figures import sizes
from vaelib.novelty.pictures import Pictures, pictures_of
from vaelib.pages.style import AVERAGE, INPUT, THEOREM, WIDTH, of_depth, show_image, styled

# of the share nearer to the input, from all of them answering with the average to all of them with the input
SHARES = LinearSegmentedColormap.from_list("shares", [AVERAGE, "0.85", INPUT])


COLUMNS = 10  # architectures beside each other
LEFT, GAP, LETTERS, BAR = 0.75, 0.03, 0.42, 0.75  # inches: of the input, between pictures, over a row, of the colours


@styled
def capacity(found: Sequence[Evaluation], indices: Sequence[int]) -> Figure:
    """Figure 4: test images through many architectures, by number of hidden layers and then by size.

    Of each architecture the weighted average stands above the output; the frame's colour and the number say for which
    share of all test images of the digit the output is nearer to the input than to the average.
    """
    models = sorted(found, key=lambda e: (e.experiment.depth, e.experiment.decoder_parameters))
    rows = [models[start : start + COLUMNS] for start in range(0, len(models), COLUMNS)]
    side = (WIDTH - LEFT) / COLUMNS
    row_height = 2 * side + GAP + LETTERS + 0.2
    height = len(indices) * len(rows) * row_height + BAR
    figure = plt.figure(figsize=(WIDTH, height))

    def place(left: float, top: float, width: float = side - GAP, tall: float = side - GAP) -> Axes:
        return figure.add_axes((left / WIDTH, 1 - (top + tall) / height, width / WIDTH, tall / height))

    top = 0.0
    for index in indices:
        input_axis = place(0, top + LETTERS + side / 2)
        show_image(input_axis, pictures_of(models[0], index).input)
        input_axis.set_title("input", fontsize=9, pad=2)
        for row in rows:
            for column, shown in enumerate(row):
                left = LEFT + column * side
                axes = [place(left, top + LETTERS + below * side) for below in (0, 1)]
                _average_above_output(axes, shown, pictures_of(shown, index))
                if column == 0 or row[column - 1].experiment.depth != shown.experiment.depth:
                    _depth_above(axes[0], shown.experiment.depth)
            top += row_height
    bar = place(0.2 * WIDTH, height - 0.5, 0.6 * WIDTH, 0.1)
    words = "share of all test images of the digit with the output nearer to the input than to the average"
    colours = figure.colorbar(ScalarMappable(Normalize(0, 1), SHARES), cax=bar, orientation="horizontal", label=words)
    colours.set_ticks([0, 0.5, 1], labels=["0, the average", "0.5", "1, the input"])
    return figure


def _depth_above(axis: Axes, depth: int) -> None:
    words = f"{depth} hidden layer{'s' * (depth != 1)}" if depth else "none"
    axis.text(0, 1.33, words, transform=axis.transAxes, fontsize=9, color=of_depth(depth), fontweight="bold")


def _average_above_output(axes: Sequence[Axes], shown: Evaluation, pictures: Pictures) -> None:
    colour = SHARES(shown.nearer_input)
    for axis, image in zip(axes, (pictures.average, pictures.output), strict=True):
        show_image(axis, image)
    name = sizes(shown.experiment.hidden).strip("()").replace(", ", "·") or "linear"
    axes[0].set_title(name, fontsize=7, pad=2)
    axes[1].spines[:].set(visible=True, color=colour, linewidth=2.5)
    axes[1].set_xlabel(f"{shown.nearer_input:.2f}", fontsize=9, labelpad=1.5)


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
        for depth, models in statistics.by_depth(found).items():
            colour = of_depth(depth)
            sizes_ = np.array([e.experiment.decoder_parameters for e in models])
            values = np.array([MEASURES[measure](e) for e in models])
            axis.plot(sizes_, values, ".", color=colour, markersize=4, alpha=0.5, markeredgewidth=0)
            means = [(size, values[sizes_ == size].mean()) for size in np.unique(sizes_)]
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
    """Page Rate: for each model the distortion of its decoder and that of the best one, the nearest to it first."""
    found = sorted(found, key=MEASURES["distance from the best decoder"])
    figure, axes = plt.subplots(figsize=(WIDTH, 0.26 * len(found) + 0.9), layout="constrained")
    heights = np.arange(len(found))[::-1]
    ours, best = ([e.information[name]["mean"] for e in found] for name in ("distortion", "best_distortion"))
    colours = [of_depth(e.experiment.depth) for e in found]
    axes.hlines(heights, best, ours, color=colours, linewidth=2, alpha=0.35, zorder=0)
    axes.scatter(ours, heights, color=colours, s=26)
    axes.scatter(best, heights, color=THEOREM, s=26, marker="D")
    axes.set_yticks(heights, [sizes(e.experiment.hidden) if e.experiment.hidden else "linear" for e in found])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(xlabel="BCE with the training image, nats per image", ylim=(-0.8, len(found) + 0.9))
    top = (0, 9)
    axes.annotate(
        "best decoder, μ(z)", (best[0], heights[0]), top, textcoords="offset points", ha="center", color=THEOREM
    )
    axes.annotate("decoder as trained, x̂", (ours[0], heights[0]), top, textcoords="offset points", ha="center")
    for depth in sorted({e.experiment.depth for e in found}):
        axes.plot([], [], "o", color=of_depth(depth), label=f"{depth}")
    axes.legend(title="hidden layers", loc="upper right")
    return figure
