"""Theorem 1 far from where float64 is at ease: every width, distance and type, against mpmath's 300 digits."""

import math

import mpmath
import pytest
import torch

from vaelib.optimal_decoder import OptimalDecoder

pytestmark = pytest.mark.slow

CASES = 400
TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
IMAGES = (*TYPES, torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def drawn(random, choices):
    return choices[torch.randint(len(choices), (), generator=random)]


def uniform(random, low, high, *shape):
    return torch.empty(shape, dtype=torch.float64).uniform_(low, high, generator=random)


def case(seed):
    """Means, log standard deviations, images and queries, of any type, size and width that floating numbers have."""
    random = torch.Generator().manual_seed(seed)
    n, d, p, k = (int(torch.randint(1, most, (), generator=random)) for most in (9, 5, 4, 4))
    log_stds = uniform(random, math.log(1e-30), math.log(1e10), *drawn(random, [(), (1, d), (n, d)])).expand(n, d)
    scale = 10 ** uniform(random, *drawn(random, [(-30, 30), (-2, 2), (0, 1)]))
    means = scale * torch.randn(n, d, generator=random, dtype=torch.float64)
    around = drawn(random, [means[torch.randint(n, (k,), generator=random)], torch.zeros(k, d, dtype=torch.float64)])
    far = 10 ** uniform(random, *drawn(random, [(-30, 30), (-2, 2), (20, 30)]))
    z = around + drawn(random, [0.0, 1.0]) * far * torch.randn(k, d, generator=random, dtype=torch.float64)
    images = torch.randint(0, 2, (n, p), generator=random) * drawn(random, [1, 100])
    of_type = means.to(drawn(random, TYPES)), log_stds.to(drawn(random, TYPES)), images.to(drawn(random, IMAGES))
    return *of_type, z.to(drawn(random, TYPES))


def exact_logs(means, log_stds, z):
    """log q(z|x_i) of each query and training point, without the constant."""
    rows = []
    for query in z.double().tolist():
        logs = []
        for m, log_s in zip(means.double().tolist(), log_stds.double().tolist(), strict=True):
            terms = zip(query, m, log_s, strict=True)
            logs.append(-mpmath.fsum(((mpmath.mpf(a) - b) / mpmath.exp(c)) ** 2 / 2 + c for a, b, c in terms))
        rows.append(logs)
    return rows


def check(means, log_stds, images, z):
    """The library's answers to be right, or an error that says what is wrong."""
    if not (means.isfinite().all() and log_stds.isfinite().all() and z.isfinite().all()):
        return
    optimal = OptimalDecoder(means, log_stds, images)
    logs = exact_logs(means, log_stds, z)
    try:
        found = optimal.summary(z, 2)
    except ValueError as error:
        assert "overflows float64" in str(error) or "cannot tell which" in str(error)
        assert min(max(row) for row in logs) < -1e300
        return
    weights = torch.tensor([[float(mpmath.exp(log - max(row))) for log in row] for row in logs], dtype=torch.float64)
    weights /= weights.sum(1, keepdim=True)
    dense = optimal.weights(z)
    assert (dense - weights).abs().max() < 1e-9
    assert (dense.sum(1) - 1).abs().max() < 1e-12
    assert (found.top_weights - weights.gather(1, found.top_indices)).abs().max() < 1e-9
    assert (found.top_weights[:, 0] - weights.amax(1)).abs().max() < 1e-9
    entropy = -torch.xlogy(weights, weights).sum(1)
    assert (found.perplexity - entropy.exp()).abs().max() < 1e-6
    width = 2.0**-8 if images.dtype in (torch.float16, torch.bfloat16) else 1e-6
    average = weights @ images.double()
    assert (found.average.double() - average).abs().max() <= width * images.double().abs().max()
    highest = [max(row) + mpmath.log(mpmath.fsum(mpmath.exp(log - max(row)) for log in row) / len(row)) for row in logs]
    density = torch.tensor([float(h) for h in highest], dtype=torch.float64) - 0.918938533204672742 * z.shape[1]
    torch.testing.assert_close(found.log_density, density, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("part", range(8))
def test_weights_are_exact_for_every_width_distance_and_type(part):
    with mpmath.workdps(300):
        for seed in range(part, CASES, 8):
            check(*case(seed))


def test_a_query_that_float64_cannot_place_gets_more_digits():
    """Two posteriors of one width, a thousandth apart: at a distance of 10^9 σ the nearer one has all the weight."""
    means, log_stds = torch.tensor([[0.0], [1e-3]]), torch.zeros(2, 1)
    optimal = OptimalDecoder(means, log_stds, torch.eye(2))
    z = torch.tensor([[1e9], [5e11]], dtype=torch.float64)
    torch.testing.assert_close(optimal.weights(z), torch.tensor([[0.0, 1.0]] * 2, dtype=torch.float64))
    between = torch.tensor([[1e9], [1e9 + 1e-6]], dtype=torch.float64)
    both = OptimalDecoder(between, log_stds, torch.eye(2))
    expected = torch.tensor([[0.0, 1.0]], dtype=torch.float64).softmax(1)  # 10^6 × 10^-6: one nat
    torch.testing.assert_close(both.weights(torch.tensor([[1e6 + 1e9]])), expected, rtol=0.05, atol=0)


def test_too_many_rivals_far_away_are_an_error_that_says_so():
    means, log_stds = torch.randn(60_000, 1), torch.full((60_000, 1), 10.0)
    with pytest.raises(ValueError, match="cannot tell which of 60,000 training points is nearest"):
        OptimalDecoder(means, log_stds, torch.zeros(60_000, 1))(torch.tensor([[1e9]]))


@pytest.mark.parametrize("dtype", IMAGES, ids=str)
def test_averages_are_as_exact_as_their_type_allows(dtype):
    """A thousand images of equal weight: their mean, whatever numbers they are made of."""
    high = 1 if dtype == torch.bool else 100
    images = torch.randint(0, high + 1, (1000, 5)).to(dtype)
    average = OptimalDecoder(torch.zeros(1000, 2), torch.zeros(1000, 2), images)(torch.zeros(1, 2))
    assert average.is_floating_point()
    exact = images.double().mean(0)
    assert (average[0].double() - exact).abs().max() <= torch.finfo(average.dtype).eps * max(1, high)


def test_a_float64_average_keeps_float64s_range():
    images = torch.tensor([[0.1], [0.7]], dtype=torch.float64)
    optimal = OptimalDecoder(torch.tensor([[0.0], [100.0]]), torch.zeros(2, 1), images)
    assert optimal(torch.tensor([[0.0], [100.0]])).flatten().tolist() == [0.1, 0.7]


def test_inputs_that_require_gradients_are_taken_as_numbers():
    means, log_stds, images, z = (torch.zeros(3, 2, requires_grad=True) for _ in range(4))
    found = OptimalDecoder(means, log_stds, images).summary(z, 1)
    assert not any(values.requires_grad for values in found)


def test_the_same_training_image_twice_shares_its_weight_however_far_away_z_is():
    means, log_stds = torch.tensor([[1.0], [1.0], [-1.0]]), torch.zeros(3, 1)
    optimal = OptimalDecoder(means, log_stds, torch.eye(3))
    weights = optimal.weights(torch.tensor([[1e15]]))
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.5, 0.0]], dtype=torch.float64))
    assert optimal.perplexity(torch.tensor([[1e15]])).item() == pytest.approx(2)


def test_widths_without_measure_give_the_limit_or_an_error():
    narrow = OptimalDecoder(torch.tensor([[0.0], [1.0]]), torch.full((2, 1), -1e6), torch.eye(2))
    assert narrow.weights(torch.zeros(1, 1)).tolist() == [[1.0, 0.0]]
    assert narrow.top(torch.zeros(1, 1), 2)[1].tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="overflows float64"):
        narrow.weights(torch.full((1, 1), 0.5))
    wide = OptimalDecoder(torch.tensor([[0.0], [1.0]]), torch.full((2, 1), 1e6), torch.eye(2))
    assert wide.weights(torch.zeros(1, 1)).tolist() == [[0.5, 0.5]]
