"""A drawing: made into an image as MNIST's were made."""

import numpy as np
import pytest
import torch

from vaelib import data
from vaelib.errors import NothingAsked
from vaelib.novelty import handwriting


@pytest.fixture(scope="module")
def digits():
    return data.partition("mnist/test").first(200).images.reshape(-1, 28, 28)


def box_and_centre(image):
    """Height, width and centre of mass (row, column) of an image's ink, by plain loops."""
    inked = [(r, c, image[r][c].item()) for r in range(28) for c in range(28) if image[r][c] > 0]
    mass = sum(value for *_, value in inked)
    rows, columns = [r for r, _, _ in inked], [c for _, c, _ in inked]
    centre = (sum(r * v for r, _, v in inked) / mass, sum(c * v for _, c, v in inked) / mass)
    return max(rows) - min(rows) + 1, max(columns) - min(columns) + 1, centre


def test_mnists_own_digits_come_back_when_they_are_enlarged_and_moved(digits):
    back = 0
    for digit in digits:
        large = np.kron(digit.numpy(), np.ones((7, 7)))
        moved = np.pad(large, ((31, 3), (0, 58)))
        back += torch.allclose(handwriting.as_mnist(moved).reshape(28, 28), digit, atol=1e-6)
    assert back >= 0.99 * len(digits)  # of one in five hundred the longer side is not 20


def test_a_drawing_fills_the_box_around_the_middle():
    slanted = [[[0.1, 0.9], [0.3, 0.7]], [[0.3, 0.7], [0.32, 0.72]]]
    for strokes in (handwriting.NINE, slanted, [[[5, 5]]]):
        height, width, centre = box_and_centre(handwriting.as_mnist(handwriting.ink(strokes)).reshape(28, 28))
        assert max(height, width) == 20
        assert all(13.5 <= at < 14.5 for at in centre)


def test_proportions_place_and_size_of_a_drawing():
    image = handwriting.as_mnist(handwriting.ink(handwriting.NINE))
    elsewhere = [[[30 + 7 * x, 7 * y - 4] for x, y in stroke] for stroke in handwriting.NINE]
    assert torch.allclose(
        handwriting.as_mnist(handwriting.ink(elsewhere)), image, atol=0.1
    )  # of a pixel: the fine raster
    height, width, _ = box_and_centre(image.reshape(28, 28))
    assert height == 20
    drawn = [point for stroke in handwriting.NINE for point in stroke]
    tall, wide = (max(p[axis] for p in drawn) - min(p[axis] for p in drawn) for axis in (1, 0))
    assert width == pytest.approx(wide / tall * (20 - 2.8) + 2.8, abs=1)


def test_the_pen_is_as_wide_as_mnists(digits):
    everything = data.partition("mnist/test-1").images
    upright = [[[0.5, 0.1], [0.5, 0.9]]]
    assert handwriting.as_mnist(handwriting.ink(upright)).sum() == pytest.approx(
        everything.sum(1).mean().item(), rel=0.15
    )


def test_x_goes_right_and_y_down():
    ink = handwriting.ink([[[0, 0], [0, 1]], [[0, 1], [1, 1]]])  # an L
    edge = handwriting.PEN
    assert ink[:, :edge].mean() > 0.9
    assert ink[-edge:].mean() > 0.9
    assert ink[: -2 * edge, 2 * edge :].max() == 0


def test_one_sided_ink_stays_inside():
    lopsided = np.zeros((20, 20))
    lopsided[:, 0] = 1
    lopsided[0, 19] = 0.01
    picture = handwriting.as_mnist(lopsided).reshape(28, 28)
    assert picture.sum() == pytest.approx(lopsided.sum(), rel=1e-5)


def test_no_ink_is_said_so():
    for nothing in (
        lambda: handwriting.ink([]),
        lambda: handwriting.ink([[]]),
        lambda: handwriting.as_mnist(np.zeros((9, 9))),
    ):
        with pytest.raises(NothingAsked, match="Draw something"):
            nothing()
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        handwriting.as_mnist(np.full((9, 9), 255))
