"""Samples from the prior: the same answers as everywhere, at codes that the prior gives, beside images most alike."""

import numpy as np
import pytest
import torch

from vaelib import data
from vaelib.novelty import experiments, samples
from vaelib.novelty.evaluation import evaluated
from vaelib.novelty.trained import TrainedVAEs
from vaelib.store import Store

pytestmark = pytest.mark.slow

EXPERIMENT = experiments.figure(1).deep_unseen  # deep, trained without nines


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


@pytest.fixture(scope="module")
def model(store):
    return TrainedVAEs(store)[EXPERIMENT]


def test_for_test_images_the_answers_are_those_of_the_published_evaluation(model, store):
    published = store.get(evaluated(EXPERIMENT))
    kept = len(published.outputs)
    found = samples.from_posteriors(model, data.partition("mnist/test-9").images[:kept])
    torch.testing.assert_close(found.kl_average, published.kl_average[:kept], rtol=1e-3, atol=0.1)
    torch.testing.assert_close(found.perplexity, published.perplexity[:kept], rtol=1e-3, atol=1e-3)
    for pictures, stored in ((found.outputs, published.outputs), (found.averages, published.averages)):
        assert (pictures - stored / 255).abs().max() <= 0.51 / 255
    assert not (model.train.labels[found.most_alike] == 9).any()


def test_the_image_most_alike_is_at_the_smallest_angle(model):
    found = samples.from_prior(model, 5, seed=3)
    images = model.train.images.double().numpy()
    lengths = np.linalg.norm(images, axis=1)
    for output, alike, angle in zip(found.outputs.double().numpy(), found.most_alike, found.angle, strict=True):
        cosines = images @ output / lengths / np.linalg.norm(output)
        assert cosines[alike] == pytest.approx(cosines.max(), abs=1e-6)
        assert angle.item() == pytest.approx(np.degrees(np.arccos(cosines.max())), abs=1e-2)


def test_codes_come_from_the_prior_and_from_their_seed(model, monkeypatch):
    monkeypatch.setattr(samples, "at_codes", lambda model, z: z)
    z = samples.from_prior(model, 4000, seed=0)
    assert z.shape == (4000, EXPERIMENT.latent_dim)
    assert abs(z.mean()) < 0.01
    assert abs(z.var() - 1) < 0.01
    assert torch.equal(z, samples.from_prior(model, 4000, seed=0))
    assert not torch.equal(z, samples.from_prior(model, 4000, seed=1))


def test_angles_do_not_see_brightness():
    x = torch.rand(3, 784)
    assert (samples.angles(x, 0.1 * x) < 0.01).all()
    square = samples.angles(torch.tensor([[1.0, 0.0], [1.0, 1.0]]), torch.tensor([[0.0, 2.0], [1.0, 0.0]]))
    torch.testing.assert_close(square, torch.tensor([90.0, 45.0]))


def test_the_table_has_theorem_1s_measures_where_there_is_a_code(model):
    found = samples.from_prior(model, 12, seed=0)
    rows = samples.likeness_table([("samples", found.angle, found), ("data", found.angle, None)]).splitlines()
    low, middle, high = np.quantile(found.angle.double().numpy(), (0.25, 0.5, 0.75))
    assert rows[2].startswith(f"| samples | {middle:.1f}° ({low:.1f}° to {high:.1f}°) |")
    assert rows[2].endswith(f"| {found.kl_average.median():.0f} | {found.perplexity.median():.2f} |")
    assert rows[3].endswith("| – | – |")
