"""The figures of the closed forms: likelihood, gap and ELBO, in nats, as one parameter of a model moves."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vaelib.likelihood_first import closed_forms
from vaelib.likelihood_first.closed_forms import Parts
from vaelib.pages.style import COLUMN, MODEL, OTHER, THEOREM, WIDTH, styled

LIKELIHOOD, GAP, ELBO = MODEL, OTHER, "black"
COLLAPSING = tuple(np.round(np.linspace(0, 0.99, 100), 2).tolist())  # w
ANGLES = tuple(range(0, 91, 1))  # degrees
SCALES = tuple(np.round(np.linspace(0.4, 1.2, 81), 2).tolist())  # a
CORRELATIONS = (0.0, 0.5, 0.8, 0.95)  # c


def _lines(axis: Axes, at: Sequence[float], of: Callable[[float], Parts]) -> list[Parts]:
    parts = [of(one) for one in at]
    axis.plot(at, [one.log_likelihood for one in parts], color=LIKELIHOOD, label="log-likelihood")
    axis.plot(at, [one.elbo for one in parts], "--", color=ELBO, label="ELBO, at its best q")
    axis.fill_between(
        at, [one.elbo for one in parts], [one.log_likelihood for one in parts],
        color=GAP, alpha=0.25, linewidth=0, label="gap",
    )  # fmt: skip
    return parts


@styled
def collapsing(w: Sequence[float] = COLLAPSING) -> Figure:
    """(a) Likelihood and ELBO are level in w, while what the code says of x goes from nothing to everything."""
    figure, axis = plt.subplots(figsize=(COLUMN, 3), layout="constrained")
    parts = _lines(axis, w, closed_forms.collapsing)
    axis.plot(w, [one.information for one in parts], color=THEOREM, label="information I(x; z)")
    axis.set(xlabel="w", ylabel="nats")
    axis.legend()
    return figure


@styled
def rotated(degrees: Sequence[float] = ANGLES) -> Figure:
    """(b) The likelihood is level in the rotation, the gap is not."""
    figure, axis = plt.subplots(figsize=(COLUMN, 3), layout="constrained")
    _lines(axis, degrees, closed_forms.rotated)
    axis.set(xlabel="rotation of the latent space, degrees", ylabel="nats", xticks=range(0, 91, 15))
    axis.legend()
    return figure


@styled
def correlated(correlations: Sequence[float] = CORRELATIONS, scales: Sequence[float] = SCALES) -> Figure:
    """(c) One panel for each c: the likelihood is highest at a = 1, the ELBO where its dot is."""
    figure, panels = plt.subplots(1, len(correlations), figsize=(WIDTH, 2.8), layout="constrained", squeeze=False)
    for axis, c in zip(panels[0], correlations, strict=True):
        _lines(axis, scales, lambda a, c=c: closed_forms.correlated(a, c))
        best = closed_forms.best_scale(c)
        for a, colour in ((1.0, LIKELIHOOD), (best, ELBO)):
            found = closed_forms.correlated(a, c)
            axis.plot(a, found.log_likelihood if a == 1.0 else found.elbo, "o", color=colour, markersize=5)
        axis.axvline(1.0, color=LIKELIHOOD, linewidth=0.7, linestyle=":")
        axis.set(xlabel="a", ylim=(-4.2, -2.2))
        axis.set_title(f"c = {c:g}", loc="left", fontsize=9)
    panels[0, 0].set_ylabel("nats")
    panels[0, 0].legend(fontsize=7, loc="lower right")
    return figure


@styled
def folded(found: Mapping[float, tuple[Parts, Parts]]) -> Figure:
    """(d) Folded and rising curve: one log-likelihood, two gaps, against the noise."""
    variances = list(found)
    figure, (levels, gaps) = plt.subplots(1, 2, figsize=(WIDTH, 3), layout="constrained")
    names = (("-", "|z|"), ("--", "g(z), which rises"))
    for (style, name), parts in zip(names, zip(*found.values(), strict=True), strict=True):
        levels.plot(variances, [one.log_likelihood for one in parts], style, color=LIKELIHOOD, label=f"log p, {name}")
        levels.plot(variances, [one.elbo for one in parts], style, color=ELBO, label=f"ELBO, {name}")
        gaps.plot(variances, [one.gap for one in parts], style, color=GAP, label=name)
    gaps.axhline(np.log(2), color=THEOREM, linewidth=0.8, linestyle=":")
    gaps.annotate("log 2", (variances[-1], np.log(2)), ha="right", va="bottom", fontsize=8)
    gaps.set(xscale="log", xlabel="noise s²", ylabel="gap, nats", ylim=(0, None))
    levels.set(xscale="log", xlabel="noise s²", ylabel="nats")
    levels.legend(fontsize=8)
    gaps.legend(fontsize=8)
    return figure
