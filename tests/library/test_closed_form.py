"""The gradient written out equals autograd's, on fresh random inputs and on edge cases."""

import pytest
import torch

from vaelib.closed_form import ClosedForm
from vaelib.models import VAE
from vaelib.objectives import Autograd, negative_elbo

ARCHITECTURES = [(), (7,), (400,), (16, 9), (400, 200, 100)]


def both(hidden, latent_dim, images, rows, beta=1.0, scale=1.0):
    """Terms and gradients by autograd and written out, of two models with the same weights."""
    legible, fast = VAE(hidden, latent_dim), VAE(hidden, latent_dim)
    with torch.no_grad():
        for parameter in legible.parameters():
            parameter.mul_(scale)
    fast.load_state_dict(legible.state_dict())
    closed_form = ClosedForm(fast, images, beta)
    epsilon = torch.randn(len(rows), latent_dim)
    plain = Autograd(legible, images, (latent_dim,), lambda vae, x, noise, _: negative_elbo(vae, x, noise, beta))
    terms = plain(rows, epsilon, 0), closed_form(rows, epsilon, 0)
    return terms, [{n: p.grad.clone() for n, p in vae.named_parameters()} for vae in (legible, fast)]


def assert_same(terms, gradients):
    legible, fast = gradients
    for name, expected in legible.items():
        error = (fast[name] - expected).norm() / expected.norm()
        assert error < 1e-5, f"{name}: {error:.2g}"
    assert terms[0].keys() == terms[1].keys()
    for expected, found in zip(*(t.values() for t in terms), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hidden", ARCHITECTURES, ids=str)
def test_it_is_autograds(hidden, seed):
    torch.manual_seed(seed)
    images = torch.rand(300, 784)
    assert_same(*both(hidden, 5, images, torch.randperm(300)[:128], beta=0.3 + seed))


@pytest.mark.parametrize("n", [1, 2, 35, 127])
def test_batches_of_any_size(n):
    assert_same(*both((16, 9), 3, torch.rand(200, 784), torch.randperm(200)[:n]))


def test_pixels_that_are_black_or_white_and_logits_that_are_large():
    images = (torch.rand(64, 784) > 0.8).float()
    images[:, :100] = 0
    assert_same(*both((30,), 4, images, torch.arange(64), scale=6.0))


@pytest.mark.parametrize("pixel", [-0.1, 1.1, float("nan")])
def test_what_is_no_image_is_refused(pixel):
    images = torch.rand(10, 784)
    images[3, 5] = pixel
    with pytest.raises(ValueError, match="Pixels must lie in"):
        ClosedForm(VAE((16,), 3), images, 1.0)


def test_one_model_goes_on_through_batches_of_changing_size():
    images = torch.rand(100, 784)
    vae = VAE((16,), 3)
    closed_form = ClosedForm(vae, images, 1.0)
    for n in (40, 40, 20, 40):
        rows, epsilon = torch.randperm(100)[:n], torch.randn(n, 3)
        closed_form(rows, epsilon, 0)
        found = {name: parameter.grad.clone() for name, parameter in vae.named_parameters()}
        with torch.no_grad():
            (parameters,) = closed_form.parameters
            parameters -= 1e-3 * parameters.grad  # the model sees it: they are its parameters
        legible = VAE((16,), 3)
        legible.load_state_dict({k: v + 1e-3 * found[k] for k, v in vae.state_dict().items()})
        Autograd(legible, images, (3,), lambda vae, x, noise, _: negative_elbo(vae, x, noise))(rows, epsilon, 0)
        for name, parameter in legible.named_parameters():
            torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-4)
