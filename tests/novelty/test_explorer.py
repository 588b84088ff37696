"""The explorer's files: what is written is what the store holds, small, and the published results stay as they are."""

import numpy as np
import pytest
import torch
from handed import array, content

from vaelib import data, paths
from vaelib.information import optimal_decoder
from vaelib.novelty import experiments, explorer, trained
from vaelib.novelty.evaluation import evaluated
from vaelib.novelty.experiments import HELD_OUT
from vaelib.novelty.pictures import pictures_of
from vaelib.objectives import cross_entropy
from vaelib.runs import Trained
from vaelib.store import Store

pytestmark = pytest.mark.slow

MINI = experiments.mini()
MODELS = {explorer.model_name(experiment): experiment for experiment in experiments.figure(1)}


def published():
    files = (path for path in paths.published().rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def folder(store, tmp_path_factory):
    target = tmp_path_factory.mktemp("explorer") / "data"
    before = published()
    explorer.write(target, store)
    assert published() == before
    return target


def test_the_plane_holds_the_stores_posteriors_and_the_training_images(folder, store):
    plane, run, train = content(folder, "plane"), store.get(Trained(MINI)), data.partition(MINI.data)
    assert np.array_equal(array(plane["images"]) / np.float32(255), train.images)
    assert plane["labels"] == train.labels.tolist()
    assert [plane["labels"].index(digit) for digit in explorer.ENDS] == plane["walk"]
    assert [snapshot["steps"] for snapshot in plane["snapshots"]] == list(MINI.snapshots)
    for snapshot in plane["snapshots"]:
        means, log_stds = run.model(snapshot["steps"]).encode(train.images)
        assert np.array_equal(array(snapshot["means"]), means)
        assert np.array_equal(array(snapshot["logStds"]), log_stds)
        images = torch.from_numpy(array(plane["tests"]["images"]) / np.float32(255))
        assert np.allclose(array(snapshot["tests"]), run.model(snapshot["steps"]).encode(images)[0], atol=1e-5)
    assert sorted(plane["tests"]["labels"]) == list(range(data.CLASSES))


@pytest.mark.parametrize("steps", MINI.snapshots)
def test_a_rounded_decoder_draws_what_the_stores_draws(folder, store, steps):
    layers = content(folder, f"decoder-{steps}")["layers"]
    stored = store.get(Trained(MINI)).model(steps).decoder
    z = 2 * explorer.EXTENT * (torch.rand(4000, 2) - 0.5)
    values = z.double().numpy()
    for layer, exact in zip(layers, stored.layers[::2], strict=True):
        assert np.array_equal(array(layer["biases"]), exact.bias.detach())
        weights = array(layer["weights"]).astype(float)
        assert np.allclose(weights, exact.weight.detach(), rtol=2.0**-19, atol=1e-38)
        values = np.maximum(values, 0) if layer is not layers[0] else values
        values = values @ weights.T + array(layer["biases"])
    output = torch.sigmoid(torch.from_numpy(values))
    assert (output - stored.output(z).detach()).abs().max() < 1e-4


@pytest.mark.parametrize("steps", MINI.snapshots)
def test_rounded_weights_move_the_cross_entropy_by_less_than_a_twentieth_of_a_nat(store, steps):
    run, train = store.get(Trained(MINI)), data.partition(MINI.data)
    z = 2 * explorer.EXTENT * (torch.rand(1000, 2, dtype=torch.float64) - 0.5)
    average = optimal_decoder(run.model(steps), train.images)(z)
    exact, moved = run.model(steps).double(), run.model(steps)
    for layer in moved.decoder.layers[::2]:
        layer.weight.data = torch.from_numpy(explorer.rounded(layer.weight.detach().numpy()))
    with torch.no_grad():
        bce = [cross_entropy(average, vae.double().decoder.output(z)) for vae in (exact, moved)]
    assert (bce[0] - bce[1]).abs().max() < 0.05


@torch.no_grad()
def test_on_the_walk_the_decoder_does_what_the_theorem_says_after_30_steps_and_not_after_1000(store):
    run, train = store.get(Trained(MINI)), data.partition(MINI.data)
    above, perplexity = {}, {}
    for steps in (30, 1000):
        optimal = optimal_decoder(run.model(steps), train.images)
        start, end = optimal.means[explorer.ends(train)].double()
        z = torch.lerp(start, end, torch.linspace(0, 1, 21, dtype=torch.float64)[:, None])
        average, output = optimal(z), run.model(steps).double().decoder.output(z)
        above[steps] = cross_entropy(average, output) - cross_entropy(average, average)
        perplexity[steps] = optimal.perplexity(z)
    assert perplexity[30].min() > 95
    assert above[30].max() < 10 < 50 < above[1000].max()  # nats per image


@pytest.mark.parametrize("name", MODELS)
def test_the_gallery_agrees_with_the_published_evaluations(folder, store, name):
    answered, nines = content(folder, f"gallery-{name}"), explorer.NINES
    stored = store.get(evaluated(MODELS[name], digit=9))
    for field in ("perplexity", "bceInput", "bceAverage"):
        measure = {"bceInput": "bce_input", "bceAverage": "bce_average"}.get(field, field)
        assert np.allclose(array(answered[field])[:nines], vars(stored)[measure][:nines], rtol=1e-4)
    assert np.allclose(array(answered["weights"])[:nines, :3], stored.top_weights[:nines], atol=1e-4)
    kept = len(stored.outputs)
    for field, pictures in (("outputs", stored.outputs), ("averages", stored.averages)):
        assert np.abs(array(answered[field])[:kept].astype(int) - pictures.numpy()).max() <= 1
    neighbours = array(answered["images"])[np.array(answered["neighbours"])]
    assert neighbours.shape == (len(explorer.test_images()), trained.NEIGHBOURS, data.PIXELS)
    pictured = pictures_of(stored, 0).neighbours
    assert np.array_equal(neighbours[0, :3], pictured.mul(255).round().numpy())
    assert np.array_equal(np.array(answered["labels"])[answered["neighbours"]][:nines, :3], stored.top_classes[:nines])


def test_the_test_images_follow_their_rule(folder):
    gallery, test = content(folder, "gallery"), data.partition("mnist/test")
    assert gallery["labels"] == [9] * explorer.NINES + [0, 1, 2, 3, 4, 5, 6, 7, 8]
    for number, (label, position) in enumerate(zip(gallery["labels"], gallery["positions"], strict=True)):
        before = (test.labels[:position] == label).sum()
        assert test.labels[position] == label
        assert before == (number if label == 9 else 0)
        assert np.array_equal(array(gallery["inputs"])[number] / np.float32(255), test.images[position])
    assert [model["name"] for model in gallery["models"]] == list(MODELS)


def test_the_gallery_opens_on_the_nine_whose_output_is_nearest_to_the_average_beside_the_input(folder, store):
    stored = store.get(evaluated(MODELS[explorer.OPENING], digit=9))
    gap = (stored.bce_input - stored.bce_average)[: explorer.NINES]
    opening = content(folder, "gallery")["opening"]
    assert gap[opening] > gap.max() - 0.01
    assert stored.output_classes[opening] != HELD_OUT


def test_what_the_page_loads_at_first_is_small(folder):
    first = ("plane", "decoder-1000", "gallery", "gallery-deep-without")
    assert sum((folder / f"{name}.js").stat().st_size for name in first) < 1_900_000


def test_the_picture_for_pages_without_scripts_is_there(folder):
    assert (folder / "plane.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "plane.png").stat().st_size > 50_000
