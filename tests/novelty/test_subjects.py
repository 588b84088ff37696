"""What the claims are measured on, against plain computations: nearest neighbours, objectives, the top neighbour."""

import numpy as np
import pytest
import torch

from vaelib import data, information
from vaelib.novelty import experiments, neighbours, subjects
from vaelib.novelty.evaluation import evaluated
from vaelib.runs import Trained
from vaelib.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


@pytest.fixture(scope="module")
def deep(published):
    """The deep VAE without nines: its evaluation, its model, its training set."""
    experiment = experiments.figure(1).deep_unseen
    return (
        published.get(evaluated(experiment)),
        published.get(Trained(experiment, (50,))).model(),
        data.partition(experiment.data),
    )


def test_the_share_of_nearest_neighbours_is_that_of_a_plain_search(published, deep):
    evaluation, vae, train = deep
    found = subjects._matched(evaluation, published)
    means, log_stds = (values.double().numpy() for values in vae.encode(train.images))
    z = vae.encode(data.partition("mnist/test-9").images)[0].double().numpy()
    rows = range(0, len(z), 10)
    same = []
    for widths in (1.0, np.exp(log_stds)):
        nearest = [int((((z[row] - means) / widths) ** 2).sum(1).argmin()) for row in rows]
        owners = evaluation.top_indices[::10, 0]
        same.append(float((train.indices[nearest] == owners).double().mean()))
    # a tenth of the images, so within what such a sample tells
    assert found.nearest == pytest.approx(same[0], abs=0.15)
    assert found.in_own_widths == pytest.approx(same[1], abs=0.08)


def test_the_objectives_are_the_last_of_the_history(published):
    one = subjects.trained(published)[0]
    last = published.get(Trained(one.evaluation.experiment, ())).history[-1]
    assert one.train == last["train"]["distortion"] + last["train"]["rate"]
    assert one.test == last["seen"]["distortion"] + last["seen"]["rate"]


def test_the_top_neighbour_is_a_target_like_the_others(published, deep):
    evaluation, vae, _ = deep
    found = neighbours.top_neighbour(evaluation, published)
    x = data.partition("mnist/test-9").images[:20]
    with torch.no_grad():
        output = torch.sigmoid(vae.decoder(vae.encoder(x)[0])).double()
    nearest = data.partition("mnist/train").images[evaluation.top_indices[:20, 0].long()].double()
    bernoulli = torch.distributions.Bernoulli(output.clamp(1e-7, 1 - 1e-7), validate_args=False)
    bce = -bernoulli.log_prob(nearest).sum(1)
    entropy = torch.distributions.Bernoulli(nearest, validate_args=False).entropy().sum(1)
    torch.testing.assert_close(found.bce[:20].double(), bce, rtol=1e-3, atol=0.05)
    torch.testing.assert_close(found.kl[:20].double(), bce - entropy, rtol=1e-3, atol=0.05)


def test_active_dimensions_are_counted_by_variance_and_by_rate():
    means = torch.zeros(1000, 4)
    means[:, 0] = torch.randn(1000)  # says something, and pays for it
    means[:, 1] = 5.0  # pays, and says nothing
    means[:, 2] = 0.2 * torch.randn(1000)  # says a little, for little
    found = information.active_dimensions(means, torch.zeros(1000, 4))
    assert found == {"by_variance": 2, "by_rate": 2}
