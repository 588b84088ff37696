"""The landing page's nine: what the book says of it holds, and the page's files are the library's, rounded."""

import itertools

import matplotlib.image
import numpy as np
import pytest
import torch
from handed import array, content

from vaelib import data
from vaelib.distances import most_alike
from vaelib.models import VAE
from vaelib.novelty import nine
from vaelib.novelty.evaluation import evaluated
from vaelib.novelty.trained import TrainedVAEs
from vaelib.objectives import cross_entropy
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.runs import Trained
from vaelib.store import Store

pytestmark = pytest.mark.slow

MODELS = nine.models()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


@pytest.fixture(scope="module")
def folder(store, tmp_path_factory):
    target = tmp_path_factory.mktemp("nine") / "data"
    nine.write(target, store)
    return target


@pytest.fixture(scope="module")
def test_images():
    """Nines, which half of the models never saw, and other digits."""
    return torch.cat([data.partition(name).first(200).images for name in ("mnist/test-9", "mnist/test-without-9")])


def weights(layer):
    return array(layer["whole"]).astype(float) * array(layer["scales"]).astype(float)[:, None]


def half(layers, values):
    """A half of a model by plain matrices."""
    for number, layer in enumerate(layers):
        values = np.maximum(values, 0) if number else values
        values = values @ weights(layer).T + array(layer["biases"])
    return values


def answer(model, images):
    z = half(model["encoder"], images.double().numpy())
    return z, torch.sigmoid(torch.from_numpy(half(model["decoder"], z)))


def test_the_nine_is_one_image_and_its_story_is_the_books(store):
    """Shallow, unseen: a nine again; deep, unseen: a blur between a nine and a four; the average: a seven."""
    assert nine.image().shape == (1, data.PIXELS)
    trained, train = TrainedVAEs(store), data.partition("mnist/train")
    found = {name: trained[MODELS[name]].to(nine.image()[0]) for name in ("shallow-without", "deep-without")}
    outputs = torch.stack([nine.image()[0], *(one.output for one in found.values()), found["deep-without"].average])
    assert train.labels[most_alike(outputs, train.images)].tolist() == [9, 9, 9, 7]
    others = train.labels != 9
    assert train.labels[others][most_alike(outputs[2:3], train.images[others])].item() == 4
    assert found["shallow-without"].bce_input < found["deep-without"].bce_input - 30


def test_what_the_landing_page_says_of_the_test_nines_is_so(store):
    shallow, deep = (store.get(evaluated(MODELS[f"{depth}-without"])) for depth in ("shallow", "deep"))
    assert shallow.nearer_input > 0.98  # almost every output is nearer to the nine
    assert shallow.recognised > 0.9 and deep.recognised < 0.5  # mostly does not
    counts = torch.bincount(deep.output_classes.long(), minlength=10)
    assert counts[4] + counts[7] > counts[9]  # fours and sevens more often than nines


@pytest.mark.parametrize("name", MODELS)
def test_rounded_weights_move_the_answers_by_less_than_is_said(folder, store, test_images, name):
    model, vae = content(folder, f"model-{name}"), store.get(Trained(MODELS[name], (50,))).model()
    z, output = answer(model, test_images)
    with torch.no_grad():
        means, _ = vae.encode(test_images)
        exact = vae.decoder.output(means).double()
    assert z.shape == means.shape
    assert (output - exact).abs().mean() < 0.01
    moved = cross_entropy(test_images, output) - cross_entropy(test_images, exact)
    assert moved.abs().mean() < 2  # nats per image
    layers = [layer for layer in vae.encoder.layers if isinstance(layer, torch.nn.Linear)]
    for stored, layer in zip(model["encoder"], layers, strict=True):
        rows = len(array(stored["biases"]))
        apart = np.abs(weights(stored) - layer.weight.detach().numpy()[:rows])
        assert (apart <= 0.5001 * array(stored["scales"])[:, None]).all()


@pytest.mark.parametrize("name", MODELS)
def test_rounded_codes_move_theorem_1s_weights_by_less_than_a_tenth(folder, store, test_images, name):
    opening, codes = content(folder, "nine"), content(folder, f"codes-{name}")
    vae: VAE = store.get(Trained(MODELS[name], (50,))).model()
    part = data.partition("mnist/train").first(nine.FIRST)
    seen = part.images[part.labels != 9]
    if name.endswith("-with"):
        seen = torch.cat([seen, part.images[part.labels == 9]])
    assert len(seen) == opening["averaged"][name.split("-")[1]]
    z, _ = vae.encode(test_images)
    exact = OptimalDecoder(*vae.encode(seen), seen).weights(z)
    means, log_stds = (
        torch.from_numpy(array(codes[which]) * opening[step])
        for which, step in (("means", "meanStep"), ("logStds", "logStdStep"))
    )
    rounded = OptimalDecoder(means, log_stds, seen).weights(z[:, codes["dimensions"]])
    assert (rounded - exact).abs().max() < 0.1


def test_the_files_hold_the_part_of_the_training_set_that_the_page_names(folder, project):
    part = data.partition("mnist/train").first(nine.FIRST)
    for name, which in (("images", part.labels != 9), ("nines", part.labels == 9)):
        found = content(folder, name)
        pairs = array(found["greys"])
        greys = np.stack([pairs >> 4, pairs & 15], axis=-1).reshape(-1, data.PIXELS)
        assert np.abs(greys / 15 - part.images[which].numpy()).max() <= 0.5 / 15 + 1e-6
        assert found["labels"] == part.labels[which].tolist()
    assert f"MNIST's first {nine.FIRST:,} that the model saw" in (project / "book" / "intro.md").read_text()


@pytest.mark.parametrize("name", MODELS)
def test_answers_by_length_are_the_published_ones(folder, store, name):
    found, opening = content(folder, f"lengths-{name}"), content(folder, "nine")
    train = data.partition("mnist/train")
    assert opening["lengths"] == [1, 2, 5, 10, 20, 50, 100, 200]
    test = data.partition("mnist/test-9").first(nine.NINES)
    assert opening["positions"] == test.indices.tolist()
    for number, request in enumerate(nine.lengths()[name]):
        stored = store.get(request)
        assert request.epoch == opening["lengths"][number]
        assert np.array_equal(array(found["outputs"])[number], stored.outputs[: nine.NINES])
        assert np.array_equal(array(found["averages"])[number], stored.averages[: nine.NINES])
        assert np.allclose(array(found["klInput"])[number], stored.kl_input[: nine.NINES], rtol=1e-6)
        assert np.allclose(array(found["klAverage"])[number], stored.kl_average[: nine.NINES], rtol=1e-6)
        for i, place in enumerate(found["nearest"][number]):
            top = stored.top_indices[i, 0]
            assert found["labels"][place] == train.labels[top] == stored.top_classes[i, 0]
            assert array(found["weights"])[number, i] == stored.top_weights[i, 0].float()
    same = store.get(evaluated(MODELS[name], 50, 9))
    assert np.array_equal(array(found["outputs"])[5], same.outputs[: nine.NINES])  # as the protocol's, at its length


def test_what_the_page_loads_at_first_is_small(folder):
    first = ("nine", "images", "model-shallow-without", "model-deep-without", "codes-deep-without")
    assert sum((folder / f"{name}.js").stat().st_size for name in first) < 1_700_000


def test_a_canvas_without_its_export_is_refused():
    with pytest.raises(ValueError, match="expected to end in"):
        nine.as_script("const render = 1;")


def test_the_picture_in_the_readme_is_the_code_s(store, project, tmp_path):
    nine.still(store).savefig(tmp_path / "nine.png")
    drawn, kept = (matplotlib.image.imread(path) for path in (tmp_path / "nine.png", project / "book/static/nine.png"))
    assert drawn.shape == kept.shape
    assert np.abs(drawn - kept).mean() < 0.01


def test_the_picture_keeps_letters_of_11_pixels_on_a_phone_and_they_do_not_touch(store):
    figure = nine.still(store)
    phone = 358 / (figure.get_figwidth() * 72)  # of a screen of 390 pixels; pixels a point
    assert min(axis.title.get_fontsize() for axis in figure.axes) * phone > 11
    figure.canvas.draw()
    boxes = [axis.title.get_window_extent() for axis in figure.axes]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    assert all(figure.bbox.contains(box.x1, box.y1) for box in boxes)
