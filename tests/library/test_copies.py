"""Copies and coverage: against loops, SciPy, and models that copy, cover and underfit by construction."""

import pytest
import scipy.stats
import torch

from vaelib import copies


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


def test_the_nearest_and_the_k_th_are_those_of_a_loop(random):
    x, others = torch.randn(5, 3, generator=random), torch.randn(400, 3, generator=random)
    distance, position = copies.nearest(x, others)
    for row in range(5):
        every = [(x[row] - other).norm().item() for other in others]
        assert position[row] == every.index(min(every))
        assert distance[row].item() == pytest.approx(min(every), rel=1e-4)
    reach = copies.radii(others, 3)
    for row in (0, 399):
        every = sorted((others[row] - other).norm().item() for other in others)
        assert reach[row].item() == pytest.approx(every[3], rel=1e-4)
    with pytest.raises(ValueError, match="from 1 to 4, found k = 5"):
        copies.radii(x, 5)


def test_density_and_coverage_are_their_sums(random):
    real, generated = torch.randn(60, 2, generator=random), torch.randn(40, 2, generator=random) + 0.5
    reach = copies.radii(real, 4)
    inside = [[bool((g - r).norm() < reach[i]) for i, r in enumerate(real)] for g in generated]
    density, coverage = copies.density_and_coverage(real, generated, 4)
    assert density == pytest.approx(sum(map(sum, inside)) / (4 * 40))
    assert coverage == pytest.approx(sum(any(row[i] for row in inside) for i in range(60)) / 60)


def test_one_mode_alone_is_dense_and_covers_its_share(random):
    real = torch.randn(400, 2, generator=random)
    real[200:] += 100
    density, coverage = copies.density_and_coverage(real, torch.randn(400, 2, generator=random))
    assert density == pytest.approx(1, abs=0.2)
    assert 0.4 < coverage <= 0.5
    both = torch.randn(400, 2, generator=random)
    both[200:] += 100
    assert copies.density_and_coverage(real, both)[1] > 0.9
    assert copies.density_and_coverage(real, torch.full((400, 2), 50.0)) == (0, 0)


def test_mann_whitney_is_scipys(random):
    x, y = torch.randn(30, generator=random), torch.randn(50, generator=random) + 0.3
    u = scipy.stats.mannwhitneyu(x.numpy(), y.numpy()).statistic
    expected = (u - 30 * 50 / 2) / (30 * 50 * 81 / 12) ** 0.5
    assert copies.mann_whitney(x, y) == pytest.approx(expected, abs=1e-5)
    assert copies.mann_whitney(y, x) == pytest.approx(-expected, abs=1e-5)
    assert copies.mann_whitney(torch.ones(5), torch.ones(8)) == 0


@pytest.mark.parametrize("in_cells", [False, True])
def test_a_model_that_copies_is_below_zero_one_that_underfits_above_and_the_truth_about_zero(random, in_cells):
    train, test, fresh = (torch.randn(900, 4, generator=random) for _ in range(3))
    centres = copies.cells(train, 3, seed=0) if in_cells else None
    copied = train + 0.01 * torch.randn(900, 4, generator=random)
    assert abs(copies.copying(train, test, fresh, centres)) < 3
    assert copies.copying(train, test, copied, centres) < -10
    assert copies.copying(train, test, 2 * fresh, centres) > 3


def test_copying_in_one_cell_alone_is_seen_in_cells_and_not_over_all(random):
    """Meehan et al.'s reason for cells: near copies here and far points there balance each other."""

    def two(scale):
        points = torch.randn(1200, 3, generator=random)
        points[600:] = scale * points[600:] + 30
        return points

    train, test = two(1.0), two(1.0)
    generated = two(1.0)
    generated[:600] = train[:600] + 0.01
    generated[600:] += 6 * torch.randn(600, 3, generator=random)
    assert abs(copies.copying(train, test, generated)) < 3
    left = test[:, 0] < 15
    assert copies.copying(train, test[left], generated[:600]) < -10


def test_cells_are_the_clusters(random):
    at = torch.tensor([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    points = torch.cat([torch.randn(100, 2, generator=random) + place for place in at])
    centres = min((copies.cells(points, 3, seed) for seed in range(5)),
                  key=lambda c: copies.nearest(points, c)[0].sum())  # fmt: skip
    assert copies.nearest(at, centres)[0].max() < 1


def test_too_few_points_for_a_cell_are_refused(random):
    train = torch.randn(50, 2, generator=random)
    with pytest.raises(ValueError, match="No cell has 20 test points"):
        copies.copying(train, train[:10], train)
