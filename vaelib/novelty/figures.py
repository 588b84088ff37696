"""One function a figure of the paper. They draw what they are given; nothing is trained or evaluated here.

Each returns a matplotlib figure that pyplot no longer holds, so that a notebook shows it once. The figures of what the
paper could not see are in ``vaelib.novelty.figures_extensions``.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import scipy
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from torch import Tensor

from vaelib.data import DATASETS
from vaelib.kinds import Experiment
from vaelib.novelty.density import LIMIT, density_mode, kernel_density
from vaelib.novelty.evaluation import Evaluation
from vaelib.novelty.experiments import DEEP, SHALLOW, Four
from vaelib.novelty.latent_plane import LatentPlane
from vaelib.novelty.pictures import pictures_of
from vaelib.pages.style import COLUMN, MODEL, SEEN, UNSEEN, WIDTH, show_image, styled

PERPLEXITY_BINS = np.linspace(0, 6, 31)
DEVIATIONS = 2  # at which every ellipse of the book is drawn


NAMES = {(): "linear", SHALLOW: "shallow", DEEP: "deep"}


def architecture(experiment: Experiment) -> str:
    """An architecture in words of the figures, by its layers, with the name that the book has for it."""
    hidden, channels = experiment.hidden, getattr(experiment, "channels", ())
    if channels:
        return ", ".join([f"channels {sizes(channels)}", *([f"h = {sizes(hidden)}"] if hidden else [])])
    name = NAMES.get(hidden)
    return f"{name}, h = {sizes(hidden)}" if name else f"h = {sizes(hidden)}"


def sizes(hidden: Sequence[int]) -> str:
    """The sizes of the hidden layers alone."""
    return f"({', '.join(map(str, hidden))})"


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
    return f"{architecture(experiment)}, {trained_on(experiment)}, epoch {evaluation.request.epoch}"


@styled
def reconstructions(found: Sequence[Evaluation], indices: Sequence[int]) -> Figure:
    """Figure 1: for each model, test images, outputs, weighted averages, top neighbours, and the perplexities."""
    rows = len(indices)
    figure = plt.figure(figsize=(COLUMN, len(found) * (0.56 * rows + 0.5)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.02, wspace=0.0)
    highest = max(np.histogram(_binned(e), PERPLEXITY_BINS)[0].max() for e in found)
    panels = np.atleast_1d(figure.subfigures(len(found), 1, hspace=0.02)).ravel()
    for panel, shown in zip(panels, found, strict=True):
        experiment = shown.experiment
        panel.suptitle(f"{architecture(experiment)}, {trained_on(experiment)}", fontweight="bold", fontsize=10)
        pictures, beside = panel.subfigures(1, 2, width_ratios=(3.4, 1.5))
        _reconstruction_rows(pictures.subplots(rows, 6, squeeze=False), shown, indices)
        _perplexity_histogram(beside.subplots(), shown, highest)
    return figure


def _reconstruction_rows(axes: np.ndarray, shown: Evaluation, indices: Sequence[int]) -> None:
    for row, index in zip(axes, indices, strict=True):
        shown_here = pictures_of(shown, index)
        images = (shown_here.input, shown_here.output, shown_here.average, *shown_here.neighbours)
        for axis, image in zip(row, images, strict=True):
            show_image(axis, image)
        for axis, weight in zip(row[3:], shown_here.weights, strict=True):
            axis.set_title(f"{weight:.2f}", fontsize=9, pad=1.5)
    for axis, title in zip(axes[0], ("input", "output", "average"), strict=False):
        axis.set_title(title, fontsize=9, pad=1.5)


def _binned(shown: Evaluation) -> Tensor:
    return shown.perplexity.clamp(max=PERPLEXITY_BINS[-1])


def _perplexity_histogram(axis: Axes, shown: Evaluation, highest: int) -> None:
    beyond = int((shown.perplexity > PERPLEXITY_BINS[-1]).sum())
    axis.hist(_binned(shown), PERPLEXITY_BINS, color="0.35")
    axis.set(xlim=(0, 6), ylim=(0, 1.05 * highest), xticks=(1, 2, 4, 6))
    axis.set_title("perplexity", fontsize=9, pad=3)
    if beyond:
        axis.text(1, 0.3, f"{beyond} beyond 6,\nin the last bin", ha="right", fontsize=8, transform=axis.transAxes)


@styled
def bce_densities(
    found: Four[Evaluation], published: Mapping[tuple[tuple[int, ...], bool], tuple[float, float]] | None = None
) -> Figure:
    """Figure 2: joint density of BCE(μ, x̂) and BCE(x, x̂) over the test images, one panel per architecture.

    Axes end at 250 nats as in
    the paper, or farther where that would cut off a cloud. ``published`` are the paper's modes, by hidden layers and
    whether the digit was seen, marked by circles.
    """
    highest = max(measure.quantile(0.95).item() for e in found for measure in (e.bce_input, e.bce_average))
    limit = max(LIMIT, 50 * np.ceil(highest / 50))
    pairs = (found.shallow, found.deep)
    figure = plt.figure(figsize=(WIDTH, 0.5 * WIDTH * 2 / len(pairs) + 0.75), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, wspace=0.0)
    axes = figure.subplots(1, len(pairs), squeeze=False, sharey=True).ravel()
    for axis, pair in zip(axes, pairs, strict=True):
        _densities_of_a_pair(axis, pair, limit, published or {})
    axes[0].set_ylabel("BCE(x, x̂), nats per image")
    marks = [
        axes[0].plot([], [], "s", color=colour, markersize=8, label=f"{trained_on(shown.experiment)}")[0]
        for shown, colour in zip(pairs[0], (SEEN, UNSEEN), strict=True)
    ]
    marks += axes[0].plot([], [], "P", color="black", markeredgecolor="white", markersize=8, label="our mode")
    if published:
        marks += axes[0].plot([], [], "o", color="none", markeredgecolor="black", markersize=8, label="published mode")
    figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), fontsize=9, handletextpad=0.3)
    return figure


def _densities_of_a_pair(
    axis: Axes, pair: tuple[Evaluation, Evaluation], limit: float, published: Mapping[tuple, tuple[float, float]]
) -> None:
    above, beside = axis.inset_axes((0, 1.01, 1, 0.12)), axis.inset_axes((1.01, 0, 0.12, 1))
    axis.axline((0, 0), (1, 1), color="0.2", linestyle=(0, (4, 3)), linewidth=0.9)
    modes = []
    for shown, colour in zip(reversed(pair), (UNSEEN, SEEN), strict=True):
        grid = np.linspace(0, limit, 126)
        density = kernel_density(shown.bce_average, shown.bce_input, grid, grid)
        # pale is transparent, so that neither cloud hides the other
        shades = LinearSegmentedColormap.from_list("", [to_rgba(colour, 0), to_rgba(colour, 0.9), "black"])
        levels = np.linspace(0.08, 1, 9) * density.max()
        if density.max() > 0:  # a cloud that falls between the grid's points is its mode alone
            axis.contourf(grid, grid, density, levels, cmap=shades, vmin=-0.1 * density.max(), vmax=1.5 * density.max())
        modes.append((density_mode(shown.bce_average, shown.bce_input, limit), shown.experiment, colour))
        line = np.linspace(0, limit, 251)
        above.plot(line, scipy.stats.gaussian_kde(shown.bce_average)(line), color=colour)
        beside.plot(scipy.stats.gaussian_kde(shown.bce_input)(line), line, color=colour)
    for mode, experiment, colour in modes:
        theirs = published.get((experiment.hidden, experiment.held_out is None))
        if theirs:
            axis.plot(*theirs, "o", color="none", markeredgecolor=colour, markeredgewidth=2, markersize=9)
            axis.plot(*theirs, "o", color="none", markeredgecolor="black", markeredgewidth=0.7, markersize=11)
        axis.plot(*mode, "P", color="black", markeredgecolor="white", markersize=8)
    axis.text(0.04, 0.93, "nearer to the average", transform=axis.transAxes, fontsize=9, color="0.25")
    axis.text(0.96, 0.05, "nearer to the input", transform=axis.transAxes, fontsize=9, color="0.25", ha="right")
    axis.set(xlim=(0, limit), ylim=(0, limit), aspect="equal", xlabel="BCE(μ, x̂), nats per image")
    above.set_title(architecture(pair[0].experiment), fontweight="bold", fontsize=10)
    above.set(xlim=(0, limit), ylim=(0, None))
    beside.set(xlim=(0, None), ylim=(0, limit))
    for margin in (above, beside):
        margin.set_axis_off()


@styled
def latent_space(plane: LatentPlane, images: Tensor, z: Tensor, outputs: Tensor, owners: Tensor) -> Figure:
    """Figure 3: aggregate posterior; map of the largest weight; at chosen z the output beside the image that owns it.

    ``images`` are the training images, ``owners`` the positions of those with the largest weight at each z. The
    ellipses are posteriors of the training points, at two standard deviations.
    """
    figure = plt.figure(figsize=(WIDTH, 7.3), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(4.4, 2.9))
    left, right = upper.subplots(1, 2)
    drawn = left.imshow(
        plane.log_density.exp() / plane.log_density.max().exp(),
        extent=_square(plane),
        origin="lower",
        cmap="magma",
        interpolation="nearest",
        norm=PowerNorm(0.4, 0, 1),
    )
    upper.colorbar(drawn, ax=left, orientation="horizontal", shrink=0.8, label="q(z), relative to its highest value")
    drawn = largest_weights(right, plane)
    upper.colorbar(drawn, ax=right, orientation="horizontal", shrink=0.8, label="largest weight, max$_i$ w$_i$(z)")
    outline = [patheffects.withStroke(linewidth=2, foreground="white")]
    for number, point in enumerate(z, start=1):
        right.text(*point, str(number), ha="center", va="center", fontsize=7, fontweight="bold", path_effects=outline)
    left.set(xlabel="z$_1$", ylabel="z$_2$", aspect="equal")
    for axis, title in ((left, "aggregate posterior q(z)"), (right, "largest weight at z")):
        axis.set_title(title)
    columns = -(-len(z) // 3) if len(z) > 8 else len(z)
    lower.suptitle("at the numbered z: the decoder's output, and the training image of largest weight", fontsize=9)
    panels = np.atleast_1d(lower.subfigures(-(-len(z) // columns), columns, wspace=0.03)).ravel()
    for number, (panel, output, owner) in enumerate(zip(panels, outputs, owners, strict=False), start=1):
        pair = panel.subplots(1, 2, gridspec_kw={"wspace": 0.02})
        for axis, image in zip(pair, (output, images[owner]), strict=True):
            show_image(axis, image)
        pair[0].set_title(str(number), fontsize=9, fontweight="bold", pad=2, loc="left")
    return figure


def _square(plane: LatentPlane) -> tuple[float, float, float, float]:
    return (-plane.extent, plane.extent, -plane.extent, plane.extent)


def largest_weights(axis: Axes, plane: LatentPlane, *, lowest: float | None = None) -> AxesImage:
    """Map of the largest weight, with the training points' posteriors as ellipses at two standard deviations.

    The colours begin at the lowest weight of the plane, or at a given one, so that planes can be compared.
    """
    extent = _square(plane)
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
        *(2 * DEVIATIONS * plane.stds).T, 0, units="xy", offsets=plane.means, offset_transform=axis.transData,
        facecolors="none", edgecolors="black", linewidths=0.8,
    )  # fmt: skip
    axis.add_collection(posteriors)
    axis.plot(*plane.means.T, ".", color=MODEL, markersize=2.5)
    axis.set(xlabel="z$_1$", ylabel="z$_2$", aspect="equal", xlim=extent[:2], ylim=extent[2:])
    return drawn
