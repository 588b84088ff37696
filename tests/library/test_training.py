"""The loop: deterministic, equal to a plain one, with the history and snapshots that an experiment asks for."""

import pytest
import torch
from torch import nn

from vaelib import data, training
from vaelib.errors import TrainingDiverged, UnknownName
from vaelib.models import VAE

pytestmark = pytest.mark.slow


def plain_training(experiment):
    """The protocol in the usual words of PyTorch, sharing only the order of the random numbers."""
    images = data.partition(experiment.data).images[: experiment.first]
    torch.manual_seed(experiment.seed)
    vae = VAE(experiment.hidden, experiment.latent_dim)
    random = torch.Generator().manual_seed(experiment.seed)
    optimizer = torch.optim.Adam(vae.parameters(), lr=experiment.learning_rate)
    snapshots, objective = {}, []
    for epoch in range(1, experiment.epochs + 1):
        order = torch.randperm(len(images), generator=random)
        noise = torch.randn(len(images), experiment.latent_dim, generator=random)
        terms = torch.zeros(2)
        for first in range(0, len(images), experiment.batch_size):
            x = images[order[first : first + experiment.batch_size]]
            q = torch.distributions.Normal(
                *[f(v) for f, v in zip((nn.Identity(), torch.exp), vae.encoder(x), strict=True)]
            )
            z = q.loc + q.scale * noise[first : first + experiment.batch_size]
            output = torch.sigmoid(vae.decoder(z))
            distortion = nn.functional.binary_cross_entropy(output, x, reduction="sum")
            rate = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum()
            optimizer.zero_grad()
            ((distortion + experiment.beta * rate) / len(x)).backward()
            optimizer.step()
            terms += torch.tensor([distortion.item(), rate.item()])
        objective.append(terms / len(images))
        if epoch in experiment.snapshots:
            snapshots[epoch] = {name: value.detach().clone() for name, value in vae.state_dict().items()}
    return snapshots, objective


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_training_equals_a_plain_loop(smoke, beta):
    experiment = smoke.model_copy(update={"beta": beta, "batch_size": 100})  # 256 is no multiple of it
    run = training.fit(experiment)
    snapshots, objective = plain_training(experiment)
    for row, terms in zip(run.history, objective, strict=True):
        torch.testing.assert_close(torch.tensor(list(row["train"].values())), terms, rtol=1e-5, atol=1e-3)
    for epoch in experiment.snapshots:
        for name, value in snapshots[epoch].items():
            torch.testing.assert_close(run.weights[epoch][name], value, rtol=1e-4, atol=1e-5)


def test_two_runs_of_one_experiment_are_the_same_bit_for_bit(smoke, threads):
    torch.manual_seed(1)
    first = training.fit(smoke)
    torch.manual_seed(2)  # nothing outside of the experiment takes part
    threads(2)
    second = training.fit(smoke)
    assert first.history == second.history
    for epoch in smoke.snapshots:
        for name, value in first.weights[epoch].items():
            assert torch.equal(value, second.weights[epoch][name])


def test_training_leaves_the_callers_random_numbers_and_threads_alone(smoke):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    training.fit(smoke)
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads


def test_another_seed_is_another_run(smoke):
    other = training.fit(smoke.model_copy(update={"seed": 6}))
    assert training.fit(smoke).history[0] != other.history[0]


def test_history_measures_seen_and_held_out_digits_apart(smoke):
    run = training.fit(smoke)
    assert [row["epoch"] for row in run.history] == [1, 2]
    row = run.history[-1]
    vae = run.model()
    mean, log_std = vae.encode(data.partition("mnist/test-9").images)
    rate = 0.5 * (mean**2 + (2 * log_std).exp() - 2 * log_std - 1).sum(1).mean()
    assert row["held_out"]["rate"] == pytest.approx(rate.item(), rel=1e-5)
    assert row["held_out"] != row["seen"]
    stds = vae.encode(data.partition("mnist/train-without-9").images[:256])[1].exp()
    assert row["median_std"] == pytest.approx(stds.median().item(), rel=1e-5)


def test_training_on_all_digits_holds_nothing_out(smoke):
    run = training.fit(smoke.model_copy(update={"data": "mnist/train", "test_every": 2, "snapshots": (2,)}))
    assert "seen" not in run.history[0]
    assert set(run.history[1]) == {"epoch", "train", "seen", "median_std"}


def test_a_longer_run_passes_through_the_shorter_ones_weights(smoke):
    longer = smoke.model_copy(update={"epochs": 3, "snapshots": (1, 2, 3)})
    for name, value in training.fit(smoke).weights[2].items():
        assert torch.equal(training.fit(longer).weights[2][name], value)


def test_a_device_that_this_machine_lacks_is_an_error_that_names_the_others(smoke):
    with pytest.raises(UnknownName, match="device = 'tpu': expected one that this machine has, which are cpu"):
        training.fit(smoke, device="tpu")


def test_a_diverging_objective_is_an_error_and_no_result(smoke):
    with pytest.raises(TrainingDiverged, match="learning_rate"):
        training.fit(smoke.model_copy(update={"learning_rate": 1e6, "epochs": 20, "snapshots": (20,)}))
