"""The Gaussian decoder: its distortion with constants, its variance, and a linear VAE against its closed form."""

import math

import pytest
import torch
from torch.distributions import Normal

from vaelib import manifolds
from vaelib.models import GaussianDecoder, GaussianVAE
from vaelib.objectives import Autograd, gaussian_distortion, gaussian_rate


def test_distortion_is_minus_the_log_density_summed_over_pixels():
    output, x, log_variance = torch.rand(7, 30), torch.rand(7, 30), torch.tensor(-1.7)
    expected = -Normal(output, (log_variance / 2).exp()).log_prob(x).sum(1)
    torch.testing.assert_close(gaussian_distortion(output, x, log_variance), expected)


def test_the_best_variance_is_the_mean_squared_error():
    output, x = torch.rand(50, 9, dtype=torch.float64), torch.rand(50, 9, dtype=torch.float64)
    log_variance = (x - output).square().mean().log().requires_grad_()
    gaussian_distortion(output, x, log_variance).sum().backward()
    assert log_variance.grad.item() == pytest.approx(0, abs=1e-10)


def test_a_given_variance_is_not_learned_and_without_one_it_is_learned_from_one_on():
    fixed, learned = GaussianDecoder((8,), 2, math.log(0.1)), GaussianDecoder((8,), 2)
    assert fixed.variance == pytest.approx(0.1) and learned.variance == 1
    assert [one.log_variance.requires_grad for one in (fixed, learned)] == [False, True]
    assert GaussianDecoder((8,), 2, 0.0).log_variance.requires_grad is False


def test_pixels_are_squashed_and_points_of_a_manifold_are_not():
    z = 50 * torch.randn(20, 3)
    pixels, points = GaussianDecoder((8,), 3)(z), GaussianDecoder((8,), 3, outputs=20, squashed=False)(z)
    assert pixels.shape == (20, 784) and pixels.min() >= 0 and pixels.max() <= 1
    assert points.shape == (20, 20) and points.abs().max() > 1


def test_a_vae_takes_points_of_any_length():
    means, log_stds = GaussianVAE((16,), 4, inputs=20, squashed=False).encode(torch.randn(5, 20))
    assert means.shape == log_stds.shape == (5, 4)


@pytest.mark.parametrize("form", manifolds.FORMS)
@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_a_manifold_has_its_dimension_at_every_point(dimension, form):
    """Between near neighbours there are r directions; beyond them the variance falls off at once."""
    x = manifolds.curved(dimension, 20, 4000, seed=1, form=form)
    assert x.shape == (4000, 20)
    torch.testing.assert_close(x.std(0), torch.ones(20), rtol=1e-3, atol=1e-3)
    for centre in x[:5]:
        around = x[(x - centre).square().sum(1).argsort()[:30]].double()
        values = torch.linalg.svdvals(around - around.mean(0)).square()
        assert values[dimension - 1] > 2 * values[dimension]
    assert torch.equal(x, manifolds.curved(dimension, 20, 4000, seed=1, form=form))
    assert not torch.equal(x, manifolds.curved(dimension, 20, 4000, seed=2, form=form))


def test_a_manifold_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="dimension from 1 to 20, found 21"):
        manifolds.curved(21, 20, 10, 0)
    with pytest.raises(ValueError, match="form of gaussian, uniform, found 'round'"):
        manifolds.curved(2, 20, 10, 0, "round")


STDS = [2.0, 1.0, 0.5]
GAMMA = 0.05


@pytest.fixture(scope="module")
def linear():
    """A linear VAE with a fixed variance, trained to the end on points of a subspace; noise of every sign cancels."""
    x = manifolds.flat(STDS, 6, 256, seed=0).double()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = GaussianVAE((), 4, math.log(GAMMA), inputs=6, squashed=False).double()

    def loss(model, points, noise, step):
        mean, log_std = model.encoder(points)
        std, weight = log_std.exp(), model.decoder.layers[0].weight
        # the expectation over the noise, exactly: it adds the trace of W S W' to the squared error
        spread = (std.square() @ weight.square().sum(0)) / (2 * model.decoder.log_variance.exp())
        distortion = gaussian_distortion(model.decoder(mean), points, model.decoder.log_variance) + spread
        return distortion + gaussian_rate(mean, log_std), {}

    objective = Autograd(vae, x, (4,), loss)
    optimizer = torch.optim.LBFGS(objective.parameters, max_iter=2000, line_search_fn="strong_wolfe",
                                  tolerance_grad=1e-9, tolerance_change=1e-14)  # fmt: skip
    rows = torch.arange(len(x))

    def closure():
        objective(rows, torch.zeros(len(x), 4), 0)
        return loss(vae, x, None, 0)[0].mean()

    return vae, x, optimizer.step(closure), closure().item()


def test_a_linear_vae_ends_with_the_likelihood_of_probabilistic_pca(linear):
    """−ELBO = ½ [Σ_j log max(λ_j, γ) + r + Σ_dropped λ_j / γ + d log 2π], with eigenvalues λ_j of the data."""
    _, x, _, reached = linear
    values = torch.linalg.eigvalsh(x.T @ x / len(x)).clamp(min=0).flip(0)
    kept = values[values > GAMMA]
    expected = kept.log().sum() + (6 - len(kept)) * math.log(GAMMA) + len(kept) + 6 * math.log(2 * math.pi)
    expected += values[len(kept) :].sum() / GAMMA
    assert reached == pytest.approx(0.5 * expected.item(), abs=1e-3)


def test_a_linear_vaes_posterior_variances_are_gamma_over_gamma_plus_s_squared(linear):
    """s_j² = λ_j − γ at the optimum, so that a kept dimension has γ / λ_j, and one that is not kept has 1."""
    vae, x, _, _ = linear
    _, log_stds = vae.encode(x)
    found = (2 * log_stds).exp().mean(0).sort().values
    expected = torch.tensor([GAMMA / std**2 for std in STDS] + [1.0], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)
    singular = torch.linalg.svdvals(vae.decoder.layers[0].weight)
    torch.testing.assert_close(GAMMA / (GAMMA + singular.square()), expected, rtol=0, atol=1e-3)
