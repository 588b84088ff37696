"""The one style of all figures: how they are drawn, their colours and their width."""

import functools
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from vaelib.data import SIDE

STYLE = Path(__file__).with_name("vaelib.mplstyle")
# One grammar of colour through the book, distinct to colour-blind eyes: what a model was trained on, or how deep it is
SEEN, UNSEEN = "#D55E00", "#0072B2"  # trained with the digit, and without it
SEEN_LETTERS = "#A64800"  # the first, dark enough to be read
BY_DEPTH = ("#000000", "#009E73", "#E69F00", "#CC79A7")  # no hidden layer to three
THEOREM = "0.45"  # what Theorem 1 says: its average, the best decoder
INPUT, AVERAGE = "#1B7F4B", "#8E4B9E"  # nearer to the input, nearer to the average: the ends of a map of shares
MODEL, OTHER = UNSEEN, SEEN  # where nothing is withheld: a model, and what it is held against
SMALLEST = 7  # points, of any letter in a figure
WIDTH = 7.6  # inches, a little more than the book's column
COLUMN = 5.2  # inches, as many points as the book's column, so that letters keep their size


def of_depth(depth: int) -> str:
    """The colour of models with so many hidden layers."""
    return BY_DEPTH[depth % len(BY_DEPTH)]


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw with the style; the figure is no longer pyplot's, so that a notebook shows it once."""

    @functools.wraps(draw)
    def in_style(*arguments, **options) -> Figure:
        with plt.style.context(STYLE):
            figure = draw(*arguments, **options)
            plt.close(figure)
            _keep_as_vectors(figure)
            return figure

    return in_style


def _keep_as_vectors(figure: Figure) -> None:
    """Write the figure as SVG, too, where a build asks for it: into ``$VAELIB_FIGURES``, numbered as they are drawn."""
    if folder := os.environ.get("VAELIB_FIGURES"):
        number = len(list(Path(folder).glob("*.svg"))) + 1
        copy = pickle.loads(pickle.dumps(figure))  # saving lays a figure out anew, and would move the one that is shown
        copy.savefig(Path(folder) / f"{number:02d}.svg", metadata={"Date": None})


def show_image(axis: Axes, image: Tensor) -> None:
    """A picture of 28 × 28 pixels without a frame."""
    axis.imshow(np.asarray(image).reshape(SIDE, SIDE), vmin=0, vmax=1)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)
