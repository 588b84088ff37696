"""What each method optimises, against sums that were got another way, and that each moves what it says."""

import math

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal

from vaelib import quadrature, toys, training
from vaelib.errors import NotPublished
from vaelib.likelihood_first import experiments, measures, objectives
from vaelib.likelihood_first.experiments import Together
from vaelib.likelihood_first.models import CurveVAE, Posterior

SMALL = {"epochs": 2, "snapshots": (2,), "points": 100, "batch_size": 50}


@pytest.fixture
def vae():
    return CurveVAE((8,), (8,), 3).double()


@pytest.fixture
def x():
    return toys.FAMILIES["circle"].sample(6, 0).x


def mixture(posterior: Posterior, row: int) -> MixtureSameFamily:
    return MixtureSameFamily(
        Categorical(logits=posterior.log_shares[row]), Normal(posterior.means[row], posterior.log_stds[row].exp())
    )


def test_the_density_of_a_mixture_is_pytorchs(vae, x):
    posterior, z = vae.posterior(x), torch.linspace(-2, 2, 9).double()
    ours = posterior.log_density(z.expand(len(x), -1))
    for row in range(len(x)):
        torch.testing.assert_close(ours[row], mixture(posterior, row).log_prob(z))


def test_the_exact_elbo_is_the_likelihood_less_the_divergence_from_the_exact_posterior(vae, x):
    """The identity that the chapter rests on, with an integral of the divergence on a grid of its own."""
    grid = quadrature.grid(0.002)
    found = quadrature.gaussian_log_likelihoods(x, vae.curve(grid.nodes), 0.05)
    log_density = toys.log_density(vae.curve, 0.05, x, 0.002)
    log_exact = quadrature.log_posterior(found, grid) - math.log(0.002)
    log_q = vae.posterior(x).log_density(grid.nodes[:, 0].expand(len(x), -1))
    divergence = (log_q.exp() * (log_q - log_exact)).sum(1) * 0.002
    torch.testing.assert_close(measures.elbo(vae, x, 0.05), log_density - divergence, atol=1e-4, rtol=0)


def test_the_losses_are_the_bounds_on_average(vae, x):
    random = torch.Generator().manual_seed(0)
    epsilon = torch.randn(len(x), 3, 4000, generator=random, dtype=torch.float64)
    loss, terms = objectives.inference(0.05)(vae, x, epsilon, 0)
    torch.testing.assert_close(-loss, measures.elbo(vae, x, 0.05), rtol=0.03, atol=0.03)
    assert terms.keys() == {"negative_elbo"}
    one = CurveVAE((8,), (8,)).double()
    losses = [objectives.joint(0.05)(one, x, e[:, None], 0)[0] for e in epsilon[:, 0].T]
    torch.testing.assert_close(-torch.stack(losses).mean(0), measures.elbo(one, x, 0.05), rtol=0.03, atol=0.03)


def test_more_samples_bring_iwae_near_the_likelihood_and_never_above(x):
    one = CurveVAE((8,), (8,)).double()
    epsilon = torch.randn(400, len(x), 256, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def bound(k):
        return torch.stack([-objectives.joint(0.5, samples=k)(one, x, e[:, :k], 0)[0] for e in epsilon]).mean(0)

    exact = toys.log_density(one.curve, 0.5, x, 0.01)
    few, many = bound(2), bound(256)
    assert (few < many).all() and (many < exact + 0.01).all()
    torch.testing.assert_close(many, exact, atol=0.05, rtol=0)


def test_beta_weighs_the_rate_alone(x):
    one, epsilon = CurveVAE((8,), (8,)).double(), torch.zeros(6, 1).double()
    loss, terms = objectives.joint(0.05, beta=4.0)(one, x, epsilon, 0)
    torch.testing.assert_close(loss, terms["distortion"] + 4 * terms["rate"])


def test_the_likelihood_is_exact_for_every_shift(vae, x):
    expected = toys.log_density(vae.curve, 0.05, x, 0.01)
    for shift in (-3.0, 0.0, 1.0):
        surprise, _ = objectives.likelihood(0.05)(vae, x, torch.full((6, 1), shift).double(), 0)
        torch.testing.assert_close(-surprise, expected, atol=1e-6, rtol=0)


def moved(experiment, store=None) -> set[str]:
    """Which halves a training moves."""
    torch.manual_seed(experiment.seed)
    fresh = experiment.architecture()
    experiment.start(fresh, store)
    end = training.fit(experiment, store=store, progress=False).model().state_dict()
    return {name.split(".")[0] for name, before in fresh.state_dict().items() if not torch.equal(before, end[name])}


def test_each_method_moves_what_it_says(store):
    both = {"encoder", "decoder"}
    for rival in experiments.rivals("circle", 0, **SMALL | {"epochs": 3, "snapshots": (3,)}):  # the lag has five steps
        assert moved(rival) == both
    assert moved(experiments.likelihood_first("circle", 0, **SMALL)) == {"decoder"}
    assert moved(experiments.inference("circle", 0, 2, **SMALL), store) == {"encoder"}
    drifting = experiments.from_truth("circle", 0, 2, 2, points=100, batch_size=50)
    assert moved(drifting, store) == both
    assert moved(drifting.starts_at.decoder_of) == {"decoder"}


def test_a_lagging_decoder_moves_with_every_fifth_step_of_the_encoder():
    lagging = experiments.together("circle", 0, lag=4, **SMALL)
    assert moved(lagging.model_copy(update={"epochs": 2, "snapshots": (2,)})) == {"encoder"}  # four steps
    assert moved(lagging.model_copy(update={"epochs": 3, "snapshots": (3,)})) == {"encoder", "decoder"}


def test_a_run_that_goes_on_from_another_needs_the_store():
    with pytest.raises(NotPublished, match="give `fit` the store"):
        training.fit(experiments.inference("circle", 0, **SMALL), progress=False)


def test_a_training_that_starts_elsewhere_starts_there(store):
    drifting = experiments.from_truth("circle", 0, 2, 2, points=100, batch_size=50)
    model = drifting.architecture()
    drifting.start(model, store)
    (run,) = drifting.needs()
    for name, value in store.get(run).model().state_dict().items():
        assert torch.equal(value, model.state_dict()[name])


def test_methods_are_told_apart_and_not_mixed():
    rivals = experiments.rivals("abs", 0)
    assert [one.method for one in rivals] == ["ELBO", "β-VAE, β = 4", "IWAE, K = 16", "lagging, 4"]
    assert len({one.name for one in experiments.in_all()}) == len(experiments.in_all())
    with pytest.raises(ValueError, match="one of beta, samples and lag"):
        experiments.together("abs", 0, beta=2.0, lag=1)
    with pytest.raises(ValueError, match="no toy family"):
        Together(data="mnist/train")


def test_test_points_are_of_no_training_set():
    one = experiments.together("circle", 0)
    train = {tuple(row) for row in one.inputs().tolist()}
    assert not train & {tuple(row) for row in one.test().float().tolist()}
    assert not torch.equal(one.inputs(), experiments.together("circle", 1).inputs())
