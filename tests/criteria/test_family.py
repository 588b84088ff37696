"""The family of criteria: its identities on tables, its one objective, its regularisers."""

import math

import pytest
import torch

from vaelib.criteria import family, tabular
from vaelib.criteria.tabular import CHANNELS, VALUES, channel, random_tables
from vaelib.mmd import kernel, mmd, mmd_from_prior


def test_the_channels_say_nothing_to_everything():
    found = [channel(own).information for own in CHANNELS]
    assert found == sorted(found) and len(found) == 5
    assert (found[0], found[-1]) == pytest.approx((0, math.log(VALUES)), abs=1e-12)


def test_the_elbo_is_flat_in_the_information_and_the_unregularised_rises_with_it():
    for own in CHANNELS:
        tables = channel(own)
        assert tables.value() == pytest.approx(-math.log(VALUES), abs=1e-6)
        assert tables.value(beta=0) == pytest.approx(tables.information - math.log(VALUES), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_identities_hold_on_uneven_tables_by_plain_loops(seed):
    t = random_tables(seed)
    data, encoder, prior = (values.tolist() for values in t)
    x_values, z_values = range(VALUES), range(VALUES)
    codes = [sum(data[x] * encoder[x][z] for x in x_values) for z in z_values]
    entropy = -sum(p * math.log(p) for p in data)
    marginal = sum(q * math.log(q / p) for q, p in zip(codes, prior, strict=True))
    pairs = [(x, z, data[x] * encoder[x][z]) for x in x_values for z in z_values]
    information = sum(joint * math.log(encoder[x][z] / codes[z]) for x, z, joint in pairs)
    assert t.value() == pytest.approx(-entropy - marginal, abs=1e-9)
    assert t.value(beta=0) == pytest.approx(information - entropy, abs=1e-9)
    assert t.value(beta=0, marginal=1) == pytest.approx(information - entropy - marginal, abs=1e-9)
    assert max(tabular.identity_errors(seed).values()) < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_no_decoder_is_better_than_the_codes_own_and_it_gives_the_data_back(seed):
    t = random_tables(seed)
    assert torch.allclose(t.drawn(), t.data, atol=1e-12)
    for other in range(5):
        decoder = random_tables(100 + other).encoder.T
        assert t.log_likelihood(decoder) < t.log_likelihood()


def test_a_criterion_is_distortion_and_weighted_regularisers():
    distortion, first, second = (torch.tensor(v) for v in ([1.0, 2.0], [10.0, 20.0], [5.0, 5.0]))
    loss, terms = family.criterion(distortion, first=(0.5, first), second=(2.0, second))
    assert loss.tolist() == [16.0, 22.0]
    assert list(terms) == ["distortion", "first", "second"]


def test_members_differ_by_their_regularisers_alone():
    mean, log_std, z = torch.randn(6, 3), torch.randn(6, 3), torch.randn(6, 3)
    losses = {
        name: family.criterion(torch.zeros(6), **family.regularisers(weights, mean, log_std, z))[0]
        for name, weights in family.MEMBERS.items()
    }
    assert not losses["unregularised"].any()
    assert torch.allclose(losses["β = 0.2"], 0.2 * losses["ELBO"])
    assert torch.allclose(losses["InfoVAE"], (1e4 * mmd_from_prior(z)).expand(6))
    assert family.name_of(family.Weights(1.0)) == "ELBO"


def test_the_distance_from_the_prior_is_that_by_quadrature():
    z = 0.5 * torch.randn(20, 2, dtype=torch.float64) + 1
    line = torch.linspace(-6, 6, 41, dtype=torch.float64)
    grid = torch.cartesian_prod(line, line)
    density = (-grid.square().sum(1) / 2).exp()
    density = density / density.sum()
    across = (kernel(z, grid, 2) @ density).mean()
    by_grid = kernel(z, z, 2).mean() - 2 * across + density @ kernel(grid, grid, 2) @ density
    assert mmd_from_prior(z).item() == pytest.approx(by_grid.item(), abs=1e-8)
    assert mmd_from_prior(z).item() > 0.1


def test_two_samples_of_one_kind_are_alike_and_of_two_kinds_are_not():
    a, b = torch.randn(300, 5), torch.randn(300, 5)
    assert mmd(a, a, 5).item() == pytest.approx(0, abs=1e-6)
    assert mmd(a, b, 5) < 0.02 < mmd(a, b + 1, 5)


def test_the_distance_of_the_prior_from_itself_falls_as_one_over_the_samples():
    few, many = (mmd_from_prior(torch.randn(n, 4)).item() for n in (100, 3000))
    assert 0 < many < few / 5 and few < 0.02
