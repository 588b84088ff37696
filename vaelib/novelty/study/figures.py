"""The figures of the study's pages."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vaelib.novelty.statistics import by_depth
from vaelib.novelty.study import halves, search
from vaelib.novelty.study.code import AWAY, NEARER, RECOGNISED, is_paid_for
from vaelib.novelty.study.measured import Measures, by_model
from vaelib.pages.style import SEEN, UNSEEN, WIDTH, of_depth, styled

PANELS = (RECOGNISED, NEARER, AWAY)
MARKS = {"": "o", "fewer": "s", "weaker": "^", "later": "v", "free": "D"}  # latent dimensions, rate, how it is taken
TICKS = [2, 3, 4, 6, 8, 12, 16, 24, 50]


@styled
def by_code(found: Sequence[Measures], by: str = "by_variance") -> Figure:
    """Pages Depth or code, Twenty architectures: three measures of every model against its active dimensions.

    Dimensions are counted by variance, or ``by_rate`` (``vaelib.information``); the colour is depth.
    Squares have fewer latent dimensions than the protocol's fifty, triangles a weaker rate, or one that comes in slowly
    (pointing down), diamonds free bits. Lines are means over models of one depth with as many active dimensions, but
    for the diamonds.
    """
    figure, panels = plt.subplots(1, 3, figsize=(WIDTH, 3.4), layout="constrained")
    for axis, name in zip(panels, PANELS, strict=True):
        _against_code(axis, found, name, by)
        axis.set_title(name.removeprefix("share ") + ", nats" * ("KL(" in name), loc="left", fontsize=9)
    _name_depths(panels[0], found)
    return figure


@styled
def by_code_and_digit(found: Sequence[Measures], longer: Sequence[Measures] = ()) -> Figure:
    """Page Other digits: the share recognised against the active dimensions, a panel for each withheld digit.

    Some of the models were trained ``longer``, too: rings, to which arrows lead from the means of the same models.
    """
    digits = sorted({one.digit for one in found})
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    figure, panels = plt.subplots(1, len(digits), figsize=(WIDTH, 3.0), layout="constrained", **shared)
    for axis, digit in zip(panels[0], digits, strict=True):
        _against_code(axis, [one for one in found if one.digit == digit], RECOGNISED)
        _lead_to(axis, [one for one in longer if one.digit == digit], found)
        axis.set_title(f"{digit} withheld, and shown", loc="left", fontsize=9)
        axis.set_xlabel("active dimensions")
    panels[0][0].set_ylabel("recognised")
    panels[0][0].set_xticks([4, 8, 16, 32], ["4", "8", "16", "32"])
    _name_depths_above(figure, panels[0][0], found)
    return figure


def _against_code(axis: Axes, found: Sequence[Measures], name: str, by: str = "by_variance") -> None:
    """One measure of every model against its active dimensions, coloured by depth, marked by what was changed."""
    for depth, models in by_depth(found).items():
        colour, codes = of_depth(depth), np.array([max(1, e.active[by]) for e in models])
        values = np.array([e[name] for e in models])
        paid = np.array([is_paid_for(e) for e in models])
        means = [(code, values[paid & (codes == code)].mean()) for code in np.unique(codes[paid])]
        axis.plot(*zip(*means, strict=True), "-", color=colour, linewidth=1, alpha=0.6)
        for changed, mark in MARKS.items():
            here = np.array([_changed(e) == changed for e in models])
            axis.plot(codes[here], values[here], mark, color=colour, markersize=4.5, alpha=0.7, markeredgewidth=0)
    axis.set(xscale="log", xlabel="active dimensions" + (", by their rate" if by == "by_rate" else " of the code"))
    counts = [max(1, one.active[by]) for one in found]
    ticks = [tick for tick in TICKS if min(counts) <= tick <= max(counts)]
    axis.set_xticks(ticks, map(str, ticks))
    axis.set_xticks([], minor=True)
    if name.startswith("share"):
        axis.set_ylim(0, 1.02)


def _lead_to(axis: Axes, longer: Sequence[Measures], found: Sequence[Measures]) -> None:
    """Models that were trained longer as rings, and arrows to their means from those of the others."""
    for seeds in by_model(longer):
        shorter = [one for one in found if _is_the_same_but_for_its_length(one, seeds[0])]
        before, after = (np.array([(m.active["by_variance"], m[RECOGNISED]) for m in of]) for of in (shorter, seeds))
        colour = of_depth(seeds[0].experiment.depth)
        axis.plot(*after.T, "o", color=colour, markerfacecolor="none", markersize=7, markeredgewidth=1.2)
        axis.annotate("", after.mean(axis=0), before.mean(axis=0), arrowprops={"arrowstyle": "->", "color": colour})


def _is_the_same_but_for_its_length(one: Measures, other: Measures) -> bool:
    a, b = ((m.digit, m.experiment.hidden, m.experiment.latent_dim, m.experiment.beta) for m in (one, other))
    return a == b


def _name_depths(axis: Axes, found: Sequence[Measures]) -> None:
    axis.legend(*_depths_by_name(axis, found), loc="lower right", fontsize=8)


def _name_depths_above(figure: Figure, axis: Axes, found: Sequence[Measures]) -> None:
    figure.legend(*_depths_by_name(axis, found), loc="outside upper center", ncols=4, fontsize=8)


def _depths_by_name(axis: Axes, found: Sequence[Measures]) -> tuple[list, list[str]]:
    """A mark of each depth's colour, and its name."""
    marks = [axis.plot([], [], "o", color=of_depth(depth))[0] for depth in by_depth(found)]
    return marks, [f"{depth} hidden layer{'s' * (depth != 1)}" for depth in by_depth(found)]


def _changed(shown: Measures) -> str:
    experiment = shown.experiment
    if experiment.latent_dim < 50:
        return "fewer"
    if getattr(experiment, "warm_up", 0):
        return "later"
    if getattr(experiment, "free_bits", 0):
        return "free"
    return "weaker" if experiment.beta < 1 else ""


@styled
def by_search(found: Sequence[search.Found], withheld: int) -> Figure:
    """Page Could the decoder draw it: KL(x ‖ x̂) at the encoder's code and at the decoder's own, on seen digits too."""
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 3.3), layout="constrained", sharey=True)
    for (depth, digit), of_seeds in search.pairs(found).items():
        axis = panels[0 if digit == withheld else 1]
        for which, colour, of_one in zip(("with", "without"), (SEEN, UNSEEN), zip(*of_seeds, strict=True), strict=True):
            lines = np.array([[one.kl(origin) for origin in search.ORIGINS] for one in of_one])
            style = "--" if depth == 1 else "-"
            label = f"{depth} layer{'s' * (depth != 1)}, trained {which} {withheld}" if digit == withheld else None
            axis.plot(lines.mean(0), style, color=colour, marker="o", markersize=4, label=label)
            axis.plot(lines.T, "_", color=colour, markersize=9, alpha=0.6)
    panels[0].set_title(f"test images of {withheld}", loc="left", fontsize=9)
    panels[1].set_title("test images of digits that all models saw", loc="left", fontsize=9)
    panels[0].set(ylabel="mean KL(x ‖ x̂), nats", ylim=(0, None))
    names = ["encoder's" if origin == search.ENCODER else f"λ = {origin}" for origin in search.ORIGINS]
    for axis in panels:
        axis.set_xticks(range(len(names)), names)
        axis.set_xlabel("code")
    panels[0].legend(fontsize=8)
    return figure


@styled
def by_half(found: Sequence[Measures]) -> Figure:
    """Page Which half: what each decoder answers on each frozen encoder; a line an encoder, a mark a seed."""
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 3.5), layout="constrained")
    decoders = sorted({_half(one, 1) for one in found}, key=lambda half: half[::-1])  # those that saw it first
    for axis, measure in zip(panels, (RECOGNISED, AWAY), strict=True):
        for encoder in sorted({_half(one, 0) for one in found}):
            depth, blind = encoder
            of_encoder = [one for one in found if _half(one, 0) == encoder]
            values = np.array([[one[measure] for one in of_encoder if _half(one, 1) == which] for which in decoders])
            colour, style = UNSEEN if blind else SEEN, "--" if depth == 1 else "-"
            axis.plot(values.mean(1), style, color=colour, marker="o", markersize=4, label=_in_words(depth, blind))
            axis.plot(values, "_", color=colour, markersize=9, alpha=0.6)
        axis.set_title(measure.removeprefix("share ") + ", nats" * ("KL(" in measure), loc="left", fontsize=9)
        axis.set_xticks(range(len(decoders)), [_in_words(*decoder).replace(", ", ",\n") for decoder in decoders])
        axis.set_xlabel("decoder, trained anew")
        axis.set_ylim(0, 1.02 if measure.startswith("share") else None)
    panels[0].legend(title="encoder, frozen", fontsize=8, title_fontsize=8, ncols=2, loc="lower center")
    return figure


def _half(one: Measures, which: int) -> tuple[int, bool]:
    """A half's hidden layers, and whether it never saw the digit; the encoder is the first, the decoder the second."""
    return halves.depths(one)[which], not halves.knows(one)[which]


def _in_words(depth: int, blind: bool) -> str:
    return f"{depth} layer{'s' * (depth != 1)}, {'never saw' if blind else 'saw'} it"


@styled
def by_digit(found: Sequence[Measures]) -> Figure:
    """Page Habits: what both depths answer to each digit that they never saw; a mark a seed, a dot their mean."""
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 3.0), layout="constrained")
    digits = sorted({one.digit for one in found})
    for axis, measure in zip(panels, (RECOGNISED, NEARER), strict=True):
        for depth, models in by_depth(found).items():
            values = np.array([[one[measure] for one in models if one.digit == digit] for digit in digits])
            axis.plot(values.mean(1), "o", color=of_depth(depth), markersize=4)
            axis.plot(values, "_", color=of_depth(depth), markersize=9, alpha=0.6)
        axis.set_title(measure.removeprefix("share "), loc="left", fontsize=9)
        axis.set_xticks(range(len(digits)), digits)
        axis.set(xlabel="digit, withheld and shown", ylim=(0, 1.02))
    _name_depths_above(figure, panels[0], found)
    return figure
