"""Two samples: every statistic against an independent reference, and where the answer is known."""

import math

import pytest
import scipy.linalg
import torch

from vaelib import two_sample
from vaelib.two_sample import SCALES, classifier_accuracy, frechet, frechet_error, gaussian, mmd, mmd_from_prior


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


def test_mmd_is_the_unbiased_sum_over_pairs(random):
    x, y = torch.randn(9, 3, generator=random), torch.randn(7, 3, generator=random) + 1

    def k(a, b):
        return 6 / (6 + sum((p - q) ** 2 for p, q in zip(a.tolist(), b.tolist(), strict=True)))

    same = sum(k(x[i], x[j]) for i in range(9) for j in range(9) if i != j) / 72
    same += sum(k(y[i], y[j]) for i in range(7) for j in range(7) if i != j) / 42
    expected = same - 2 * sum(k(a, b) for a in x for b in y) / 63
    assert mmd(x, y, permutations=2)[0] == pytest.approx(expected, abs=1e-9)


def test_mmd_with_the_gaussian_kernel_is_the_double_sum(random):
    x, y = torch.randn(9, 2, generator=random), torch.randn(7, 2, generator=random) + 1

    def mean(a, b, pairs):
        return sum(math.exp(-(p - q).square().sum().item() / (2 * 0.49)) for p in a for q in b) / pairs

    # a point with itself, exp(0) = 1, is no pair
    expected = mean(x, x, 72) - 9 / 72 + mean(y, y, 42) - 7 / 42 - 2 * mean(x, y, 63)
    assert mmd(x, y, two_sample.gaussian, 0.49, permutations=0)[0] == pytest.approx(expected, abs=1e-6)


def test_mmd_with_the_gaussian_kernel_takes_the_median_squared_distance(random):
    x, y = torch.randn(6, 2, generator=random), torch.randn(6, 2, generator=random) + 2
    both = torch.cat([x, y]).double()
    median = torch.tensor([[(a - b).square().sum() for a in both] for b in both]).median().item()
    given = mmd(x, y, two_sample.gaussian, scale=median, permutations=1)[0]
    assert mmd(x, y, two_sample.gaussian, permutations=1)[0] == pytest.approx(given, rel=1e-6)


def test_the_permutation_null_is_about_zero_and_holds_mmd_where_the_samples_are_of_one_distribution(random):
    x, y = torch.randn(200, 5, generator=random), torch.randn(150, 5, generator=random)
    found, null = mmd(x, y)
    assert abs(null.mean()) < 2 * null.std() / len(null) ** 0.5 + 1e-4
    assert null.quantile(0.005) < found < null.quantile(0.995)
    shifted, null = mmd(x, y + 0.5)
    assert shifted > 5 * null.max()


def test_mmd_sees_a_shape_whose_moments_are_those_of_the_normal_distribution(random):
    signs = torch.randint(2, (500, 2), generator=random) * 2.0 - 1
    found, null = mmd(signs, torch.randn(500, 2, generator=random))
    assert found > null.max()


def test_mmd_of_a_single_point_is_refused():
    with pytest.raises(ValueError, match="found 1 and 3"):
        mmd(torch.zeros(1, 2), torch.zeros(3, 2))


def test_a_classifier_tells_apart_what_differs_and_guesses_where_nothing_does(random):
    x, y = torch.randn(4000, 3, generator=random), torch.randn(4000, 3, generator=random)
    assert abs(classifier_accuracy(x, y) - 0.5) < 0.05
    assert classifier_accuracy(x, y + 4) > 0.97
    assert abs(classifier_accuracy(x, y.sign(), hidden=()) - 0.5) < 0.05  # the means are equal
    assert classifier_accuracy(x, y.sign()) > 0.9


def test_a_small_sample_beside_a_large_one_is_no_hint(random):
    x, y = torch.randn(2000, 3, generator=random), torch.randn(300, 3, generator=random)
    assert abs(classifier_accuracy(x, y) - 0.5) < 0.08


def test_frechet_distance_is_scipys_formula(random):
    x = torch.randn(300, 6, generator=random) @ torch.randn(6, 6, generator=random)
    y = torch.randn(200, 6, generator=random) @ torch.randn(6, 6, generator=random) + 1
    a, b = (torch.cov(s.double().T).numpy() for s in (x, y))
    apart = (x.double().mean(0) - y.double().mean(0)).square().sum().item()
    expected = apart + (a + b - 2 * scipy.linalg.sqrtm(a @ b).real).trace()
    assert frechet(x, y) == pytest.approx(expected, rel=1e-6)
    assert frechet(y, x) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_shifted_and_scaled_points_is_known(random):
    x = torch.randn(500, 4, generator=random, dtype=torch.float64)
    assert frechet(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet(x, x + 3) == pytest.approx(4 * 9)
    assert frechet(x - x.mean(0), 3 * (x - x.mean(0))) == pytest.approx(4 * torch.cov(x.T).trace().item())


def test_features_that_are_never_on_do_no_harm(random):
    x = torch.cat([torch.randn(50, 2, generator=random), torch.zeros(50, 3)], dim=1)
    assert math.isfinite(frechet(x, x + 1)) and frechet(x, x + 1) == pytest.approx(5)


def test_the_bootstrap_error_is_about_the_spread_over_new_samples(random):
    def draw(shift):
        return torch.randn(400, 3, generator=random) + shift

    spread = torch.tensor([frechet(draw(0), draw(1)) for _ in range(60)]).std().item()
    assert 0.6 < frechet_error(draw(0), draw(1), 60) / spread < 1.6


def test_the_distance_from_the_prior_is_that_by_quadrature():
    z = 0.5 * torch.randn(20, 2, dtype=torch.float64) + 1
    line = torch.linspace(-6, 6, 41, dtype=torch.float64)
    grid = torch.cartesian_prod(line, line)
    density = (-grid.square().sum(1) / 2).exp()
    density = density / density.sum()

    def kernel(a, b):
        return torch.stack([gaussian(2 * scale, torch.cdist(a, b).square()) for scale in SCALES]).mean(0)

    across = (kernel(z, grid) @ density).mean()
    by_grid = kernel(z, z).mean() - 2 * across + density @ kernel(grid, grid) @ density
    assert mmd_from_prior(z).item() == pytest.approx(by_grid.item(), abs=1e-8)
    assert mmd_from_prior(z).item() > 0.1


def test_the_distance_of_the_prior_from_itself_falls_as_one_over_the_samples():
    few, many = (mmd_from_prior(torch.randn(n, 4)).item() for n in (100, 3000))
    assert 0 < many < few / 5 and few < 0.02
