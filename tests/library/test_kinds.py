"""Variations of the paper's VAE: what is off changes nothing, what is on does what it says."""

import pytest
import torch
from pydantic import ValidationError

from vaelib import training
from vaelib.closed_form import ClosedForm
from vaelib.errors import NotPublished
from vaelib.kinds import VariedExperiment
from vaelib.models import VAE
from vaelib.objectives import Autograd
from vaelib.runs import Trained


def varied(experiment, **fields):
    return VariedExperiment(**experiment.model_dump() | fields)


def test_nothing_varied_is_the_same_training_under_another_name(smoke):
    plain, same = training.fit(smoke), training.fit(varied(smoke))
    assert plain.history == same.history
    assert varied(smoke).key != smoke.key
    assert ".varied." in varied(smoke).name


def test_a_floor_of_nothing_is_the_plain_objective(smoke):
    """Free bits of almost nothing go through autograd and end where the closed form does."""
    plain, other = training.fit(smoke), training.fit(varied(smoke, free_bits=1e-9))
    for name, value in plain.weights[2].items():
        torch.testing.assert_close(other.weights[2][name], value, rtol=1e-3, atol=1e-4)


def test_a_floor_leaves_the_rate_below_it_alone(smoke):
    experiment = varied(smoke, free_bits=100.0)
    vae, images = VAE(smoke.hidden, smoke.latent_dim), torch.rand(8, 784)
    objective = experiment.objective(vae, images)
    assert isinstance(objective, Autograd)
    objective(torch.arange(8), torch.zeros(8, 3), 0)
    with_floor = vae.encoder.layers[-1].weight.grad[3:].clone()  # of log s, whose noise is zero: the rate's alone
    assert with_floor.abs().max() == 0
    varied(smoke, free_bits=1e-9).objective(vae, images)(torch.arange(8), torch.zeros(8, 3), 0)
    assert vae.encoder.layers[-1].weight.grad[3:].abs().max() > 0


@pytest.mark.parametrize("free_bits", [0.0, 1e-9])
def test_the_weight_of_the_rate_rises_step_by_step(smoke, free_bits):
    """Halfway up, the gradient is that of half of β, in closed form and by autograd."""
    images, rows, noise = torch.rand(256, 784), torch.arange(128), torch.randn(128, 3)
    vae, other = VAE((16,), 3), VAE((16,), 3)
    other.load_state_dict(vae.state_dict())
    rising = varied(smoke, warm_up=2, beta=0.8, free_bits=free_bits).objective(vae, images)  # four steps
    rising(rows, noise, 2)
    ClosedForm(other, images, 0.4)(rows, noise, 0)
    for one, two in zip(vae.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad, rtol=1e-4, atol=1e-5)


def test_encoder_and_decoder_may_be_of_unlike_sizes(smoke):
    run = training.fit(varied(smoke, decoder_hidden=(8, 4)))
    shapes = [tuple(layer.weight.shape) for layer in run.model().decoder.layers[::2]]
    assert shapes == [(4, 3), (8, 4), (784, 8)]
    assert run.experiment.decoder_parameters == sum(p.numel() for p in run.model().decoder.parameters())


def test_an_encoder_that_is_taken_stays_as_it_is(smoke, store):
    experiment = varied(smoke, encoder_of=smoke, decoder_hidden=(8,), seed=9)
    taken, run = store.get(Trained(smoke)).model(), store.get(Trained(experiment))
    for epoch in run.weights:
        vae = run.model(epoch)
        assert all(torch.equal(a, b) for a, b in zip(vae.encoder.parameters(), taken.encoder.parameters(), strict=True))
    assert not torch.equal(run.weights[1]["decoder.layers.0.weight"], run.weights[2]["decoder.layers.0.weight"])
    with pytest.raises(NotPublished, match="give `fit` the store"):
        training.fit(experiment)


def test_an_encoder_of_another_architecture_is_refused(smoke):
    with pytest.raises(ValidationError, match="expected those of this experiment"):
        varied(smoke, encoder_of=smoke, hidden=(9,))
    for fields in ({"encoder_of": varied(smoke, skip=1)}, {"encoder_of": smoke, "channels": (4,)}):
        with pytest.raises(ValidationError, match="expected no channels, and nothing varied"):
            varied(smoke, **fields)


def test_a_training_set_may_begin_later(smoke):
    whole, later = varied(smoke, first=None).train(), varied(smoke, skip=3, first=5).train()
    assert later.indices.tolist() == whole.indices[3:8].tolist()
