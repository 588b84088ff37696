"""Theorem 1 against references that share no code with it: loops, torch.distributions, autograd, closed forms."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Independent, MixtureSameFamily, Normal

from vaelib import optimal_decoder, streaming
from vaelib.optimal_decoder import OptimalDecoder


def posterior(n, d, p, smallest=0.03, largest=2.0, seed=0):
    random = torch.Generator().manual_seed(seed)
    means = torch.randn(n, d, generator=random)
    log_stds = torch.empty(n, d).uniform_(math.log(smallest), math.log(largest), generator=random)
    return means, log_stds, torch.rand(n, p, generator=random)


def looped_log_weights(means, log_stds, z):
    """Equation 1, term by term, in Python's floats."""
    rows = []
    for query in z.tolist():
        logs = []
        for mean, log_std in zip(means.double().tolist(), log_stds.double().tolist(), strict=True):
            log = 0.0
            for zd, md, ld in zip(query, mean, log_std, strict=True):
                log += -0.5 * ((zd - md) / math.exp(ld)) ** 2 - ld
            logs.append(log)
        highest = max(logs)
        total = highest + math.log(math.fsum(math.exp(log - highest) for log in logs))
        rows.append([log - total for log in logs])
    return torch.tensor(rows, dtype=torch.float64)


@pytest.fixture(
    params=[(1, 1, 1), (3, 2, 7), (10, 64, 5), (8192, 64, 4096)],
    ids=["chunks of one", "ragged chunks", "ragged queries", "one chunk"],
)
def chunks(request, monkeypatch):
    for name, value in zip(("POINTS", "BLOCK", "QUERIES"), request.param, strict=True):
        monkeypatch.setattr(optimal_decoder, name, value)


def test_log_weights_equal_a_triple_loop(chunks):
    means, log_stds, images = posterior(23, 5, 4)
    z = torch.randn(11, 5, dtype=torch.float64)
    expected = looped_log_weights(means, log_stds, z)
    torch.testing.assert_close(OptimalDecoder(means, log_stds, images).log_weights(z), expected, rtol=1e-10, atol=1e-10)


def test_streaming_over_training_points_gives_the_dense_answers(chunks):
    means, log_stds, images = posterior(23, 5, 4)
    z = torch.randn(11, 5, dtype=torch.float64)
    optimal = OptimalDecoder(means, log_stds, images)
    logs = looped_log_weights(means, log_stds, z)
    weights = logs.exp()
    torch.testing.assert_close(optimal(z), (weights @ images.double()).float(), rtol=1e-5, atol=1e-6)
    values, indices = weights.topk(4, dim=1)
    torch.testing.assert_close(optimal.top(z, 4)[0], values, rtol=1e-10, atol=1e-12)
    assert torch.equal(optimal.top(z, 4)[1], indices)
    entropy = -(weights * logs).sum(1)
    torch.testing.assert_close(optimal.perplexity(z), entropy.exp(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("smallest", [1e-3, 0.05, 0.5], ids="σ from {}".format)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_what_is_screened_out_changes_nothing(smallest, k, monkeypatch):
    monkeypatch.setattr(optimal_decoder, "POINTS", 256)
    means, log_stds, images = posterior(1000, 6, 4, smallest=smallest, largest=1.0)
    z = torch.cat([means[:50] + 0.01, torch.randn(50, 6), 3 * torch.randn(50, 6), means[:1]])  # near, far, farther
    optimal = OptimalDecoder(means, log_stds, images)
    logs = optimal.log_weights(z)  # of all points
    values, indices = logs.exp().topk(k, dim=1)
    found = optimal.summary(z, k)
    assert torch.equal(found.top_indices, logs.topk(k, dim=1).indices)
    torch.testing.assert_close(found.top_weights, values, rtol=1e-10, atol=1e-300)
    torch.testing.assert_close(found.perplexity.log(), -(logs.exp() * logs).sum(1), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(found.log_density, optimal.log_density(z), rtol=1e-12, atol=0)
    torch.testing.assert_close(found.average.double(), logs.exp() @ images.double(), rtol=0, atol=1e-6)


def test_the_training_set_may_lie_in_memory_mapped_files(tmp_path):
    in_memory = posterior(500, 4, 6)
    on_disk = []
    for number, values in enumerate(in_memory):
        np.save(tmp_path / f"{number}.npy", values.numpy())
        on_disk.append(torch.from_numpy(np.load(tmp_path / f"{number}.npy", mmap_mode="c")))
    z = torch.randn(30, 4)
    here, there = OptimalDecoder(*in_memory).summary(z, 3), OptimalDecoder(*on_disk).summary(z, 3)
    assert all(torch.equal(a, b) for a, b in zip(here, there, strict=True))


def test_summary_is_its_parts():
    means, log_stds, images = posterior(50, 3, 4)
    z = torch.randn(6, 3)
    optimal = OptimalDecoder(means, log_stds, images)
    summary = optimal.summary(z, 2)
    parts = (optimal(z), *optimal.top(z, 2), optimal.perplexity(z), optimal.log_density(z))
    for found, expected in zip(summary, parts, strict=True):
        assert torch.equal(found, expected)


def test_log_density_equals_the_mixture_of_torch_distributions():
    means, log_stds, images = posterior(40, 3, 4)
    z = torch.randn(9, 3, dtype=torch.float64)
    components = Independent(Normal(means.double(), log_stds.double().exp()), 1)
    mixture = MixtureSameFamily(torch.distributions.Categorical(torch.ones(40, dtype=torch.float64)), components)
    torch.testing.assert_close(OptimalDecoder(means, log_stds, images).log_density(z), mixture.log_prob(z))


def test_the_weighted_average_is_where_the_expected_log_likelihood_has_no_slope():
    means, log_stds, images = posterior(30, 2, 6, smallest=0.5)
    z = torch.randn(5, 2, dtype=torch.float64)
    output = OptimalDecoder(means.double(), log_stds.double(), images.double())(z).requires_grad_()
    densities = Normal(means.double(), log_stds.double().exp()).log_prob(z[:, None]).sum(2).exp()
    likelihoods = torch.distributions.Bernoulli(output[:, None], validate_args=False).log_prob(images.double()).sum(2)
    (slope,) = torch.autograd.grad((densities * likelihoods).sum(), output)
    assert slope.abs().max() < 1e-8 * densities.sum(1).max()


@pytest.mark.parametrize("std", [1e-3, 0.03, 1.0, 10.0])
@pytest.mark.parametrize("distance", [0.0, 4.0, 1e3, 1e6])
def test_weights_are_right_for_any_width_and_any_distance(std, distance):
    means, _, images = posterior(30, 4, 3)
    log_stds = torch.full((30, 4), math.log(std)) + 0.1 * torch.randn(30, 4)
    z = torch.randn(5, 4, dtype=torch.float64) + distance
    optimal = OptimalDecoder(means, log_stds, images)
    expected = looped_log_weights(means, log_stds, z)
    torch.testing.assert_close(optimal.log_weights(z), expected, rtol=1e-9, atol=1e-8)
    assert optimal(z).isfinite().all()
    torch.testing.assert_close(optimal.weights(z).sum(1), torch.ones(5, dtype=torch.float64))
    assert (optimal.top(z, 1)[0] > 0).all()


def test_a_narrow_posterior_wins_at_its_mean():
    """The term −Σ log s, alone: two posteriors with one mean and widths that differ by a factor of 3."""
    means = torch.zeros(2, 2)
    log_stds = torch.tensor([[0.0, 0.0], [math.log(3.0), math.log(3.0)]])
    weights = OptimalDecoder(means, log_stds, torch.eye(2)).weights(torch.zeros(1, 2))
    torch.testing.assert_close(weights, torch.tensor([[0.9, 0.1]], dtype=torch.float64))


def test_one_training_point_takes_everything():
    means, log_stds, images = posterior(1, 3, 4)
    optimal = OptimalDecoder(means, log_stds, images)
    z = 100 * torch.randn(3, 3)
    torch.testing.assert_close(optimal(z), images.expand(3, 4))
    assert torch.equal(optimal.perplexity(z), torch.ones(3, dtype=torch.float64))
    assert optimal.top(z, 5)[0].shape == (3, 1)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 40), d=st.integers(1, 6), seed=st.integers(0, 2**31), scale=st.floats(0.1, 50))
def test_weights_sum_to_one_and_perplexity_counts_points(n, d, seed, scale):
    optimal = OptimalDecoder(*posterior(n, d, 2, seed=seed))
    z = scale * torch.randn(4, d, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(optimal.weights(z).sum(1), torch.ones(4, dtype=torch.float64))
    perplexity = optimal.perplexity(z)
    assert ((perplexity >= 1) & (perplexity <= n)).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_order_of_the_training_set_does_not_matter(seed):
    means, log_stds, images = posterior(20, 3, 4, seed=seed)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(seed))
    z = torch.randn(4, 3)
    here, there = OptimalDecoder(means, log_stds, images), OptimalDecoder(means[order], log_stds[order], images[order])
    torch.testing.assert_close(here.log_weights(z)[:, order], there.log_weights(z), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(here(z), there(z))
    torch.testing.assert_close(here.perplexity(z), there.perplexity(z))


def test_the_average_never_leaves_the_range_of_the_images():
    means, log_stds, images = posterior(3000, 2, 50, smallest=1.0)
    images[:, :25], images[:, 25:] = 0, 1  # sums of weights that round to more than 1 show here
    average = OptimalDecoder(means, log_stds, images)(torch.randn(100, 2))
    assert torch.equal(average.aminmax().max, torch.tensor(1.0))
    assert (average[:, :25] == 0).all()


def test_points_left_out_of_the_average_weigh_less_than_promised():
    means, log_stds, images = posterior(2000, 2, 3, smallest=0.5)
    z = torch.randn(20, 2, dtype=torch.float64)
    optimal = OptimalDecoder(means, log_stds, images.double())
    exact = optimal.weights(z) @ images.double()
    assert (optimal(z) - exact).abs().max() <= streaming.NEGLIGIBLE


@pytest.mark.parametrize(
    ("means", "log_stds", "images", "message"),
    [
        (torch.zeros(3, 2), torch.zeros(3, 1), torch.zeros(3, 4), "Expected means"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(2, 4), "Expected means"),
        (torch.zeros(0, 2), torch.zeros(0, 2), torch.zeros(0, 4), "N, D, P ≥ 1"),
        (torch.zeros(3, 0), torch.zeros(3, 0), torch.zeros(3, 4), "N, D, P ≥ 1"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3, 0), "N, D, P ≥ 1"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3), "Expected means"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3, 2, 2), "Expected means"),
        (torch.full((3, 2), math.nan), torch.zeros(3, 2), torch.zeros(3, 4), "means must be finite"),
        (torch.zeros(3, 2), torch.full((3, 2), -math.inf), torch.zeros(3, 4), "log_stds must be finite"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.full((3, 4), math.nan), "images must be finite"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.full((3, 4), math.inf), "images must be finite"),
        (torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3, 4, dtype=torch.complex64), "images must be real"),
        (torch.zeros(3, 2, dtype=torch.complex64), torch.zeros(3, 2), torch.zeros(3, 4), "means must be real"),
    ],
)
def test_a_training_set_that_is_none_is_refused(means, log_stds, images, message):
    with pytest.raises(ValueError, match=message):
        OptimalDecoder(means, log_stds, images)


def test_a_latent_that_is_none_is_refused():
    optimal = OptimalDecoder(*posterior(3, 2, 4))
    for z, message in [
        (torch.zeros(2, 3), r"\(K, 2\)"),
        (torch.zeros(0, 2), "K ≥ 1"),
        (torch.full((1, 2), math.nan), "finite"),
        (torch.full((1, 2), 1e200, dtype=torch.float64), "overflows"),
    ]:
        with pytest.raises(ValueError, match=message):
            optimal(z)
    with pytest.raises(ValueError, match="at least one neighbour"):
        optimal.top(torch.zeros(1, 2), 0)
