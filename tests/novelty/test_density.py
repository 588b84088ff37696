"""Joint densities: their modes."""

import pytest
import torch

from vaelib.novelty.density import density_mode


def test_density_mode_finds_the_centre_of_a_cloud():
    x, y = 90 + 8 * torch.randn(4000), 60 + 4 * torch.randn(4000)
    assert density_mode(x, y) == pytest.approx((90, 60), abs=3)


def test_density_mode_of_a_cloud_narrower_than_its_grid_is_in_the_cloud():
    x, y = 91 + 1e-3 * torch.randn(200), 61 + 1e-3 * torch.randn(200)
    assert density_mode(x, y) == pytest.approx((91, 61), abs=0.01)
