"""Evaluations against a plain computation of the same measures, image by image, on real MNIST."""

import math

import numpy as np
import pytest
import torch

from vaelib import data, training
from vaelib.errors import NotPublished, UnknownName
from vaelib.information import optimal_decoder
from vaelib.kinds import Experiment
from vaelib.novelty import evaluation
from vaelib.novelty.evaluation import Evaluated
from vaelib.novelty.latent_plane import latent_plane, stratified_latents
from vaelib.novelty.pictures import pictures_of
from vaelib.optimal_decoder import OptimalDecoder

pytestmark = pytest.mark.slow

EXPERIMENT = Experiment(
    data="mnist/train-without-9", first=512, hidden=(32,), latent_dim=4, epochs=3, snapshots=(1, 3), learning_rate=3e-3
)
EPS = float(np.finfo(np.float32).eps)


@pytest.fixture(scope="module")
def run():
    return training.fit(EXPERIMENT)


@pytest.fixture(scope="module")
def evaluated(run):
    return evaluation.evaluate(run, Evaluated(EXPERIMENT, 3, 9))


def plain_measures(run, x):
    """One test image, in float64 numpy and Python, from the weights alone."""

    def through(prefix, values):
        weights = {k.removeprefix(f"{prefix}.layers."): v.double().numpy() for k, v in run.weights[3].items()
                   if k.startswith(prefix)}  # fmt: skip
        for layer in ("0", "2"):
            values = values @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
            values = np.maximum(values, 0) if layer == "0" else values
        return values

    train = data.partition("mnist/train-without-9").images[:512].double().numpy()
    means, log_stds = np.split(through("encoder", train), 2, axis=1)
    z = through("encoder", x)[:4]
    logs = (-0.5 * ((z - means) / np.exp(log_stds)) ** 2 - log_stds).sum(1)
    w = np.exp(logs - logs.max())
    w /= w.sum()
    output = np.clip(1 / (1 + np.exp(-through("decoder", z))), EPS, 1 - EPS)

    def bce(target):
        return -(target * np.log(output) + (1 - target) * np.log(1 - output)).sum()

    positive = w[w > 0]
    return {
        "bce_input": bce(x),
        "bce_average": bce(w @ train),
        "average_entropy": sum(-p * math.log(p) - (1 - p) * math.log(1 - p) for p in w @ train if 0 < p < 1),
        "input_entropy": sum(-p * math.log(p) - (1 - p) * math.log(1 - p) for p in x if 0 < p < 1),
        "perplexity": math.exp(-(positive * np.log(positive)).sum()),
        "largest": w.max(),
        "nearest": int(w.argmax()),
    }


@pytest.mark.parametrize("index", [0, 1, 500, 1008])
def test_every_measure_of_a_test_image_equals_a_plain_computation(run, evaluated, index):
    x = data.partition("mnist/test-9").images[index].double().numpy()
    expected = plain_measures(run, x)
    assert evaluated.bce_input[index].item() == pytest.approx(expected["bce_input"], rel=1e-4)
    assert evaluated.bce_average[index].item() == pytest.approx(expected["bce_average"], rel=1e-3)
    assert evaluated.average_entropy[index].item() == pytest.approx(expected["average_entropy"], rel=1e-3)
    assert evaluated.perplexity[index].item() == pytest.approx(expected["perplexity"], rel=1e-3)
    assert evaluated.top_weights[index, 0].item() == pytest.approx(expected["largest"], rel=1e-3)
    train = data.partition("mnist/train-without-9")
    assert evaluated.top_indices[index, 0] == train.indices[expected["nearest"]]
    assert evaluated.top_classes[index, 0] == train.labels[expected["nearest"]]


def test_by_kl_each_target_is_measured_from_its_own_entropy(run, evaluated):
    expected = [plain_measures(run, x) for x in data.partition("mnist/test-9").images[:40].double().numpy()]
    kl_input = torch.tensor([one["bce_input"] - one["input_entropy"] for one in expected])
    kl_average = torch.tensor([one["bce_average"] - one["average_entropy"] for one in expected])
    torch.testing.assert_close(evaluated.kl_input[:40].double(), kl_input, rtol=1e-3, atol=1e-2)
    torch.testing.assert_close(evaluated.kl_average[:40].double(), kl_average, rtol=1e-3, atol=1e-2)
    assert evaluated.nearer_input_by_kl == (evaluated.kl_input < evaluated.kl_average).double().mean().item()
    assert evaluated.nearer_input_by_kl < evaluated.nearer_input  # the averages are blurred


def test_neighbours_come_from_what_the_run_was_trained_on(evaluated):
    assert not (evaluated.top_classes == 9).any()
    everything = data.partition("mnist/train")
    assert torch.equal(everything.labels[evaluated.top_indices.long()].byte(), evaluated.top_classes)
    assert evaluated.top_indices.max() <= data.partition("mnist/train-without-9").indices[511]


def test_the_yardstick_is_a_random_training_image_of_the_same_class(run, evaluated):
    drawn = evaluation._random_of_class(data.partition("mnist/train"), data.partition("mnist/test"))
    everything = data.partition("mnist/train")
    labels = data.partition("mnist/test").labels
    for position in (0, 1, 77, 9_999):
        matches = (everything.images == drawn[position]).all(1).nonzero().flatten()
        assert (everything.labels[matches] == labels[position]).all()
    vae, x = run.model(), data.partition("mnist/test-9").images
    output = vae.decoder.output(vae.encode(x)[0]).detach().clamp(EPS, 1 - EPS)
    r = drawn[labels == 9]
    expected = -(r * output.log() + (1 - r) * (1 - output).log()).sum(1)
    torch.testing.assert_close(evaluated.bce_random, expected, rtol=1e-4, atol=1e-3)


def test_an_output_has_the_class_of_the_training_image_at_the_smallest_angle(run, evaluated):
    x, everything = data.partition("mnist/test-9").images[:5], data.partition("mnist/train")
    outputs = run.model().decoder.output(run.model().encode(x)[0]).detach().double()
    for output, found in zip(outputs, evaluated.output_classes, strict=False):
        angles = (everything.images.double() @ output) / everything.images.double().norm(dim=1)
        assert found == everything.labels[angles.argmax()]
    assert evaluated.recognised == (evaluated.output_classes == 9).double().mean()


@pytest.mark.parametrize("block", [1, 3, 100])
def test_the_most_alike_image_does_not_depend_on_brightness_or_blocks(block):
    images = torch.rand(10, 784)
    assert evaluation.most_alike(0.1 * images.flip(0), images, block).tolist() == list(range(9, -1, -1))


def test_the_rate_is_what_the_code_tells_and_what_its_marginal_costs(run, evaluated):
    found = evaluated.information
    assert set(found) == {"rate", "mutual_information", "marginal_kl", "distortion", "best_distortion"}
    assert 0 < found["mutual_information"]["mean"] <= math.log(512)
    parts = found["mutual_information"]["mean"] + found["marginal_kl"]["mean"]
    error = sum(found[name]["error"] for name in ("rate", "mutual_information", "marginal_kl"))
    assert found["rate"]["mean"] == pytest.approx(parts, abs=4 * error)
    assert error < 0.6
    vae, images = run.model(), data.partition("mnist/train-without-9").images[:512]
    mean, log_std = vae.encode(images)
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, log_std.exp()), torch.distributions.Normal(0.0, 1.0)
    )
    assert found["rate"]["mean"] == pytest.approx(expected.sum(1).mean().item(), abs=4 * found["rate"]["error"])


def test_no_decoder_beats_the_best_one(run, evaluated):
    found = evaluated.information
    assert found["best_distortion"]["mean"] < found["distortion"]["mean"]
    vae, train = run.model(), data.partition("mnist/train-without-9").first(512)
    best = optimal_decoder(vae, train.images)
    mean, log_std = best.means, best.log_stds
    z = mean + log_std.exp() * torch.randn(mean.shape)
    targets, outputs = train.images.double(), best.weights(z) @ train.images.double()
    plain = -(torch.xlogy(targets, outputs) + torch.xlogy(1 - targets, 1 - outputs)).sum(1)
    error = 4 * (found["best_distortion"]["error"] + plain.std().item() / 512**0.5)
    assert found["best_distortion"]["mean"] == pytest.approx(plain.mean().item(), abs=error)


def test_another_snapshot_and_another_digit_are_other_evaluations(run, evaluated):
    early = evaluation.evaluate(run, Evaluated(EXPERIMENT, 1, 9))
    assert not torch.equal(early.bce_input, evaluated.bce_input)
    threes = evaluation.evaluate(run, Evaluated(EXPERIMENT, 3, 3))
    assert len(threes) == 1_010
    assert threes.information == evaluated.information  # of the training set alone


def test_sampled_latents_are_other_than_means_and_repeatable(run, evaluated):
    request = Evaluated(EXPERIMENT, 3, 9, "sample")
    sampled = evaluation.evaluate(run, request)
    assert not torch.equal(sampled.bce_input, evaluated.bce_input)
    assert torch.equal(sampled.bce_input, evaluation.evaluate(run, request).bce_input)


def test_pictures_are_those_of_the_image_asked_for(run, evaluated):
    shown = pictures_of(evaluated, 7)
    x = data.partition("mnist/test-9").images[7]
    assert torch.equal(shown.input, x)
    vae = run.model()
    with torch.no_grad():
        output = vae.decoder.output(vae.encoder(x[None])[0])[0]
    assert (shown.output - output).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(shown.neighbours[0], data.partition("mnist/train").images[evaluated.top_indices[7, 0]])


def test_pictures_that_were_not_kept_are_an_error_that_says_which_were(evaluated):
    with pytest.raises(NotPublished, match="0 to 9"):
        pictures_of(evaluated, 10)
    with pytest.raises(UnknownName, match="0 to 1008"):
        pictures_of(evaluated, 1009)


def test_latent_plane_lays_z1_along_columns_and_z2_along_rows():
    means = torch.tensor([[-4.0, 4.0], [4.0, -4.0]])
    optimal = OptimalDecoder(means, torch.log(torch.tensor([[0.5, 0.5], [1.0, 1.0]])), torch.eye(2))
    plane = latent_plane(optimal, extent=5, steps=11)
    row, column = divmod(int(plane.log_density.argmax()), 11)
    assert (row, column) == (9, 1)  # the narrow posterior at z = (-4, 4)
    assert plane.largest_weight[9, 1] == pytest.approx(1.0)


def test_stratified_latents_fall_one_into_each_cell_of_equal_probability():
    z = stratified_latents(4, seed=0)
    cells = (torch.special.ndtr(z) * 4).floor().int().tolist()
    assert sorted(map(tuple, cells)) == [(i, j) for i in range(4) for j in range(4)]
    assert torch.equal(z, stratified_latents(4, seed=0))


def test_the_input_s_entropy_is_that_of_the_data(evaluated):
    images = data.partition("mnist/test-9").images.double()
    expected = torch.distributions.Bernoulli(images, validate_args=False).entropy().sum(1)
    torch.testing.assert_close(evaluated.input_entropy.double(), expected, rtol=1e-5, atol=1e-4)
    assert "input_entropy" not in evaluated.arrays()
