"""The models of this paper: what a masked decoder may see, what a step may teach, what a kind of experiment trains."""

import itertools
import math

import pytest
import torch
from pydantic import ValidationError

from vaelib.criteria import protocol
from vaelib.criteria.experiments import Made, Member, NoisyCode, Sequential, binary, whitened
from vaelib.criteria.made import ConditionalMADE, MadeVAE, masks, negative_log_likelihood
from vaelib.criteria.sequential import SequentialVAE
from vaelib.models import VAE
from vaelib.objectives import bernoulli_distortion, gaussian_rate
from vaelib.training import fit

TINY = {"data": "mnist/train", "first": 64, "epochs": 1, "snapshots": (1,), "hidden": (8,), "latent_dim": 2, "seed": 3}


@pytest.mark.parametrize("hidden", [(30,), (30, 20), (3,)])
def test_a_pixel_sees_those_before_it_and_no_other(hidden):
    made = ConditionalMADE(hidden, 2, pixels=8).double()
    for parameter in made.parameters():
        parameter.data.uniform_(0.1, 1)  # all units on, so that every connection that there is shows
    x, z = torch.rand(8).double(), torch.rand(1, 2).double()
    depends = torch.autograd.functional.jacobian(lambda one: made(one[None], z)[0], x) != 0
    assert not depends.triu().any()
    if hidden != (3,):
        assert torch.equal(depends, torch.ones(8, 8).tril(-1).bool())


def test_the_masks_of_whole_images_let_all_through_that_came_before_and_nothing_else():
    first, last = masks((784, 800, 784))
    reached = last @ first > 0
    assert torch.equal(reached, torch.ones(784, 784).tril(-1).bool())


def test_every_pixel_sees_the_code():
    made = ConditionalMADE((5,), 2, pixels=6)
    depends = torch.autograd.functional.jacobian(lambda z: made(torch.ones(1, 6), z[None])[0], torch.rand(2))
    assert (depends != 0).all()


def test_the_masked_decoder_is_a_distribution():
    made = ConditionalMADE((20,), 2, pixels=7)
    x = torch.tensor(list(itertools.product([0.0, 1.0], repeat=7)))
    z = torch.randn(1, 2).expand(len(x), 2)
    assert (-bernoulli_distortion(made(x, z), x)).exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_images_are_drawn_as_often_as_they_are_probable():
    made = ConditionalMADE((20,), 2, pixels=3)
    for parameter in made.parameters():
        parameter.data *= 4
    z = torch.randn(1, 2)
    drawn = made.sample(z.expand(20_000, 2), torch.Generator().manual_seed(0))
    for x in itertools.product([0.0, 1.0], repeat=3):
        one = torch.tensor([x])
        probability = (-bernoulli_distortion(made(one, z), one)).exp().item()
        assert (drawn == one).all(1).double().mean().item() == pytest.approx(probability, abs=0.015)


def test_a_likelihood_by_importance_sampling_is_that_by_quadrature():
    vae = MadeVAE((8,), (8,), 1)
    x = (torch.rand(4, 784) > 0.8).float()
    for layer in vae.decoder.layers:
        layer.code.weight.data *= 3
    vae.encoder.layers[-1].bias.data = torch.tensor([0.5, 0.4])  # a posterior unlike the prior, and wider
    line = torch.linspace(-8, 8, 4001)[:, None]
    log_prior = -0.5 * line[:, 0].square() - 0.5 * torch.tensor(2 * torch.pi).log()
    with torch.no_grad():
        exact = [
            -(
                log_prior
                - bernoulli_distortion(vae.decoder(one.expand(len(line), -1), line), one.expand(len(line), -1))
            ).logsumexp(0)
            - torch.tensor(16 / 4000).log()
            for one in x
        ]
    sampled = negative_log_likelihood(vae, x, 4000, torch.Generator().manual_seed(0))
    assert torch.allclose(sampled, torch.stack(exact), atol=0.1)


def test_a_step_learns_for_itself():
    vae = SequentialVAE(3, (8,), 2)
    x = torch.rand(5, 784)
    mean, _ = vae.encoder(x)
    (vae.draw(mean)[2] - x).square().sum().backward()
    taught = {name.split(".")[0] + name.split(".")[1] * (name.startswith("later")) for name, p in vae.named_parameters()
              if p.grad is not None and p.grad.any()}  # fmt: skip
    assert taught == {"encoder", "later1"}
    assert all(p.grad is None or not p.grad.any() for e in vae.encoder.steps[:2] for p in e.parameters())


def test_a_gate_that_is_shut_leaves_the_picture_and_an_open_one_replaces_it():
    vae, z = SequentialVAE(2, (8,), 2), torch.randn(4, 4)
    bias = vae.later[0].layers[-1].bias.data
    bias[784:] = -1e4
    first, second = vae.draw(z)
    assert torch.equal(first, second)
    bias[784:] = 1e4
    first, second = vae.draw(z)
    drawn = vae.later[0].layers(torch.cat([first, z[:, 2:]], 1))[:, :784].sigmoid()
    torch.testing.assert_close(second, drawn)  # of other products, whose last digits are the processor's


def test_one_step_is_a_vae_of_the_same_decoder():
    vae, plain, z = SequentialVAE(1, (8,), 2), VAE((8,), 2), torch.randn(4, 2)
    plain.decoder.load_state_dict(vae.first.state_dict())
    torch.testing.assert_close(vae.draw(z)[0], plain.decoder.output(z))
    assert (vae.encode(torch.rand(9, 784))[1] < 0).all()


def test_a_given_code_is_white():
    codes = whitened(torch.rand(300, 784), 5).double()
    assert torch.allclose(codes.T @ codes / 300, torch.eye(5).double(), atol=1e-5)


KINDS = [
    Member(**TINY, beta=1.0),
    Member(**TINY, beta=0.0, mmd=100.0),
    NoisyCode(**TINY, noise=0.3),
    Made(**TINY, beta=1.0),
    Made(**TINY, beta=0.0, mmd=100.0),
    Made(**TINY, beta=1.0, side=7),
    Sequential(**TINY, steps=3),
]


@pytest.mark.parametrize("experiment", KINDS, ids=lambda e: e.name)
def test_every_kind_trains_and_its_weights_come_back(experiment):
    run = fit(experiment)
    run.check(1)
    again = fit(experiment).weights[1]
    assert all(torch.equal(values, again[name]) for name, values in run.weights[1].items())
    assert run.model() is not None and run.history[0]["train"]


def test_every_kind_has_a_tag_and_a_name_of_its_own():
    assert len({e.name for e in KINDS}) == len(KINDS)
    assert {e.kind for e in KINDS} == {"member", "noisy-code", "made", "sequential"}
    with pytest.raises(ValidationError, match="trains on a part of the training set"):
        Member(**TINY | {"data": "mnist/test"}, beta=1.0)


def test_a_coarser_image_is_white_where_the_mean_of_its_square_is_above_a_half():
    image = torch.zeros(28, 28)
    image[:4, :4] = 0.6  # white at every size
    image[4:6, 4:6] = torch.tensor([[1.0, 1.0], [0.1, 0.0]])  # white at 14 x 14, not at 7 x 7
    found = {side: binary(image.view(1, -1), side).view(side, side) for side in (28, 14, 7)}
    assert [int(one.sum()) for one in found.values()] == [16 + 2, 4 + 1, 1]
    assert found[14][2, 2] == found[7][0, 0] == 1
    assert Made(**TINY, beta=1.0, side=14).inputs().shape[1] == 14**2


def test_the_same_decoder_is_trained_with_a_code_and_with_one_too_dear_to_use():
    for side, (elbo, without) in protocol.coarser(0).items():
        assert elbo.side == without.side == side
        assert (elbo.beta, without.beta) == (1.0, 100.0)
        assert elbo.model_copy(update={"beta": 100.0}) == without
    assert protocol.coarser(0)[28][0] == protocol.with_made(0)["ELBO"]


def test_the_sequential_loss_is_that_of_its_steps():
    experiment = Sequential(**TINY, steps=2, warm_up=10.0)
    vae, x, epsilon = experiment.architecture(), torch.rand(6, 784), torch.randn(6, 4)
    losses, _ = experiment.objective(vae, x).loss(vae, x, epsilon, 5)
    mean, log_std = vae.encoder(x)
    expected = torch.zeros(6)
    for step, picture in enumerate(vae.draw(mean + log_std.exp() * epsilon)):
        own = slice(2 * step, 2 * step + 2)
        weight = 1 - torch.tensor(-0.5).exp()
        expected += 16 * (x - picture).square().sum(1) + 392 * math.log(2 * math.pi / 32)
        expected += weight * gaussian_rate(mean[:, own], log_std[:, own])
    assert torch.allclose(losses, expected)


def test_the_plan_is_of_three_seeds_and_equal_codes():
    sizes = protocol.sequential("mnist", 0)
    total = protocol.STEPS * protocol.CODE
    assert [(e.steps, e.latent_dim) for e in sizes.values()] == [(4, 8), (1, 8), (1, total)]
    assert len(protocol.SEEDS) == 3
