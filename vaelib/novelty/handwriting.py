"""A digit drawn by hand, made into an image like MNIST's.

MNIST's digits were scaled into a box of 20 × 20 pixels, their proportions kept, and put into 28 × 28 with the centre
of mass of their pixels in the middle. A drawing goes the same way, so that the models are asked what they know.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from vaelib.data import SIDE
from vaelib.errors import NothingAsked
from vaelib.objectives import check_pixels

BOX = 20  # pixels: the longer side of each of MNIST's digits
MIDDLE = 14  # position of the pixel, from 0, in which the centre of mass of each of MNIST's digits lies
FINE = 280  # pixels: the longer side of a rasterised drawing
PEN = 39  # pixels of these, 2.8 of the box's 20: as wide as the strokes of MNIST's ones
Strokes = Sequence[Sequence[Sequence[float]]]

# A nine, drawn for this book: a loop, then the stem
NINE = [
    [[0.70, 0.27], [0.62, 0.17], [0.48, 0.14], [0.35, 0.20], [0.29, 0.33], [0.33, 0.45], [0.46, 0.50], [0.60, 0.45],
     [0.69, 0.34], [0.71, 0.25]],
    [[0.71, 0.25], [0.70, 0.45], [0.66, 0.68], [0.60, 0.90]],
]  # fmt: skip


def ink(strokes: Strokes) -> Float[np.ndarray, "h w"]:
    """The strokes as grey values in [0, 1], their longer side filled, with a pen that is as wide as MNIST's.

    Parameters
    ----------
    strokes
        Lines through points (x, y), x to the right and y downwards, in any unit; a stroke of one point is a dot.

    Raises
    ------
    NothingAsked
        When there is no point.
    """
    lines = [np.array(stroke, dtype=float).reshape(-1, 2) for stroke in strokes]
    if not sum(map(len, lines)):
        raise NothingAsked("There is no stroke. Draw something.")
    lowest = np.min([line.min(0) for line in lines if len(line)], axis=0)
    size = np.max([line.max(0) for line in lines if len(line)], axis=0) - lowest
    scale = (FINE - PEN) / size.max() if size.any() else 0.0
    image = Image.new("L", tuple(round(side) + PEN for side in size * scale))
    pen = ImageDraw.Draw(image)
    for line in lines:
        points = [tuple(point) for point in (line - lowest) * scale + PEN / 2]
        pen.line(points, fill=255, width=PEN)
        for point in points:
            pen.circle(point, PEN / 2, fill=255)
    return np.asarray(image) / 255


def as_mnist(drawn: Float[np.ndarray, "h w"]) -> Float[Tensor, "784"]:
    """A drawing of any size, scaled into MNIST's box of 20 × 20 and put into 28 × 28 by its centre of mass.

    Parameters
    ----------
    drawn
        Grey values in [0, 1], 0 the ground and 1 the ink.

    Raises
    ------
    NothingAsked
        When there is no ink.
    ValueError
        When a value lies outside [0, 1].
    """
    check_pixels(torch.as_tensor(np.array(drawn)))
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if not len(rows):
        raise NothingAsked("There is no ink. Draw something.")
    digit = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    height, width = (max(1, round(BOX * side / max(digit.shape))) for side in digit.shape)
    digit = np.asarray(Image.fromarray(digit).resize((width, height), Image.Resampling.BOX))
    picture = torch.zeros(SIDE, SIDE)
    top, left = (_start(digit.sum(axis)) for axis in (1, 0))
    picture[top : top + height, left : left + width] = torch.tensor(digit).clamp(0, 1)
    return picture.flatten()


def _start(mass: Float[np.ndarray, "s"]) -> int:
    """Where a side begins whose mass is to have its centre in the middle pixel, inside the picture."""
    centre = (mass * np.arange(len(mass))).sum() / mass.sum()
    return int(np.clip(np.ceil(MIDDLE - 0.5 - centre), 0, SIDE - len(mass)))
