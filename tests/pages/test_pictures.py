"""Two builds give the same pictures: those of the fresh build against those committed with the notebooks.

`pytest --nbval` compares what the notebooks print and leaves pictures out. On one machine no pixel differs. On another
processor a number's last bits do, which moves an edge by a part of a pixel; so one pixel of a thousand may differ
visibly, by more than 8 of 255 grey values. Figure 3 trains its model live, and rounding grows over its thousand steps:
with AVX2 or with the plainest instructions in the place of AVX-512, 11 % of its pixels differ. A fifth may: that still
holds its panels, axes and colours, and what the picture says is held by the numbers that its notebook prints.
"""

import base64
import io
from pathlib import Path

import matplotlib.image
import nbformat
import numpy as np
import pytest

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
VISIBLE = 8 / 255
TOLERANCE = 0.001
TRAINED_LIVE = {"figure_3": 0.2}


def pictures(path):
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    encoded = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [matplotlib.image.imread(io.BytesIO(base64.b64decode(png))) for png in encoded]


def share_that_differs(one, other):
    """Of all pixels, by more than can be seen in any colour."""
    return float((np.abs(one - other) > VISIBLE).any(axis=-1).mean())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_fresh_build_draws_the_committed_pictures(site, path):
    committed = pictures(path)
    fresh = pictures(site.parent / "book" / "notebooks" / path.name)
    assert [picture.shape for picture in fresh] == [picture.shape for picture in committed]
    for one, other in zip(fresh, committed, strict=True):
        assert share_that_differs(one, other) <= TRAINED_LIVE.get(path.stem, TOLERANCE)
