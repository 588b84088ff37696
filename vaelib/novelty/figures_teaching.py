"""Figures of the teaching pages: an image on its way through a VAE, and a training where it cannot be watched."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch
from torch import Tensor

from vaelib.novelty.figures import largest_weights
from vaelib.novelty.latent_plane import LatentPlane
from vaelib.novelty.trained import Answer
from vaelib.pages.style import SEEN, SEEN_LETTERS, UNSEEN, WIDTH, show_image, styled

LETTERS = 12  # points: of five inches of picture on 350 pixels of a phone, 11.7 pixels
REACH = (-2.5, 4.0), (-3.7, 2.8)  # of the two latent dimensions that are drawn


class Passage(NamedTuple):
    """An image on its way through a VAE, and what it costs; of the code, two numbers are looked at."""

    x: Float[Tensor, "784"]
    dimensions: tuple[int, int]  # those of largest rate
    mean: Float[Tensor, "d"]
    std: Float[Tensor, "d"]
    codes: Float[Tensor, "k d"]  # drawn from the posterior; the first is decoded
    output: Float[Tensor, "784"]
    distortion: float  # nats, of the first code
    rate: float  # nats, over all dimensions


@styled
def passage(way: Passage) -> Figure:
    """Page "What a VAE is": x, its cloud q(z|x) beside the prior, a code z drawn from it, x̂, and both costs."""
    with plt.rc_context({"font.size": LETTERS, "axes.labelsize": LETTERS, "axes.titlesize": LETTERS}):
        figure = plt.figure(figsize=(5.0, 4.5))
        images = [figure.add_axes((0.03, bottom, 0.25, 0.278)) for bottom in (0.645, 0.105)]
        for axis, image in zip(images, (way.x, way.output), strict=True):
            show_image(axis, image)
        images[0].set_title("input x", pad=4)
        images[1].set_xlabel("output x̂", labelpad=5)
        plane = figure.add_axes((0.475, 0.2, 0.515, 0.572))
        mean, std, code = _cloud(plane, way)
        _arrow(figure, images[0], (1.04, 0.5), plane, mean, "encoder\nm(x), s(x)", (0.30, 0.86), SEEN)
        _arrow(figure, plane, code, images[1], (1.04, 0.5), "decoder", (0.30, 0.215), UNSEEN)
        between = FancyArrowPatch((0.155, 0.625), (0.155, 0.395), arrowstyle="<->", mutation_scale=14, color="black")
        figure.add_artist(between)
        figure.text(0.175, 0.51, f"distortion\n{way.distortion:.0f} nats", va="center")
        figure.text(0.985, 0.04, f"rate {way.rate:.0f} nats, over all {len(way.mean)} numbers", ha="right", va="center")
    return figure


@styled
def asked(answers: Sequence[Answer], images: int = 3) -> Figure:
    """Page Theorem 1: the input, and for the code of each encoder the average and the images of largest weight."""
    with plt.rc_context({"font.size": LETTERS, "axes.titlesize": LETTERS}):
        figure = plt.figure(figsize=(5.0, 1.65 * len(answers)))
        rows = figure.subfigures(len(answers), 1, squeeze=False)[:, 0]
        for row, answer, depth in zip(rows, answers, ("shallow", "deep"), strict=True):
            axes = row.subplots(1, 2 + images)
            row.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=0.66, wspace=0.08)
            row.text(0.01, 0.93, f"the {depth} VAE's encoder", va="center")
            shown = [("input x", answer.input), ("average μ", answer.average)]
            shown += [(f"{w:.2f}", image) for w, image in zip(answer.weights, answer.neighbours[:images], strict=False)]
            for axis, (title, image) in zip(axes, shown, strict=True):
                show_image(axis, image)
                axis.set_title(title, pad=4)
    return figure


def _cloud(axis: Axes, way: Passage) -> tuple[tuple[float, float], ...]:
    """The posterior and the prior over two numbers of the code, at one and two standard deviations."""
    dimensions = list(way.dimensions)
    mean, std = (values[dimensions].tolist() for values in (way.mean, way.std))
    for deviations in (1, 2):
        axis.add_patch(Ellipse((0, 0), 2 * deviations, 2 * deviations, fill=False, edgecolor="0.45", linestyle="--"))
        sizes = (2 * deviations * side for side in std)
        axis.add_patch(Ellipse(mean, *sizes, fill=False, edgecolor=SEEN, linewidth=1.5))
    codes = way.codes[:, dimensions].numpy()
    axis.plot(*codes.T, ".", color=SEEN, markersize=2, alpha=0.6)
    axis.plot(*codes[0], "o", color=UNSEEN, markersize=7, markeredgecolor="white")
    axis.text(0.6, -2.45, "prior p(z)", ha="center", va="center", color="0.35")
    axis.set(xlim=REACH[0], ylim=REACH[1], xticks=[], yticks=[], aspect="equal")
    axis.set_title("cloud q(z | x)", color=SEEN_LETTERS, pad=4)
    axis.set_xlabel(f"two of the code's {len(way.mean)} numbers", labelpad=4)
    z = codes[0].tolist()
    axis.annotate("z", z, (0, -15), textcoords="offset points", color=UNSEEN, ha="center", fontsize=LETTERS + 1)
    return tuple(mean), tuple(std), tuple(z)


def _arrow(figure: Figure, start: Axes, at: tuple, end: Axes, to: tuple, words: str, place: tuple, colour: str) -> None:
    """From a place of one part of the picture to one of another; images are measured in their own width and height."""

    def on_figure(axis: Axes, point: tuple) -> tuple:
        transform = axis.transAxes if axis.images else axis.transData
        return tuple(figure.transFigure.inverted().transform(transform.transform(point)))

    arrow = FancyArrowPatch(
        on_figure(start, at),
        on_figure(end, to),
        arrowstyle="-|>",
        mutation_scale=16,
        color=colour,
        shrinkB=5,
        shrinkA=3,
    )
    figure.add_artist(arrow)
    figure.text(*place, words, color="black", va="center")


@styled
def training(planes: Mapping[int, LatentPlane], terms: Mapping[str, Sequence[float]]) -> Figure:
    """Page of the training, where it cannot be watched: the latent plane by steps, and below it the terms by step."""
    figure = plt.figure(figsize=(WIDTH, 4.4), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2.6, 1.8))
    axes = upper.subplots(1, len(planes), sharey=True)
    for axis, (steps, plane) in zip(axes, planes.items(), strict=True):
        drawn = largest_weights(axis, plane, lowest=0)
        axis.set_title(f"{steps:,} steps")
        axis.label_outer()
    upper.colorbar(drawn, ax=axes, shrink=0.6, label="largest weight at z")
    for axis, (term, values) in zip(lower.subplots(1, len(terms)), terms.items(), strict=True):
        axis.semilogx(range(1, len(values) + 1), values, color=UNSEEN)
        axis.set(xlabel="step", ylabel=f"{term}, nats per image", ylim=(0, None))
    return figure
