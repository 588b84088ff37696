"""The closed forms live: a slider for each model's parameter, and the two parts of its objective as bars.

With ``live`` a picture under a slider that draws it anew (ipywidgets, in JupyterLab); without it the one figure that
papermill, nbval and the book's pages can keep.
"""

from collections.abc import Callable

import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, VBox, interactive_output
from matplotlib.figure import Figure

from vaelib.likelihood_first import closed_forms
from vaelib.likelihood_first.closed_forms import Parts
from vaelib.likelihood_first.figures_closed import ELBO, GAP, LIKELIHOOD
from vaelib.pages.style import COLUMN, THEOREM, styled

NAMES = ("−log p", "gap", "−ELBO", "I(x; z)")
COLOURS = (LIKELIHOOD, GAP, ELBO, THEOREM)


@styled
def bars(parts: Parts, title: str) -> Figure:
    """The two parts of the objective, their sum, and what the code says, in nats."""
    figure, axis = plt.subplots(figsize=(COLUMN, 2), layout="constrained")
    values = (-parts.log_likelihood, parts.gap, -parts.elbo, parts.information)
    axis.barh(NAMES, values, color=COLOURS)
    for name, value in zip(NAMES, values, strict=True):
        axis.annotate(f" {value:.3f}", (value, name), va="center", fontsize=9)
    axis.invert_yaxis()
    axis.set(xlim=(0, 4.5), xlabel="nats")
    axis.set_title(title, loc="left", fontsize=9)
    return figure


def _moving(of: Callable[[float], Parts], name: str, value: float, low: float, high: float, step: float, live: bool):
    if not live:
        return bars(of(value), f"{name} = {value:g}")
    from IPython.display import display  # there in every notebook, and not with the library alone

    slider = FloatSlider(value, min=low, max=high, step=step, description=name, continuous_update=False)
    return VBox([slider, interactive_output(lambda at: display(bars(of(at), f"{name} = {at:g}")), {"at": slider})])


def collapsing(w: float, live: bool = False) -> Figure | VBox:
    """(a): w moves what the code says, and neither part."""
    return _moving(closed_forms.collapsing, "w", w, 0, 0.99, 0.01, live)


def rotated(degrees: float, live: bool = False) -> Figure | VBox:
    """(b): a rotation moves the gap alone."""
    return _moving(closed_forms.rotated, "degrees", degrees, 0, 90, 1, live)


def correlated(a: float, c: float, live: bool = False) -> Figure | VBox:
    """(c): a moves both parts against each other."""
    return _moving(lambda at: closed_forms.correlated(at, c), "a", a, 0.4, 1.2, 0.01, live)


def folded(variance: float, live: bool = False) -> Figure | VBox:
    """(d): the folded curve at a noise s²; each move takes some seconds."""
    return _moving(lambda at: closed_forms.folded(True, at), "s²", variance, 0.003, 1, 0.001, live)
