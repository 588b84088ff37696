"""The objective's terms against torch.distributions, with their reductions."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vaelib.objectives import bernoulli_distortion, cross_entropy, gaussian_rate, pixel_entropy


def test_distortion_is_minus_the_log_likelihood_summed_over_pixels():
    logits, x = 5 * torch.randn(7, 30), torch.randint(2, (7, 30)).float()
    expected = -Bernoulli(logits=logits).log_prob(x).sum(1)
    torch.testing.assert_close(bernoulli_distortion(logits, x), expected)


def test_distortion_of_grey_pixels_is_the_cross_entropy():
    logits, x = torch.randn(7, 30, dtype=torch.float64), torch.rand(7, 30, dtype=torch.float64)
    output = logits.sigmoid()
    expected = -(x * output.log() + (1 - x) * (1 - output).log()).sum(1)
    torch.testing.assert_close(bernoulli_distortion(logits, x), expected)
    torch.testing.assert_close(cross_entropy(x, output), expected)


def test_distortion_has_the_gradient_of_its_closed_form():
    logits, x = torch.randn(5, 9, requires_grad=True), torch.rand(5, 9)
    bernoulli_distortion(logits, x).sum().backward()
    torch.testing.assert_close(logits.grad, logits.detach().sigmoid() - x)


def test_rate_is_the_kl_divergence_summed_over_dimensions():
    mean, log_std = torch.randn(6, 4), torch.randn(6, 4)
    expected = kl_divergence(Normal(mean, log_std.exp()), Normal(torch.zeros(4), torch.ones(4))).sum(1)
    torch.testing.assert_close(gaussian_rate(mean, log_std), expected)


def test_a_wholly_wrong_pixel_costs_what_the_clamp_allows():
    cost = cross_entropy(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
    torch.testing.assert_close(cost, torch.tensor([2 * 15.942385]))


def test_an_images_entropy_is_the_least_cross_entropy_and_the_rest_is_the_kl_divergence():
    image, output = torch.rand(7, 30, dtype=torch.float64), torch.rand(7, 30, dtype=torch.float64)
    torch.testing.assert_close(pixel_entropy(image), Bernoulli(image).entropy().sum(1))
    divergence = kl_divergence(Bernoulli(image), Bernoulli(output)).sum(1)
    torch.testing.assert_close(cross_entropy(image, output) - pixel_entropy(image), divergence)
    assert pixel_entropy(torch.tensor([[0.0, 1.0]])).item() == 0


@pytest.mark.parametrize("pixel", [-0.1, 1.1, 255.0, float("nan")])
def test_pixels_outside_the_unit_interval_are_refused(pixel):
    x = torch.full((2, 3), 0.5)
    x[1, 1] = pixel
    for measure in (
        bernoulli_distortion,
        lambda output, target: cross_entropy(target, output),
        lambda _, x: pixel_entropy(x),
    ):
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
            measure(torch.zeros(2, 3), x)
