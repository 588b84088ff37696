"""The figures of this paper's pages. Colours: the first stage and what belongs to it, the second, the baselines."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vaelib.pages.style import BY_DEPTH, MODEL, OTHER, THEOREM, WIDTH, show_image, styled
from vaelib.two_stage.checks import slope
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.protocol import NAMES
from vaelib.two_stage.stage import STEPS
from vaelib.two_stage.tables import of_seeds

COLOURS = {"cross_entropy": THEOREM, "fixed": BY_DEPTH[2], "learned": MODEL, "second": OTHER}
CODES = {"z": MODEL, "u": OTHER}  # of the first stage, of the second
BY_SEED = 0.5  # opacity of single seeds
ROWS = 6  # pictures in a row
TICKS = (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100)


@styled
def variance(seeds: Sequence[Mapping[str, Measured]]) -> Figure:
    """Figure 1: log γ over training with the error's logarithm; test images through γ = 1 and through learned γ."""
    figure, axes = plt.subplot_mosaic(
        [["curve", *(f"{which}{n}" for n in range(ROWS))] for which in ("inputs", "fixed", "learned")],
        figsize=(WIDTH, 2.9), layout="constrained", width_ratios=[4, *[1] * ROWS],
    )  # fmt: skip
    for found in seeds:
        epochs = np.arange(1, 1 + len(found["learned"]["mse"]))
        for model in ("fixed", "learned"):
            errors = np.log(found[model]["mse"])
            axes["curve"].plot(epochs, errors, "--", color=COLOURS[model], alpha=BY_SEED)
        axes["curve"].plot(epochs, found["learned"]["log_gamma"], color=COLOURS["learned"], alpha=BY_SEED)
    axes["curve"].plot([], [], color=COLOURS["learned"], label="log γ, learned")
    for model in ("fixed", "learned"):
        axes["curve"].plot([], [], "--", color=COLOURS[model], label=f"log MSE, {getattr(NAMES, model)}")
    axes["curve"].set(xlabel="epoch", ylabel="nats")
    axes["curve"].legend(fontsize=8)
    for which, title in (("inputs", "x"), ("fixed", NAMES.fixed), ("learned", NAMES.learned)):
        pictures = seeds[0]["learned" if which == "inputs" else which].pictures
        for n, image in enumerate(pictures["inputs" if which == "inputs" else "outputs"][:ROWS]):
            show_image(axes[f"{which}{n}"], image)
        axes[f"{which}0"].set_title(title, loc="left", fontsize=8)
    return figure


@styled
def directions(seeds: Sequence[Measured]) -> Figure:
    """Figure 2: the output's variance under noise in one dimension, against λ_j; one image moved along two of them."""
    figure, axes = plt.subplot_mosaic(
        [["scatter", *(f"{which}{n}" for n in range(len(STEPS)))] for which in ("least", "most")],
        figsize=(WIDTH, 2.4), layout="constrained", width_ratios=[3, *[1] * len(STEPS)],
    )  # fmt: skip
    for found in seeds:
        axes["scatter"].plot(found["variances"], found["responses"], "o", color=MODEL, markersize=3.5, alpha=BY_SEED)
    axes["scatter"].set(xlabel="λ", ylabel="variance of the output", xscale="log", yscale="log")
    for which, title in (("least", "along the least λ"), ("most", "along the greatest λ")):
        for n, image in enumerate(seeds[0].pictures[f"along_{which}"]):
            show_image(axes[f"{which}{n}"], image)
        axes[f"{which}0"].set_title(title, loc="left", fontsize=8)
    return figure


@styled
def spectra(found: Mapping[str, Sequence[Measured]]) -> Figure:
    """Figure 3: singular values of z and of u, by data set; the prior's are all 1."""
    figure, panels = plt.subplots(1, len(found), figsize=(WIDTH, 2.8), layout="constrained", sharey=True, squeeze=False)
    for axis, (name, seeds) in zip(panels[0], found.items(), strict=True):
        axis.axhline(1, color=THEOREM, linewidth=1)
        for code, colour in CODES.items():
            for one in seeds:
                values = one[code]["singular_values"]
                axis.plot(range(1, 1 + len(values)), values, color=colour, alpha=BY_SEED)
            axis.plot([], [], color=colour, label=code)
        axis.set_title(name, loc="left", fontsize=9)
        axis.set(xlabel="number of the singular value")
    panels[0][0].set(ylabel="singular value / √n")
    panels[0][0].legend(fontsize=8)
    return figure


@styled
def mismatch(found: Mapping[str, Sequence[Measured]]) -> Figure:
    """Figure 4: MMD² of z and u from the prior beside the null's 95 % quantile, and a classifier's accuracy."""
    kernels = list(next(iter(found.values()))[0]["z"]["mmd"])
    figure, panels = plt.subplots(1, len(kernels) + 1, figsize=(WIDTH, 2.8), layout="constrained")
    places = [(name, code) for name in found for code in CODES]
    for axis, kernel in zip(panels, kernels, strict=False):
        for place, (name, code) in enumerate(places):
            values = [1e3 * max(one[code]["mmd"][kernel], 1e-6) for one in found[name]]
            null = 1e3 * max(one[code]["null"][kernel] for one in found[name])
            axis.plot([place] * len(values), values, "o", color=CODES[code], alpha=BY_SEED)
            axis.plot(place, null, "_", color=THEOREM, markersize=16)
        axis.set_yscale("log")
        low, high = axis.get_ylim()
        shown = [tick for tick in TICKS if low < tick < high]
        axis.set_yticks(shown, map(str, shown))
        axis.set_yticks([], minor=True)
        axis.set_title(f"10³ MMD², {kernel}", loc="left", fontsize=9)
    for place, (name, code) in enumerate(places):
        for which, mark in (("perceptron", "o"), ("logistic", "s")):
            values = [one[code]["accuracy"][which] for one in found[name]]
            panels[-1].plot([place] * len(values), values, mark, color=CODES[code], alpha=BY_SEED)
    panels[-1].axhline(0.5, color=THEOREM, linewidth=1)
    panels[-1].set_title("classifier's accuracy", loc="left", fontsize=9)
    for axis in panels:
        axis.set_xticks(range(len(places)), [code for _, code in places])
        axis.set_xticks([0.5 + 2 * place for place in range(len(found))], [f"\n{name}" for name in found], minor=True)
        axis.tick_params(axis="x", which="minor", length=0)
    return figure


@styled
def by_dimension(seeds: Sequence[Mapping[str, Mapping[int, Measured]]]) -> Figure:
    """Figure 5: reconstruction on the left, what is drawn on the right, against dim z."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 2.8), layout="constrained")
    for found in seeds:
        sizes = sorted(found["stage"])
        left.plot(sizes, [found["stage"][k]["end_mse"] for k in sizes], "o-", color=MODEL, alpha=BY_SEED)
        for which, colour in (("first", COLOURS["learned"]), ("second", COLOURS["second"])):
            distances = [found[which][k]["frechet"]["convolutions"] for k in sizes]
            right.plot(sizes, distances, "o-", color=colour, alpha=BY_SEED)
    for which, colour in ((NAMES.learned, COLOURS["learned"]), (NAMES.second, COLOURS["second"])):
        right.plot([], [], "o-", color=colour, label=which)
    left.set_title("reconstruction, MSE per pixel", loc="left", fontsize=9)
    right.set_title("drawn images, Fréchet distance", loc="left", fontsize=9)
    for axis in (left, right):
        axis.set(xlabel="dim z", xscale="log", ylim=(0, None))
        axis.set_xticks(sizes, map(str, sizes))
        axis.set_xticks([], minor=True)
    right.legend(fontsize=8)
    return figure


@styled
def drawn(models: Mapping[str, Measured]) -> Figure:
    """The table's picture: what each model draws, and below each image the training image most like it."""
    count = len(next(iter(models.values())).pictures["outputs"])
    figure, rows = plt.subplots(2 * len(models), count, figsize=(WIDTH, 1.25 * len(models)), layout="constrained")
    for number, (model, found) in enumerate(models.items()):
        for which, row in zip(("outputs", "nearest"), rows[2 * number : 2 * number + 2], strict=True):
            for axis, image in zip(row, found.pictures[which], strict=True):
                show_image(axis, image)
        rows[2 * number][0].set_title(getattr(NAMES, model), loc="left", fontsize=8)
    return figure


@styled
def on_manifolds(seeds: Sequence[Mapping[str, Mapping[int, object]]]) -> Figure:
    """λ_j of VAEs on manifolds on the left; on the right twice the rate against −log γ, with lines of slope r."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3), layout="constrained")
    for colour, r in zip(BY_DEPTH, seeds[0]["learned"], strict=False):
        for found in seeds:
            variances = sorted(found["learned"][r]["variances"])
            left.plot(range(1, 1 + len(variances)), variances, "o-", color=colour, markersize=4, alpha=BY_SEED)
            given = found["given"][r]
            minus_logs = [-one["log_gamma"][-1] for one in given]
            right.plot(minus_logs, [2 * one["rate"] for one in given], "o", color=colour, markersize=4, alpha=BY_SEED)
        mean = np.mean([[2 * one["rate"] for one in found["given"][r]] for found in seeds])
        line = mean + r * (np.array(minus_logs) - np.mean(minus_logs))
        slopes = np.mean([slope(found["given"][r]) for found in seeds])
        right.plot(minus_logs, line, color=colour, linewidth=1, label=f"r = {r}; slope {slopes:.2f}")
    left.set(xlabel="dimension, by λ", ylabel="λ", yscale="log")
    right.set(xlabel="−log γ", ylabel="twice the rate, nats")
    right.legend(fontsize=8)
    return figure


@styled
def copies(found: Mapping[str, Mapping[str, Sequence[Measured]]]) -> Figure:
    """The link: data-copying, angle to the nearest training image and coverage of what each model draws, by seed."""
    figure, panels = plt.subplots(1, 3, figsize=(WIDTH, 3), layout="constrained")
    places = [(dataset, model) for dataset, models in found.items() for model in models]
    measures = {
        "copying, standard deviations": lambda one: one["copying"],
        "angle to the nearest, degrees": lambda one: one["angle"][1],
        "coverage": lambda one: one["coverage"],
    }
    for axis, (title, measure) in zip(panels, measures.items(), strict=True):
        for place, (dataset, model) in enumerate(places):
            values = of_seeds(found[dataset][model], measure)
            axis.plot(values, [place] * len(values), "o", color=COLOURS[model], alpha=BY_SEED)
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_yticks(range(len(places)), [])
        axis.invert_yaxis()
    panels[0].axvline(0, color=THEOREM, linewidth=1)
    panels[0].set_yticks(
        range(len(places)), [f"{dataset}, {getattr(NAMES, model)}" for dataset, model in places], fontsize=7
    )
    return figure


@styled
def withheld(models: Mapping[str, Measured]) -> Figure:
    """Images of a digit that was never seen, and below them what each model makes of them, and its weighted average."""
    inputs = next(iter(models.values())).pictures["inputs"]
    rows = [("x", inputs)]
    for model, found in models.items():
        rows.append((f"x̂, {getattr(NAMES, model)}", found.pictures["outputs"]))
        rows.append((f"μ(z), {getattr(NAMES, model)}", found.pictures["averages"]))
    figure, panels = plt.subplots(
        len(rows), len(inputs), figsize=(WIDTH, 0.72 * len(rows)), layout="constrained", squeeze=False
    )
    for (title, images), row in zip(rows, panels, strict=True):
        for axis, image in zip(row, images, strict=True):
            show_image(axis, image)
        row[0].set_title(title, loc="left", fontsize=8)
    return figure
