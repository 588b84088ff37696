"""One function a figure of the paper. They draw what they are given; nothing is trained or evaluated here.

Each returns a matplotlib figure that pyplot no longer holds, so that a notebook shows it once. The figures of what the
paper could not see are in ``vaelib.figures_beyond``.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import ConnectionPatch
from scipy import stats
from torch import Tensor

from vaelib import evaluation as evaluations
from vaelib.data import DATASETS
from vaelib.density import LIMIT, density_mode, kernel_density
from vaelib.evaluation import Evaluation, LatentPlane
from vaelib.experiments import Experiment
from vaelib.style import SEEN, UNSEEN, WIDTH, show_image, styled

PERPLEXITY_BINS = np.linspace(0, 6, 31)


def architecture(hidden: Sequence[int]) -> str:
    """An architecture h in words of the figures: ``50 → 100 → 200 → 400 → 784`` is written by its hidden layers."""
    return f"h = ({', '.join(map(str, hidden))})" if hidden else "h = (), linear"


def trained_on(experiment: Experiment) -> str:
    """Which classes the training set held, in words."""
    if experiment.is_mini:
        return "trained on mini-MNIST"
    if experiment.held_out is None:
        return "trained on all classes" if experiment.dataset != "mnist" else "trained on all digits"
    name = DATASETS[experiment.dataset].classes[experiment.held_out]
    ending = "es" if name.endswith("ss") else "" if name.endswith("s") else "s"
    return f"trained without {name.lower()}{ending}"


def label(evaluation: Evaluation) -> str:
    """Architecture, training set and epoch of an evaluation, in words of the figures."""
    experiment = evaluation.experiment
    return f"{architecture(experiment.hidden)}, {trained_on(experiment)}, epoch {evaluation.request.epoch}"


@styled
def reconstructions(found: Sequence[Evaluation], indices: Sequence[int]) -> Figure:
    """Figure 1: for each model, test images, outputs, weighted averages, top neighbours, and the perplexities."""
    rows = -(-len(found) // 2)
    figure = plt.figure(figsize=(WIDTH, rows * (0.55 * len(indices) + 1.75)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.03)
    panels = np.atleast_1d(figure.subfigures(rows, 2, wspace=0.04, hspace=0.03)).ravel()
    highest = max(np.histogram(_binned(e), PERPLEXITY_BINS)[0].max() for e in found)
    for panel, shown in zip(panels, found, strict=False):
        experiment = shown.experiment
        panel.suptitle(f"{architecture(experiment.hidden)}, {trained_on(experiment)}", fontweight="bold", fontsize=9)
        top, bottom = panel.subfigures(2, 1, height_ratios=(0.55 * len(indices) + 0.3, 1.2))
        _reconstruction_rows(top.subplots(len(indices), 6, squeeze=False), shown, indices)
        _perplexity_histogram(bottom.subplots(), shown, highest)
    return figure


def _reconstruction_rows(axes: np.ndarray, shown: Evaluation, indices: Sequence[int]) -> None:
    for row, index in zip(axes, indices, strict=True):
        pictures = evaluations.pictures(shown, index)
        images = (pictures.input, pictures.output, pictures.average, *pictures.neighbours)
        for axis, image in zip(row, images, strict=True):
            show_image(axis, image)
        for axis, weight in zip(row[3:], pictures.weights, strict=True):
            axis.set_title(f"w = {weight:.2f}", fontsize=7, pad=2)
    for axis, title in zip(axes[0], ("input", "output", "average"), strict=False):
        axis.set_title(title, fontsize=7, pad=2)


def _binned(shown: Evaluation) -> Tensor:
    return shown.perplexity.clamp(max=PERPLEXITY_BINS[-1])


def _perplexity_histogram(axis: Axes, shown: Evaluation, highest: int) -> None:
    axis.hist(_binned(shown), PERPLEXITY_BINS, color="0.35")
    axis.set(xlim=(0, 6), ylim=(0, 1.05 * highest), xlabel="perplexity of the weights", ylabel="test images")
    beyond = int((shown.perplexity > PERPLEXITY_BINS[-1]).sum())
    if beyond:
        axis.annotate(
            f"{beyond} beyond 6,\ncounted in the last bin",
            (5.9, 0),
            (5.7, 0.55 * highest),  # left of the last bin, which may be high
            ha="right",
            fontsize=7,
            arrowprops={"arrowstyle": "-", "color": "0.5", "linewidth": 0.6},
        )


@styled
def bce_densities(found: Sequence[Evaluation]) -> Figure:
    """Figure 2: joint density of BCE(μ, x̂) and BCE(x, x̂) over the test images, one panel per architecture.

    The evaluations come in pairs: an architecture trained with the digit, then without it. Axes end at 250 nats as in
    the paper, or farther where that would cut off a cloud.
    """
    highest = max(measure.quantile(0.95).item() for e in found for measure in (e.bce_input, e.bce_average))
    limit = max(LIMIT, 50 * np.ceil(highest / 50))
    pairs = list(zip(found[::2], found[1::2], strict=True))
    figure = plt.figure(figsize=(5.4, 5.4 * len(pairs)), layout="constrained")
    for axis, pair in zip(figure.subplots(len(pairs), 1, squeeze=False).ravel(), pairs, strict=True):
        _densities_of_a_pair(axis, pair, limit)
    return figure


def _densities_of_a_pair(axis: Axes, pair: tuple[Evaluation, Evaluation], limit: float) -> None:
    above, beside = axis.inset_axes((0, 1.02, 1, 0.16)), axis.inset_axes((1.02, 0, 0.16, 1))
    axis.axline((0, 0), (1, 1), color="0.2", linestyle=(0, (4, 3)), linewidth=0.9)
    for height, (shown, colour) in enumerate(zip(reversed(pair), (UNSEEN, SEEN), strict=True)):
        grid = np.linspace(0, limit, 126)
        density = kernel_density(shown.bce_average, shown.bce_input, grid, grid)
        # pale is transparent, so that neither cloud hides the other
        shades = LinearSegmentedColormap.from_list("", [to_rgba(colour, 0), to_rgba(colour, 0.9), "black"])
        levels = np.linspace(0.08, 1, 9) * density.max()
        if density.max() > 0:  # a cloud that falls between the grid's points is its mode alone
            axis.contourf(grid, grid, density, levels, cmap=shades, vmin=-0.1 * density.max(), vmax=1.5 * density.max())
        x, y = density_mode(shown.bce_average, shown.bce_input, limit)
        axis.plot(x, y, "+", color="white", markersize=7)
        words = trained_on(shown.experiment)
        axis.text(
            0.97,
            0.04 + 0.06 * height,
            f"{words}: mode ({x:.0f}, {y:.0f})",
            color=colour,
            ha="right",
            transform=axis.transAxes,
        )
        line = np.linspace(0, limit, 251)
        above.plot(line, stats.gaussian_kde(shown.bce_average)(line), color=colour)
        beside.plot(stats.gaussian_kde(shown.bce_input)(line), line, color=colour)
    axis.text(0.03, 0.94, "nearer to the average", transform=axis.transAxes, fontsize=8, color="0.3")
    axis.text(0.97, 0.42, "nearer to the input", transform=axis.transAxes, fontsize=8, color="0.3", ha="right")
    axis.set(xlim=(0, limit), ylim=(0, limit), aspect="equal")
    axis.set(xlabel="BCE(μ, x̂), nats per image", ylabel="BCE(x, x̂), nats per image")
    above.set_title(architecture(pair[0].experiment.hidden), fontweight="bold")
    above.set(xlim=(0, limit), ylim=(0, None))
    beside.set(xlim=(0, None), ylim=(0, limit))
    for margin in (above, beside):
        margin.set_axis_off()


@styled
def latent_space(plane: LatentPlane, z: Tensor, outputs: Tensor, weights: Tensor) -> Figure:
    """Figure 3: decoder outputs at chosen z with their largest weights; aggregate posterior; map of the largest weight.

    The ellipses are posteriors of the training points, at two standard deviations.
    """
    figure = plt.figure(figsize=(WIDTH, 7.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(4.5, 2.7))
    left, right = upper.subplots(1, 2)
    extent = (-plane.extent, plane.extent, -plane.extent, plane.extent)
    drawn = left.imshow(
        plane.log_density.exp() / plane.log_density.max().exp(),
        extent=extent,
        origin="lower",
        cmap="magma",
        interpolation="nearest",
        norm=PowerNorm(0.4, 0, 1),
    )
    upper.colorbar(drawn, ax=left, orientation="horizontal", shrink=0.8, label="q(z), relative to its highest value")
    drawn = largest_weights(right, plane)
    upper.colorbar(drawn, ax=right, orientation="horizontal", shrink=0.8, label="largest weight, max$_i$ w$_i$(z)")
    for number, point in enumerate(z, start=1):
        right.plot(*point, "x", color="black", markersize=4)
        right.annotate(str(number), point, xytext=(3, 3), textcoords="offset points", fontsize=7, fontweight="bold")
    left.set(xlabel="z$_1$", ylabel="z$_2$", aspect="equal")
    for axis, title in ((left, "aggregate posterior q(z)"), (right, "largest weight at z")):
        axis.set_title(title)
    axes = lower.subplots(2, -(-len(z) // 2))
    lower.suptitle("decoder output at the numbered z, with the largest weight there", fontsize=9)
    for number, (axis, output, weight) in enumerate(zip(axes.ravel(), outputs, weights, strict=False), start=1):
        show_image(axis, output)
        axis.set_title(f"{number}: w = {weight:.2f}", fontsize=7, pad=2)
    for axis in axes.ravel()[len(z) :]:
        axis.remove()
    return figure


def largest_weights(axis: Axes, plane: LatentPlane, *, deviations: float = 2, lowest: float | None = None) -> AxesImage:
    """Map of the largest weight, with the training points' posteriors as ellipses at so many standard deviations.

    The colours begin at the lowest weight of the plane, or at a given one, so that planes can be compared.
    """
    extent = (-plane.extent, plane.extent, -plane.extent, plane.extent)
    drawn = axis.imshow(
        plane.largest_weight,
        extent=extent,
        origin="lower",
        cmap="Oranges_r",
        interpolation="nearest",
        vmin=plane.largest_weight.min() if lowest is None else lowest,
        vmax=1,
    )
    posteriors = EllipseCollection(
        *(2 * deviations * plane.stds).T, 0, units="xy", offsets=plane.means, offset_transform=axis.transData,
        facecolors="none", edgecolors="black", linewidths=0.8,
    )  # fmt: skip
    axis.add_collection(posteriors)
    axis.plot(*plane.means.T, ".", color="#0072B2", markersize=2.5)
    axis.set(xlabel="z$_1$", ylabel="z$_2$", aspect="equal", xlim=extent[:2], ylim=extent[2:])
    return drawn


@styled
def capacity(found: Sequence[Evaluation], index: int) -> Figure:
    """Figure 4: one test image through architectures in order of decoder parameters.

    Weighted averages and outputs stand above a plane of decoder parameters (log scale) by hidden layers; a line joins
    each output with its architecture.
    """
    figure = plt.figure(figsize=(WIDTH, 3.9), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.0, wspace=0.0, h_pad=0.02, hspace=0.02)
    images = figure.add_gridspec(3, len(found) + 2, height_ratios=(1, 1, 8))
    plane = figure.add_subplot(images[2, :])
    shown = [evaluations.pictures(e, index) for e in found]
    axis = figure.add_subplot(images[0:2, 0:2])
    show_image(axis, shown[0].input)
    axis.set_anchor("C")
    axis.set_title("input", fontsize=8, pad=2)
    for column, (evaluated, pictures) in enumerate(zip(found, shown, strict=True), start=2):
        experiment = evaluated.experiment
        upper, lower = figure.add_subplot(images[0, column]), figure.add_subplot(images[1, column])
        show_image(upper, pictures.average)
        show_image(lower, pictures.output)
        at = (experiment.decoder_parameters, experiment.depth)
        plane.plot(*at, "o", color="black", markersize=4)
        figure.add_artist(
            ConnectionPatch((0.5, 0), at, "axes fraction", "data", axesA=lower, axesB=plane, color=SEEN, linewidth=0.8)
        )
        if column == len(found) + 1:
            for row_axis, words in ((upper, "weighted\naverage"), (lower, "output")):
                row_axis.text(1.1, 0.5, words, transform=row_axis.transAxes, fontsize=7, va="center")
    deepest = max(3, *(e.experiment.depth for e in found))
    plane.set(xscale="log", xlabel="decoder parameters", ylabel="hidden layers", ylim=(-0.3, deepest + 0.6))
    ticks = [40_000, 60_000, 100_000, 200_000, 300_000, 400_000, 600_000]
    plane.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    plane.set_xticks([], minor=True)
    plane.set_yticks(range(deepest + 1))
    plane.grid(color="0.9", linewidth=0.6)
    plane.set_axisbelow(True)
    return figure
