"""Toy families and exact likelihoods: against SciPy's integrals, with the step halved, with a grid that moves."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from vaelib import quadrature, toys
from vaelib.errors import UnknownName


@pytest.mark.parametrize("name", toys.FAMILIES)
def test_halving_the_step_changes_the_density_by_less_than_the_stated_error(name):
    family = toys.FAMILIES[name]
    x = family.sample(20 if name == "spiral-dots" else 200, 1).x
    assert quadrature.step_error(lambda step: family.log_density(x, step), family.step) < toys.ERROR


@pytest.mark.parametrize("name", ["figure-8", "circle", "abs"])
def test_the_density_is_scipys_integral(name):
    family = toys.FAMILIES[name]
    for point, ours in zip(*(family.sample(3, 2).x, family.log_density(family.sample(3, 2).x)), strict=True):

        def integrand(z, point=point):
            f = family.curve(torch.tensor([[z]], dtype=torch.float64))[0]
            return stats.norm.pdf(z) * stats.multivariate_normal.pdf(point, f, family.variance)

        found, _ = integrate.quad(integrand, -6, 6, points=np.linspace(-5, 5, 41), limit=400)
        assert ours.item() == pytest.approx(math.log(found), abs=toys.ERROR)


@pytest.mark.parametrize("name", ["figure-8", "clusters"])
def test_the_density_is_one_in_all(name):
    family = toys.FAMILIES[name]
    axis = torch.linspace(-3.5, 3.5, 141, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis)
    total = family.log_density(x, 0.02).exp().sum() * (axis[1] - axis[0]) ** 2
    assert total.item() == pytest.approx(1, abs=1e-3)


def test_samples_are_repeatable_and_lie_around_their_curve():
    family = toys.FAMILIES["circle"]
    one, same, other = family.sample(4000, 0), family.sample(4000, 0), family.sample(4000, 1)
    assert torch.equal(one.x, same.x) and not torch.equal(one.x, other.x)
    assert (one.x - family.curve(one.z)).square().mean().item() == pytest.approx(family.variance, rel=0.05)


def test_the_posterior_is_bayes_rule():
    family, grid = toys.FAMILIES["abs"], quadrature.grid(0.05)
    masses = family.log_posterior(torch.tensor([[1.0, 1.0]]).double(), grid).exp()[0]
    z = grid.nodes[:, 0].numpy()
    expected = stats.norm.pdf(z) * np.exp(-((1 - np.abs(z)) ** 2) / 0.01)
    np.testing.assert_allclose(masses, expected / expected.sum(), atol=1e-12)
    assert masses[torch.from_numpy(z > 0)].sum().item() == pytest.approx(0.5, abs=1e-9)


def test_a_grid_that_moves_is_right_on_average():
    family = toys.FAMILIES["circle"]
    x = family.sample(10, 0).x
    found = []
    for shift in torch.rand(4000, generator=torch.Generator().manual_seed(0)):
        grid = quadrature.grid(0.5, shift=shift - 0.5)
        outputs = family.curve(grid.nodes)
        found.append((quadrature.gaussian_log_likelihoods(x, outputs, 0.01) + grid.log_masses).logsumexp(1).exp())
    torch.testing.assert_close(torch.stack(found).mean(0).log(), family.log_density(x), atol=0.1, rtol=0)


def test_a_plane_is_a_line_twice():
    grid = quadrature.grid(0.25, dimensions=2)
    assert grid.nodes.shape == (49**2, 2)
    assert grid.log_masses.exp().sum().item() == pytest.approx(1, abs=1e-6)
    assert (grid.log_masses.exp() @ grid.nodes.square()).tolist() == pytest.approx([1, 1], abs=1e-6)


def test_a_grid_without_a_step_is_refused():
    with pytest.raises(ValueError, match="step above 0, found -1"):
        quadrature.grid(-1)


def test_an_unknown_family_is_named_with_the_known_ones():
    with pytest.raises(UnknownName, match=r"'toys/line' is no toy family.*toys/circle"):
        toys.family("toys/line")
