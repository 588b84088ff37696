"""The figures of the pages on trained models."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vaelib import toys
from vaelib.likelihood_first.digits import DigitsEnds
from vaelib.likelihood_first.drift import Drift
from vaelib.likelihood_first.figures_closed import ELBO, LIKELIHOOD
from vaelib.likelihood_first.pictures import Picture
from vaelib.pages.style import THEOREM, WIDTH, styled

COLUMNS = ("data", "ELBO", "likelihood first")
REACH = 4.0  # of z, that the aggregate posteriors are drawn over


@styled
def drift(found: dict[str, Sequence[Drift]]) -> Figure:
    """Changes of log p and ELBO from the start on, seed by seed; one panel for each family."""
    figure, panels = plt.subplots(1, len(found), figsize=(WIDTH, 3), layout="constrained", squeeze=False)
    for axis, (name, of_seeds) in zip(panels[0], found.items(), strict=True):
        for number, one in enumerate(of_seeds):
            for values, colour, what in ((one.log_likelihood, LIKELIHOOD, "log p"), (one.elbo, ELBO, "ELBO")):
                change = np.array(values) - values[0]
                axis.plot(one.epochs, change, color=colour, linewidth=1, label=what if number == 0 else None)
        axis.axhline(0, color=THEOREM, linewidth=0.7)
        axis.set(xlabel="epochs of joint training")
        axis.set_title(name, loc="left", fontsize=9)
    panels[0, 0].set_ylabel("change since the start, nats")
    panels[0, 0].legend()
    return figure


@styled
def densities(found: dict[str, Sequence[Picture]]) -> Figure:
    """A row a family: density of the data, of the ELBO's model and of likelihood first; at the right q(z) of each."""
    figure, panels = plt.subplots(
        len(found), 4, figsize=(WIDTH, 1.95 * len(found)), layout="constrained", squeeze=False
    )
    for row, (name, pictures) in zip(panels, found.items(), strict=True):
        reach = toys.FAMILIES[name].reach
        highest = np.quantile(pictures[0].density.float().numpy(), 0.995)
        for axis, picture in zip(row, pictures, strict=False):
            axis.imshow(picture.density.float().T, origin="lower", extent=2 * (-reach, reach), vmin=0, vmax=highest,
                        cmap="Blues")  # fmt: skip
            axis.set(xticks=[], yticks=[])
        row[0].set_ylabel(name)
        line = row[3]
        for picture, colour, what in zip(pictures[1:], (ELBO, LIKELIHOOD), COLUMNS[1:], strict=True):
            z = np.linspace(-REACH, REACH, len(picture.aggregate))
            line.plot(z, picture.aggregate.float(), color=colour, linewidth=1, label=what)
        line.plot(z, np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), "--", color=THEOREM, linewidth=1, label="prior")
        line.set(yticks=[], ylim=(0, 1.0))
    for axis, what in zip(panels[0], COLUMNS, strict=False):
        axis.set_title(what, loc="left", fontsize=9)
    panels[0, 3].set_title("q(z) and prior", loc="left", fontsize=9)
    panels[0, 3].legend(fontsize=7)
    panels[-1, 3].set_xlabel("z")
    return figure


@styled
def digits(found: Sequence[tuple[DigitsEnds, DigitsEnds]]) -> Figure:
    """Three measures of both methods, a line a seed."""
    names = {
        "log p of test images, nats": lambda one: one.test,
        "log p, training less test": lambda one: one.memorised,
        "distance from Theorem 1's decoder": lambda one: one.from_best,
    }
    figure, panels = plt.subplots(1, 3, figsize=(WIDTH, 3), layout="constrained")
    for axis, (name, of) in zip(panels, names.items(), strict=True):
        for both in found:
            axis.plot((0, 1), [of(one) for one in both], "-o", color=THEOREM, markersize=4, linewidth=1)
        axis.set_xticks((0, 1), COLUMNS[1:])
        axis.set_xlim(-0.3, 1.3)
        axis.set_title(name, loc="left", fontsize=9)
    return figure
