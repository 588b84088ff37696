"""Figures of the page Live: what models answer to an image, or at a place of the latent plane."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vaelib.kinds import Experiment
from vaelib.novelty.experiments import mini
from vaelib.novelty.figures import architecture, largest_weights, trained_on
from vaelib.novelty.latent_plane import LatentPlane
from vaelib.novelty.trained import NEIGHBOURS, Answer
from vaelib.pages.style import SEEN, WIDTH, show_image, styled


def name(experiment: Experiment) -> str:
    """An experiment in a line: architecture and training set, and what else differs from the protocol."""
    usual = mini() if experiment.is_mini else Experiment(data=experiment.data, hidden=experiment.hidden)
    words = {"latent_dim": "dim z", "beta": "β", "epochs": "epochs", "first": "first", "seed": "seed"}
    differing = [field for field in words if getattr(experiment, field) != getattr(usual, field)]
    others = [f"{words[field]} {getattr(experiment, field)}" for field in differing]
    return ", ".join([architecture(experiment), trained_on(experiment), *others])


def numbers(found: Answer) -> str:
    """The numbers of an answer in a line."""
    average = f"BCE(μ, x̂) {found.bce_average:.1f}"
    if found.bce_input is not None:
        average = f"BCE(x, x̂) {found.bce_input:.1f}, {average}"
    return f"{average} nats per image; perplexity {found.perplexity:.2f}"


def in_words(found: Answer) -> str:
    """What a picture of an answer shows, for those who do not see it."""
    nearest = ", ".join(f"{label} ({weight:.2f})" for label, weight in zip(found.classes, found.weights, strict=True))
    return f"{name(found.experiment)}: {numbers(found)}; training images of largest weight, by class: {nearest}"


@styled
def answers(found: Sequence[Answer]) -> Figure:
    """One row a model: the input, the model's and Theorem 1's answer, their difference, the nearest training images."""
    figure = plt.figure(figsize=(WIDTH, 1.22 * len(found)))
    panels = figure.subfigures(len(found), 1, squeeze=False)[:, 0]
    for panel, answer in zip(panels, found, strict=True):
        panel.text(0.005, 0.97, name(answer.experiment), va="top", fontsize=8.5, fontweight="bold")
        panel.text(0.995, 0.97, numbers(answer), va="top", ha="right", fontsize=8)
        axes = panel.subplots(1, 4 + NEIGHBOURS)
        panel.subplots_adjust(left=0.005, right=0.995, bottom=0.02, top=0.74, wspace=0.06)
        _pictures(axes, answer)
    return figure


@styled
def at_place(plane: LatentPlane, found: Answer) -> Figure:
    """The answer at a place of the latent plane beside a map of the largest weight, with lines to the neighbours."""
    figure = plt.figure(figsize=(WIDTH, 3.4))
    left, right = figure.subfigures(1, 2, width_ratios=(3.3, 4.3))
    axis = left.subplots()
    left.subplots_adjust(left=0.13, right=0.98, bottom=0.13, top=0.93)
    largest_weights(axis, plane)
    for index, weight in zip(found.nearest, found.weights, strict=True):
        axis.plot(*zip(found.z, plane.means[index], strict=True), color=SEEN, linewidth=1.5, alpha=float(weight))
    axis.plot(*found.z, "o", color=SEEN, markeredgecolor="black", markersize=7)
    axis.set_title(f"largest weight at z; z = ({found.z[0]:.2f}, {found.z[1]:.2f})")
    right.text(0.01, 0.955, numbers(found), va="center", fontsize=8.5)
    upper, lower = right.subfigures(2, 1, height_ratios=(1.6, 1))
    axes = [*upper.subplots(1, 3), *lower.subplots(1, NEIGHBOURS)]
    upper.subplots_adjust(left=0.01, right=0.99, bottom=0, top=0.82, wspace=0.06)
    lower.subplots_adjust(left=0.01, right=0.99, bottom=0.05, top=0.85, wspace=0.06)
    _pictures(axes, found)
    return figure


@styled
def one_nine(shallow: Answer, deep: Answer) -> Figure:
    """A drawing, the answers of two models that never saw its digit, and Theorem 1's average for the deep one.

    Its letters are large enough for a phone, on which it is a third as wide.
    """
    figure = plt.figure(figsize=(WIDTH, 2.58))
    axes = figure.subplots(1, 4)
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.02, top=0.74, wspace=0.06)
    shown = {
        "a nine,\ndrawn": shallow.input,
        "shallow\nVAE": shallow.output,
        "deep\nVAE": deep.output,
        "Theorem 1's\naverage": deep.average,
    }
    for axis, (title, image) in zip(axes, shown.items(), strict=True):
        show_image(axis, image)
        axis.set_title(title, fontsize=17, pad=4)
    return figure


def _pictures(axes: Sequence[Axes], found: Answer) -> None:
    """Input (where there is one), output, average, difference, and the neighbours with their weights."""
    shown = [] if found.input is None else [("input x", found.input)]
    shown += [("output x̂", found.output), ("average μ", found.average), ("x̂ − μ", found.output - found.average)]
    shown += [(f"w = {w:.2f}", image) for w, image in zip(found.weights, found.neighbours, strict=True)]
    for axis, (title, image) in zip(axes, shown, strict=True):
        show_image(axis, image)
        axis.set_title(title, fontsize=7.5, pad=3)
        if "−" in title:
            axis.images[0].set(cmap="RdBu_r", clim=(-1, 1))
            axis.spines[:].set(visible=True, color="0.8")
