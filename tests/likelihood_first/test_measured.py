"""What is measured of trained models, what the claims make of it, and what tables and figures show."""

import dataclasses
import math

import pytest
import torch
from scipy import stats
from torch.nn.functional import binary_cross_entropy_with_logits

from vaelib import data, toys
from vaelib.likelihood_first import checks, digits, experiments, figures, measures, subjects, tables
from vaelib.likelihood_first.checks import OfFamily
from vaelib.likelihood_first.claims import CLAIMS
from vaelib.likelihood_first.digits import DigitsEnds
from vaelib.likelihood_first.drift import Drift, Twins, TwinsOf
from vaelib.likelihood_first.measured import Ends, EndsOf
from vaelib.likelihood_first.models import Posterior
from vaelib.likelihood_first.paper import PAPER
from vaelib.likelihood_first.pictures import Picture, PictureOf
from vaelib.models import VAE
from vaelib.pages.findings import verdicts

SMALL = {"epochs": 2, "snapshots": (2,)}


def one_gaussian(mean, std, n=5):
    filled = [torch.full((n, 1), value).double() for value in (0.0, mean, math.log(std))]
    return Posterior(*filled)


def test_rate_and_distance_from_the_prior_are_those_of_gaussians():
    rate, line = measures.rate_and_line(one_gaussian(0.7, 0.4))
    p, q = torch.distributions.Normal(0, 1), torch.distributions.Normal(0.7, 0.4)
    expected = torch.distributions.kl_divergence(q, p).item()
    assert rate == pytest.approx(expected, abs=1e-4)
    assert measures.from_prior(line) == pytest.approx(expected, abs=1e-4)


def test_exact_posteriors_of_the_models_own_data_add_up_to_the_prior():
    family = toys.FAMILIES["circle"]
    rate, line = measures.exact_rate_and_line(family.curve, family.sample(4000, 0).x, family.variance)
    assert measures.from_prior(line) < 0.02
    assert (line.density * (line.z[1] - line.z[0])).sum().item() == pytest.approx(1, abs=1e-6)
    noise = stats.multivariate_normal([0, 0], 0.01).entropy()
    entropy = -family.log_density(family.sample(4000, 1).x).mean().item()
    assert rate - measures.from_prior(line) == pytest.approx(entropy - noise, abs=0.05)


def test_ends_are_kept_and_their_gap_is_what_the_elbo_lacks(store):
    changes = SMALL | {"points": 100}
    for experiment in experiments.in_all(("abs",), (0,), **changes):
        asked = EndsOf(experiment, 50)
        found = store.get(asked)
        assert store.get(asked) == found
        assert found.elbo + found.gap == pytest.approx(found.log_likelihood, abs=1e-4)
        assert found.information + found.from_prior == pytest.approx(found.rate, abs=1e-4)
        assert found.gap >= -1e-6 and found.step_error < 1e-6
        assert (found.gap == 0) == isinstance(experiment, experiments.LikelihoodFirst)
    truth = toys.FAMILIES["abs"].log_density(experiment.test(50)).mean().item()
    assert found.truth == pytest.approx(truth, abs=1e-4)


def test_a_picture_is_a_density(store):
    picture = store.get(PictureOf("toys/circle", experiments.together("circle", 0, points=100, **SMALL), 24))
    assert picture.density.shape == (24, 24)
    assert 0 < picture.density.float().sum() * (3.2 / 23) ** 2 < 1.1
    assert picture.aggregate.float().sum() * 0.04 == pytest.approx(1, abs=0.02)


def test_a_drift_is_watched_from_its_start_on(store):
    (asked,) = subjects.of_drift((0,), ("clusters",), fitted=2, epochs=2, points=100, batch_size=50)
    found = store.get(asked)
    assert store.get(asked) == found
    assert found.epochs == [0, 1, 2]
    for values, (change, error) in (
        (found.log_likelihood, found.likelihood_change),
        (found.elbo, found.elbo_change),
    ):
        assert values[-1] - values[0] == pytest.approx(change, abs=1e-3)
        assert error > 0


def test_twins_have_one_likelihood(store):
    found = store.get(TwinsOf("toys/abs", 0, 10))
    assert found.log_likelihood[0] == pytest.approx(found.log_likelihood[1], abs=checks.SAME)
    assert found.elbo[1] - found.elbo[0] > 0.3


def test_a_plane_gives_the_likelihood_of_digits():
    """Against a sum of the prior's samples: a wide posterior, so that they suffice."""
    decoder = VAE((5,), 2).decoder
    x = data.partition("mnist/test").images[:3]
    z = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = decoder(z)
        costs = [binary_cross_entropy_with_logits(logits, one.expand_as(logits), reduction="none") for one in x]
    of = torch.stack([(-cost.sum(1)).logsumexp(0) - math.log(len(z)) for cost in costs])
    torch.testing.assert_close(digits.log_evidence(decoder, x, 0.1).float(), of, atol=0.1, rtol=0)


def test_digits_end_where_both_methods_led_them(store):
    elbo, first = digits.results((0,), (10,), 2, 5, 0.5)
    for asked in (elbo, first):
        found = store.get(asked)
        assert store.get(asked) == found
        assert found.from_best > 0 and found.train < 0
    before = first.experiment.architecture()
    first.experiment.start(before, store)
    after = store.get(first.needs()[0]).model()
    assert all(torch.equal(a, b) for a, b in zip(before.decoder.parameters(), after.decoder.parameters(), strict=True))


def ends(**values):
    filled = dict.fromkeys(Ends.__dataclass_fields__, 0.0) | values
    return Ends(**filled)


def family_of(ahead, short, mmd=-0.01, from_prior=0.01):
    exact = ends(log_likelihood=-short, from_prior=from_prior, squared_mmd=0.01 + mmd)
    return OfFamily(ends(log_likelihood=-short - ahead, squared_mmd=0.01), exact, ends(from_prior=1.0), ends())


def test_ends_are_judged_against_the_elbo_the_truth_and_the_prior():
    good = {"figure-8": family_of(0.1, 0.01), "abs": family_of(0.01, 0.01)}
    assert set(verdicts(checks.ends(good)).values()) == {"reproduced"}
    bad = {"figure-8": family_of(0.01, 0.5, 0.01, 0.06), "abs": family_of(0.1, 0.01)}
    assert set(verdicts(checks.ends(bad)).values()) == {"not reproduced"}


def test_a_drift_counts_where_the_elbo_rises_and_the_likelihood_falls():
    good = Drift([0, 1], [0.0, -1.0], [0.0, 1.0], 1e-5, (-1.0, 0.1), (1.0, 0.1))
    assert verdicts(checks.drift({"clusters": good})) == {"leaves-the-truth": "reproduced"}
    both_rise = dataclasses.replace(good, likelihood_change=(1.0, 0.1))
    assert verdicts(checks.drift({"clusters": both_rise})) == {"leaves-the-truth": "partly"}


def test_twins_that_the_elbo_cannot_tell_apart_prove_nothing():
    assert verdicts(checks.twins({"abs": Twins((-1.0, -1.0), (-2.0, -1.1))})) == {"unidentifiable": "reproduced"}
    assert verdicts(checks.twins({"abs": Twins((-1.0, -1.0), (-2.0, -2.0))})) == {"unidentifiable": "partly"}


def digits_ends(**values):
    return DigitsEnds(**dict.fromkeys(DigitsEnds.__dataclass_fields__, 0.0) | values)


def test_digits_are_judged_by_unseen_ones():
    elbo = digits_ends(train=-100.0, test=-200.0, distortion=90.0, best_distortion=80.0)
    first = digits_ends(train=-120.0, test=-190.0, distortion=85.0, best_distortion=80.0)
    assert set(verdicts(checks.digits(elbo, first)).values()) == {"reproduced"}
    assert set(verdicts(checks.digits(first, elbo)).values()) == {"not reproduced"}


def test_what_holds_for_one_seed_alone_does_not_hold():
    elbo, first = digits_ends(test=-2.0), digits_ends(test=-1.0)
    lines = checks.over_seeds([checks.digits(elbo, first), checks.digits(first, elbo)])
    assert not lines[0].holds and lines[0].ours == 0


def test_the_closed_forms_hold():
    assert set(verdicts(checks.closed()).values()) == {"reproduced"}


def test_every_claim_has_its_measures():
    measured = {
        subjects.CLOSED: checks.closed(),
        subjects.TWIN_CURVES: checks.twins({"abs": Twins((0.0, 0.0), (0.0, 0.0))}),
        subjects.DRIFTS: checks.drift({"clusters": Drift([0], [0.0], [0.0], 0.0, (0.0, 1.0), (0.0, 1.0))}),
        subjects.ENDS: checks.ends({"figure-8": family_of(0, 0), "abs": family_of(0, 0)}),
        subjects.DIGITS: checks.digits(digits_ends(), digits_ends()),
    }
    for claim in CLAIMS:
        assert claim.identity in {line.claim for line in measured[claim.subject]}
    assert {line.claim for lines in measured.values() for line in lines} == {claim.identity for claim in CLAIMS}


def test_what_the_pages_show_is_published():
    published = {one.path for one in PAPER.results()}
    assert len(published) == len(PAPER.results())
    for page in PAPER.pages:
        assert {one.path for one in page.results()} <= published
    judged = {EndsOf(one).path for seed in experiments.SEEDS for one in experiments.in_all(subjects.JUDGED, (seed,))}
    assert judged <= published


def test_the_table_has_a_row_a_family_and_method():
    models = experiments.in_all(("abs", "circle"), (0, 1))
    rows = tables.ends_table([(one, ends(log_likelihood=-1.0)) for one in models]).splitlines()[2:]
    assert len(rows) == 2 * 7
    assert [row.split(" | ")[0] for row in rows if not row.startswith("|  |")] == ["| abs", "| circle"]
    assert rows[0].startswith("| abs | ELBO | 1.000 |")  # less than the truth, which is 0
    both = (digits_ends(test=-2.0), digits_ends(test=-1.0))
    assert "| log p, test | −2.00 | −1.00 |" in tables.digits_table([both])


def test_the_figures_have_a_panel_for_each_family_and_measure():
    one = Drift([0, 5], [-1.0, -1.5], [-2.0, -1.8], 0.0, (-0.5, 0.1), (0.2, 0.1))
    panel = figures.drift({"clusters": [one]}).axes[0]
    assert [line.get_ydata()[-1] for line in panel.lines[:2]] == pytest.approx([-0.5, 0.2])
    picture = Picture(torch.rand(8, 8).half(), torch.rand(20).half())
    titles = [axis.get_title("left") for axis in figures.densities({"abs": 3 * [picture]}).axes]
    assert titles == ["data", "ELBO", "likelihood first", "q(z) and prior"]
    both = [(digits_ends(test=-2.0), digits_ends(test=-1.0))]
    assert figures.digits(both).axes[0].lines[0].get_ydata().tolist() == [-2.0, -1.0]
