"""The closed forms against numbers and integrals that were got another way."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from vaelib.likelihood_first import closed_forms, figures_closed, posteriors
from vaelib.toys import FAMILIES, log_density


@pytest.mark.parametrize(("w", "information"), [(0, 0), (0.3, 0.047), (0.6, 0.223), (0.9, 0.830), (0.99, 1.959)])
def test_collapse_is_one_optimum_among_equals(w, information):
    found = closed_forms.collapsing(w)
    entropy = stats.norm.entropy()
    assert (found.log_likelihood, found.elbo) == pytest.approx((-entropy, -entropy), abs=1e-9)
    assert found.information == pytest.approx(information, abs=1e-3)


def test_a_model_without_noise_is_refused():
    with pytest.raises(ValueError, match=r"w = 1.*from 0 to below 1"):
        closed_forms.collapsing(1)


@pytest.mark.parametrize(("degrees", "gap"), [(0, 0), (15, 0.239), (30, 0.5215), (45, 0.619)])
def test_a_rotation_keeps_the_likelihood_and_changes_the_gap(degrees, gap):
    found = closed_forms.rotated(degrees)
    assert found.gap == pytest.approx(gap, abs=1e-3)
    assert found.log_likelihood == pytest.approx(closed_forms.rotated(0).log_likelihood, abs=1e-9)
    data = stats.multivariate_normal(cov=np.diag([4.1, 0.35]))
    assert found.log_likelihood == pytest.approx(-data.entropy(), abs=1e-9)


PUBLISHED = [  # c, s², a of the highest ELBO, log p at the truth, log p lost, ELBO gained
    (0.0, 0.1, 1.000, -2.933, 0.0, 0.0),
    (0.5, 0.1, 0.936, -2.740, 0.0064, 0.0060),
    (0.8, 0.1, 0.763, -2.458, 0.0849, 0.0920),
    (0.95, 0.1, 0.718, -2.380, 0.1277, 0.1637),
    (0.8, 0.5, 0.754, -3.189, 0.0649, 0.0865),
]


@pytest.mark.parametrize(("c", "variance", "a", "truth", "lost", "gained"), PUBLISHED)
def test_the_elbo_is_highest_away_from_the_truth(c, variance, a, truth, lost, gained):
    best = closed_forms.best_scale(c, variance)
    at_truth, at_best = closed_forms.correlated(1.0, c, variance), closed_forms.correlated(best, c, variance)
    assert best == pytest.approx(a, abs=1e-3)
    assert at_truth.log_likelihood == pytest.approx(truth, abs=1e-3)
    assert at_truth.log_likelihood - at_best.log_likelihood == pytest.approx(lost, abs=1e-3)
    assert at_best.elbo - at_truth.elbo == pytest.approx(gained, abs=1e-3)


def test_the_gap_of_a_linear_model_is_the_divergence_of_two_gaussians():
    weights, variance = torch.tensor([[1.0, 0.8], [0.8, 1.0], [0.3, -0.2]]).double(), 0.2
    precision = torch.eye(2) + weights.T @ weights / variance
    exact = torch.distributions.MultivariateNormal(torch.zeros(2).double(), precision_matrix=precision)
    nearest = torch.distributions.MultivariateNormal(
        torch.zeros(2).double(), covariance_matrix=torch.diag(1 / precision.diagonal())
    )
    expected = torch.distributions.kl_divergence(nearest, exact).item()
    assert closed_forms.linear(weights, variance, torch.eye(3).double()).gap == pytest.approx(expected, abs=1e-9)


def test_the_monotone_curve_has_the_law_of_the_absolute_value():
    u = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)[:, None]
    z = torch.special.ndtri(u)
    np.testing.assert_allclose(closed_forms.monotone(z)[:, 0], stats.halfnorm.ppf(u[:, 0]), atol=1e-9)
    far = torch.tensor([[9.0], [20.0], [30.0]], dtype=torch.float64)
    np.testing.assert_allclose(closed_forms.monotone(far)[:, 0], stats.halfnorm.isf(stats.norm.sf(far[:, 0])))
    assert 0 < closed_forms.folded(False, variance=1.0).gap < 0.02


def test_a_fold_keeps_the_likelihood_and_costs_a_choice_between_two():
    fold, rise = closed_forms.folded(True), closed_forms.folded(False)
    assert fold.log_likelihood == pytest.approx(rise.log_likelihood, abs=1e-3)
    # of the mean of the columns, |z| + N(0, s²/2), SciPy knows the density; the difference is N(0, 2 s²)
    s = math.sqrt(0.01 / 2)
    t = np.linspace(-6 * s, 6, 40_001)
    log_density = (
        math.log(2) + stats.norm.logpdf(t, scale=math.sqrt(1 + s**2)) + stats.norm.logcdf(t / (s * math.sqrt(1 + s**2)))
    )
    entropy = -integrate.simpson(np.exp(log_density) * log_density, x=t)
    # x1, x2 -> mean, difference has determinant 1
    expected = -entropy - stats.norm.entropy(scale=math.sqrt(2 * 0.01))
    assert fold.log_likelihood == pytest.approx(expected, abs=1e-3)
    assert 0.55 < fold.gap < math.log(2)
    assert rise.gap < 0.03


def test_the_best_gaussian_is_the_one_that_scipy_finds():
    family = FAMILIES["abs"]
    x = torch.tensor([[0.9, 1.1], [0.05, -0.02], [2.0, 2.1]], dtype=torch.float64)
    found = posteriors.best_gaussian(family.curve, family.variance, x)
    node, weight = np.polynomial.hermite_e.hermegauss(120)
    weight = weight / math.sqrt(2 * math.pi)

    def minus_elbo(q, point):
        z = q[0] + math.exp(q[1]) * node
        log_joint = stats.norm.logpdf(z) + sum(stats.norm.logpdf(c, np.abs(z), 0.1) for c in point)
        return -(weight @ log_joint + q[1] + 0.5 * math.log(2 * math.pi * math.e))

    for point, elbo in zip(x.numpy(), found.elbo, strict=True):
        starts = [(m, s) for m in (-2.0, -0.9, 0.0, 0.9, 2.0) for s in (-3.0, -1.0)]
        best = min(optimize.minimize(minus_elbo, start, (point,), method="Nelder-Mead").fun for start in starts)
        assert elbo.item() == pytest.approx(-best, abs=2e-3)


def test_a_half_swap_keeps_the_likelihood():
    for name in ("circle", "clusters"):  # a circle closes, and clusters end in plateaus: no jump for the grid to miss
        family = FAMILIES[name]
        x = family.sample(50, 0).x
        swapped = log_density(closed_forms.half_swapped(family.curve), family.variance, x, 0.0005)
        assert (swapped - family.log_density(x)).abs().mean() < 1e-3


def test_the_figures_show_the_numbers():
    axis = figures_closed.rotated((0, 45)).axes[0]
    level, elbo = (line.get_ydata() for line in axis.lines)
    assert level[0] == pytest.approx(level[1])
    assert level[1] - elbo[1] == pytest.approx(0.619, abs=1e-3)
    panel = figures_closed.correlated((0.8,), (0.5, 1.0)).axes[0]
    assert [line.get_xdata()[0] for line in panel.lines if line.get_marker() == "o"] == pytest.approx([1, 0.7635])
    assert figures_closed.collapsing((0.0, 0.9)).axes[0].lines[-1].get_ydata()[1] == pytest.approx(0.830, abs=1e-3)
    found = {0.01: tuple(closed_forms.folded(fold) for fold in (True, False))}
    gaps = figures_closed.folded(found).axes[1]
    assert gaps.lines[0].get_ydata()[0] > 0.5 > gaps.lines[1].get_ydata()[0]
