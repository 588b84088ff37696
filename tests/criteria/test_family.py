"""The family of criteria: its identities on tables, its one objective, its regularisers."""

import math

import pytest
import torch

from vaelib.criteria import family, tabular
from vaelib.criteria.tabular import CHANNELS, VALUES, channel, random_tables
from vaelib.two_sample import mmd_from_prior


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
