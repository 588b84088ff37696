"""What is measured of the runs: the floor of every Gaussian decoder, sharpness, the probe, pictures step by step."""

import numpy as np
import pytest
import torch

from vaelib.criteria import coding, drawing, theorem
from vaelib.criteria.experiments import Made, Member, NoisyCode, Sequential
from vaelib.criteria.measured import Measured, given_encoder
from vaelib.criteria.sharpness import sharpness
from vaelib.kinds import Experiment
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.runs import Trained

TINY = {"data": "mnist/train", "first": 64, "epochs": 1, "snapshots": (1,), "hidden": (8,), "latent_dim": 2, "seed": 3}


@pytest.fixture
def optimal():
    return OptimalDecoder(torch.randn(40, 2), torch.full((40, 2), -0.5), torch.rand(40, 784))


def test_the_overlap_is_the_variance_under_the_weights(optimal):
    z = torch.randn(6, 2)
    average, overlap = theorem.average_and_overlap(optimal, z)
    weights, images = optimal.weights(z).numpy(), optimal.images.double().numpy()
    for k in range(6):
        mean = sum(weights[k, i] * images[i] for i in range(40))
        spread = sum(weights[k, i] * ((images[i] - mean) ** 2).sum() for i in range(40))
        assert np.allclose(average[k], mean, atol=1e-6)
        assert overlap[k].item() == pytest.approx(spread, rel=1e-6)


def test_the_overlap_is_nothing_where_posteriors_are_apart_and_all_variance_where_they_are_one():
    images, means = torch.rand(40, 784), torch.randn(40, 2)
    _, apart = theorem.average_and_overlap(OptimalDecoder(means, torch.full((40, 2), -9.0), images), means)
    _, one = theorem.average_and_overlap(OptimalDecoder(0 * means, 0 * means, images), means)
    assert apart.max() < 1e-6
    assert torch.allclose(one, images.double().var(0, correction=0).sum().expand(40), rtol=1e-5)


def test_no_decoder_is_under_the_floor_and_the_weighted_average_is_on_it(optimal):
    best, _ = theorem.measure(optimal, optimal, 0, 2000)
    assert best["excess"] < 1e-6
    assert abs(best["error"] - best["floor"]) < 4 * best["error_se"]
    for other in (lambda z: optimal(z) + 0.05, lambda z: optimal(z).roll(1, 1), lambda z: torch.rand(len(z), 784)):
        found, _ = theorem.measure(optimal, other, 0, 500)
        assert found["error"] > found["floor"]
        assert found["error"] == pytest.approx(found["floor"] + found["excess"], abs=4 * found["error_se"])


def test_more_noise_is_more_overlap_and_less_sharp():
    floors, sharp = [], []
    for noise in (0.05, 0.3, 1.0):
        encoder = given_encoder(NoisyCode(**TINY, noise=noise))
        values, _ = theorem.measure(encoder, encoder, 0, 500)
        floors.append(values["floor"])
        sharp.append(values["average_sharpness"])
    assert floors == sorted(floors) and floors[2] > floors[0] + 1
    assert sharp == sorted(sharp, reverse=True)


def test_sharpness_is_the_laplacians_variance_and_falls_with_blur():
    image = torch.rand(2, 28, 28)
    found = [
        4 * image[0, i, j] - image[0, i - 1, j] - image[0, i + 1, j] - image[0, i, j - 1] - image[0, i, j + 1]
        for i in range(1, 27)
        for j in range(1, 27)
    ]
    assert sharpness(image.flatten(1))[0].item() == pytest.approx(np.var(found), rel=1e-4)
    blurred = torch.nn.functional.avg_pool2d(image[:, None], 3, 1, 1).flatten(1)
    assert (sharpness(blurred) < 0.3 * sharpness(image.flatten(1))).all()
    assert sharpness(torch.full((1, 784), 0.7)).item() == pytest.approx(0, abs=1e-10)


def test_the_probe_names_what_is_linear_and_not_what_is_noise():
    labels = torch.arange(2000) % 10
    told = torch.nn.functional.one_hot(labels, 10).float() + 0.1 * torch.randn(2000, 10)
    assert coding.probe(told[:1000], labels[:1000], told[1000:], labels[1000:]) > 0.98
    noise = torch.randn(2000, 10)
    assert coding.probe(noise[:1000], labels[:1000], noise[1000:], labels[1000:]) < 0.2


@pytest.mark.parametrize(
    "experiment",
    [Member(**TINY, beta=1.0), NoisyCode(**TINY, noise=0.3), Made(**TINY, beta=1.0), Sequential(**TINY, steps=2)],
    ids=lambda e: e.kind,
)
def test_measures_come_back_from_the_store_as_they_were(store, experiment, monkeypatch):
    monkeypatch.setattr(drawing, "IMAGES", 50)
    monkeypatch.setattr(coding, "DRAWN", 1)
    asked = Measured(experiment)
    made, found = store.get(asked), store.get(asked)
    assert (made.values, made.steps) == (found.values, found.steps)
    assert all(torch.equal(values, found.pictures[name]) for name, values in made.pictures.items())
    assert all(np.isfinite(value) for value in found.values.values())


def test_the_main_books_vae_draws_in_one_step(store, monkeypatch):
    monkeypatch.setattr(drawing, "IMAGES", 50)
    experiment = Experiment(**TINY | {"data": "mnist/train-without-9"})
    asked = Measured(experiment, "test-9")
    found = store.get(asked)
    assert len(found.steps) == 1
    assert found.steps[0]["on_top"] == 0  # it has no neighbour of a digit that it never saw
    assert asked.path.split("/")[0] != Trained(experiment).path.split("/")[0]


def test_perplexity_falls_as_codes_are_added(store, monkeypatch):
    monkeypatch.setattr(drawing, "IMAGES", 50)
    steps = store.get(Measured(Sequential(**TINY, steps=3))).steps
    values = [step["perplexity"] for step in steps]
    assert values == sorted(values, reverse=True) and values[0] > values[2]
