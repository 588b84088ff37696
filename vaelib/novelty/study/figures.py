"""The figure of depth against code: what becomes of unseen digits, by how many dimensions a code uses."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vaelib.novelty.study.code import AWAY, NEARER, RECOGNISED
from vaelib.novelty.study.measured import Measures
from vaelib.pages.style import WIDTH, of_depth, styled

PANELS = (RECOGNISED, NEARER, AWAY)
MARKS = {"fewer": "s", "weaker": "^", "": "o"}  # latent dimensions, rate, neither


@styled
def by_code(found: Sequence[Measures]) -> Figure:
    """Page Depth or code: three measures of every model against its active dimensions, coloured by depth.

    Squares have fewer latent dimensions than the protocol's fifty, triangles a weaker rate; the lines are means over
    models of one depth with as many active dimensions.
    """
    figure, panels = plt.subplots(1, 3, figsize=(WIDTH, 3.4), layout="constrained")
    ticks = [2, 3, 4, 6, 8, 12, 16, 24]
    for axis, name in zip(panels, PANELS, strict=True):
        for depth, models in by_depth(found).items():
            colour, codes = of_depth(depth), np.array([e.active["by_variance"] for e in models])
            values = np.array([e[name] for e in models])
            means = [(code, values[codes == code].mean()) for code in np.unique(codes)]
            axis.plot(*zip(*means, strict=True), "-", color=colour, linewidth=1, alpha=0.6)
            for changed, mark in MARKS.items():
                here = np.array([_changed(e) == changed for e in models])
                axis.plot(codes[here], values[here], mark, color=colour, markersize=4.5, alpha=0.7, markeredgewidth=0)
        axis.set(xscale="log", xlabel="active dimensions of the code")
        axis.set_title(name.removeprefix("share ") + ", nats" * ("KL(" in name), loc="left", fontsize=9)
        axis.set_xticks(ticks, map(str, ticks))
        axis.set_xticks([], minor=True)
        if name.startswith("share"):
            axis.set_ylim(0, 1.02)
    for depth in by_depth(found):
        panels[0].plot([], [], "o", color=of_depth(depth), label=f"{depth} hidden layer{'s' * (depth != 1)}")
    panels[0].legend(loc="lower right", fontsize=8)
    return figure


def by_depth(found: Sequence[Measures]) -> dict[int, list[Measures]]:
    """The models with as many hidden layers, from the fewest on."""
    depths = sorted({one.experiment.depth for one in found})
    return {depth: [one for one in found if one.experiment.depth == depth] for depth in depths}


def _changed(shown: Measures) -> str:
    experiment = shown.experiment
    return "fewer" if experiment.latent_dim < 50 else "weaker" if experiment.beta < 1 else ""
