"""The figures of this paper's pages."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from vaelib import data
from vaelib.criteria import tabular
from vaelib.criteria.checks import bought_by_code
from vaelib.criteria.measured import Measures
from vaelib.criteria.protocol import SEQUENTIAL
from vaelib.pages.style import MODEL, OTHER, THEOREM, WIDTH, show_image, styled

COLUMNS = 8  # pictures side by side


@styled
def on_tables(channels: Sequence[float] = tabular.CHANNELS) -> Figure:
    """Page The family: the criteria at their best decoder against the information of the code."""
    found = [tabular.channel(own) for own in channels]
    information = [tables.information for tables in found]
    figure, axis = plt.subplots(figsize=(WIDTH, 3.0), layout="constrained")
    for name, colour, mark, value in (
        ("unregularised", MODEL, "s", lambda tables: tables.value(beta=0)),
        ("β = 0.5", THEOREM, "^", lambda tables: tables.value(beta=0.5)),
        ("ELBO", OTHER, "o", lambda tables: tables.value()),
    ):
        axis.plot(information, [value(tables) for tables in found], marker=mark, color=colour, label=name)
    axis.set(xlabel="$I_q$, nats", ylabel="value at the best decoder, nats")
    axis.legend()
    return figure


@styled
def floors(found: Mapping[str, Measures]) -> Figure:
    """Page The family: each member's decoder and the best one for its encoder."""
    figure, axis = plt.subplots(figsize=(WIDTH, 2.2), layout="constrained")
    for row, one in enumerate(found.values()):
        axis.plot([one["floor"], one["error"]], [row, row], "-", color=THEOREM, linewidth=1)
        axis.plot(one["floor"], row, "D", color=THEOREM, label="μ(z)" if row == 0 else None)
        axis.plot(one["error"], row, "o", color=MODEL, label="trained decoder" if row == 0 else None)
    variance = next(iter(found.values()))["variance"]
    axis.axvline(variance, color="black", linestyle=":", linewidth=1, label="variance of the images")
    axis.set_yticks(range(len(found)), list(found))
    axis.set(xlabel=r"$E\,\|x - \hat x\|^2$", xlim=(-1, None), ylim=(len(found) - 0.5, -0.5))
    axis.legend(loc="center", fontsize=8)
    return figure


@styled
def overlap(found: Sequence[Measures]) -> Figure:
    """Page Blur: overlap, error and sharpness over the encoder's noise, and what is drawn of one image."""
    noises = [one.experiment.noise for one in found]
    figure = plt.figure(figsize=(WIDTH, 5.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(3, 2))
    left, right = above.subplots(1, 2)
    left.plot(noises, [one["floor"] for one in found], "D--", color=THEOREM, label="B(q), the floor")
    left.plot(noises, [one["error"] for one in found], "o-", color=MODEL, label="trained decoder")
    left.set(xlabel="noise σ of the encoder", ylabel=r"$E\,\|x - \hat x\|^2$", ylim=(0, None))
    left.legend(fontsize=8)
    floor = [one["floor"] for one in found]
    right.plot(floor, [one["average_sharpness"] for one in found], "D--", color=THEOREM, label="μ(z)")
    right.plot(floor, [one["sharpness"] for one in found], "o-", color=MODEL, label="x̂")
    right.axhline(found[0]["real_sharpness"], color=OTHER, linewidth=1, label="x")
    right.set(xlabel="B(q)", ylabel="sharpness", ylim=(0, None))
    right.legend(fontsize=8)
    panels = below.subplots(3, len(found), squeeze=False)
    for column, one in enumerate(found):
        for row, picture in enumerate(one.pictures["shown"][:, 0]):
            show_image(panels[row, column], picture / 255)
        panels[0, column].set_title(f"σ = {noises[column]:g}", fontsize=8)
    _name_rows(panels, ("x", "μ(z)", "x̂"))
    return figure


@styled
def drawn_by_members(found: Mapping[str, Measures]) -> Figure:
    """Page Information: images drawn from the prior by each member with a strong decoder."""
    rows = [(name, one.pictures["samples"][:COLUMNS]) for name, one in found.items()]
    return _grid(rows)


@styled
def worth(found: Mapping[int, tuple[Measures, Measures]]) -> Figure:
    """Page Information: what the ELBO's code says, and what it saves the decoder, by the images' side."""
    names = [f"{side} × {side}" for side in found]
    figure, axis = plt.subplots(figsize=(WIDTH, 2.8), layout="constrained")
    told = [elbo["mutual_information"] for elbo, _ in found.values()]
    axis.plot(names, told, "o-", color=MODEL, label="what the code says, $I_q$")
    saved = [bought_by_code(*pair) for pair in found.values()]
    axis.plot(names, saved, "D--", color=THEOREM, label="what it saves, of −log p(x)")
    ceiling = math.log(next(iter(found.values()))[0].experiment.first)
    axis.axhline(ceiling, color="black", linestyle=":", linewidth=1, label="log N")
    axis.set(xlabel="pixels of an image", ylabel="nats per image")
    axis.legend()
    return figure


@styled
def forming(found: Mapping[str, Measures], which: str) -> Figure:
    """Pages Sequential VAE and A digit that forms: pictures step by step, then those of the models beside it.

    ``which`` is ``drawn`` (test images, shown above) or ``samples`` (from the prior).
    """
    first = next(iter(found.values()))
    rows = [("x", shown_images(first))] if which == "drawn" else []
    for name, one in found.items():
        for number, pictures in enumerate(one.pictures[which], 1):
            rows.append((f"step {number}" if name == SEQUENTIAL else name, pictures))
    return _grid(rows)


@styled
def neighbours(one: Measures) -> Figure:
    """Page A digit that forms: the test images, and the top neighbour of the codes up to each step."""
    train = f"{one.experiment.dataset}/train"
    rows = [("x", shown_images(one))]
    for number, indices in enumerate(one.pictures["neighbours"], 1):
        rows.append((f"step {number}", 255 * data.images_at(train, indices.long())))
    return _grid(rows)


@styled
def by_step(found: Mapping[str, Measures]) -> Figure:
    """Page Sequential VAE: error and sharpness of samples after each step; the controls as lines across."""
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 3.1), layout="constrained")
    drawn = found[SEQUENTIAL]
    controls = [(name, one) for name, one in found.items() if name != SEQUENTIAL]
    numbers = range(1, len(drawn.steps) + 1)
    for axis, name in zip(panels, ("error", "sample_sharpness"), strict=True):
        axis.plot(numbers, [step[name] for step in drawn.steps], "o-", color=MODEL, label=SEQUENTIAL)
        for (control, one), style in zip(controls, ("--", ":"), strict=True):
            axis.axhline(one.steps[-1][name], color=THEOREM, linestyle=style, label=control)
        axis.set_xticks(numbers)
        axis.set_xlabel("step")
    panels[1].axhline(drawn["real_sharpness"], color=OTHER, linewidth=1, label="real images")
    for axis in panels:
        axis.set_ylim(0, None)
    panels[0].set_ylabel(r"$\|x - x_t\|^2$, test images")
    panels[1].set_ylabel("sharpness of samples")
    figure.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8)
    return figure


def shown_images(one: Measures) -> Tensor:
    """The test images whose drawings are kept, as grey values of 0 to 255."""
    part = f"{one.experiment.dataset}/{one.part}"
    return 255 * data.images_at(part, torch.arange(one.pictures["drawn"].shape[1]))


def _grid(rows: Sequence[tuple[str, Tensor]]) -> Figure:
    columns = len(rows[0][1])
    size = (WIDTH, 0.78 * WIDTH / columns * len(rows) + 0.1)
    figure, panels = plt.subplots(len(rows), columns, figsize=size, layout="constrained", squeeze=False)
    for row, (_, pictures) in enumerate(rows):
        for column, picture in enumerate(pictures):
            show_image(panels[row, column], picture / 255)
    _name_rows(panels, [name for name, _ in rows])
    return figure


def _name_rows(panels, names: Sequence[str]) -> None:
    for axis, name in zip(panels[:, 0], names, strict=True):
        axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
