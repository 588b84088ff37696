"""Live notebooks: what a control asks is what the model is asked, and the picture shows its answer."""

import base64
import io
import json
import re

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from ipywidgets import Button, Dropdown, FloatSlider, IntSlider, SelectMultiple
from matplotlib.figure import Figure

from vaelib import data
from vaelib.errors import UnknownName
from vaelib.novelty import experiments, figures_live, handwriting, trained, widgets
from vaelib.novelty.trained import TrainedVAEs
from vaelib.runs import Trained
from vaelib.store import Store

pytestmark = pytest.mark.slow

FOUR = experiments.figure(1)
MINI = experiments.mini()
LINE = [[[0.5, 0.1], [0.45, 0.9]]]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return TrainedVAEs(Store(train=False, local=tmp_path_factory.mktemp("runs")))


def parts(board, kind):
    """The controls of a kind below a box."""
    children = getattr(board, "children", ())
    return [found for child in children for found in ([child] if isinstance(child, kind) else parts(child, kind))]


def words(board):
    """The alt text of the picture below the controls; the whole text where no picture is."""
    value = board.children[-1].value
    found = re.search(r'<img [^>]*alt="([^"]+)"', value)
    return found[1] if found else value


def expected(models, experiment, z=None, x=None):
    """Output, weighted average, weights of all training images and measures, by textbook formulas alone."""
    vae = models.store.get(Trained(experiment, (experiment.epochs,))).model()
    train = data.partition(experiment.data)
    with torch.no_grad():
        means, log_stds = vae.encoder(train.images)
        z = torch.tensor(z) if x is None else vae.encoder(x)[0]
        output = torch.sigmoid(vae.decoder.layers(z))
    posterior = torch.distributions.Normal(means.double(), log_stds.double().exp())
    weights = posterior.log_prob(z.double()).sum(1).softmax(0)
    average = (weights @ train.images.double()).float().clamp(0, 1)
    eps = 2.0**-23  # of float32: where the paper's measure clamps

    def bce(target):
        return torch.nn.functional.binary_cross_entropy(output.clamp(eps, 1 - eps), target, reduction="sum")

    numbers = f"BCE(μ, x̂) {bce(average):.1f} nats per image"
    if x is not None:
        numbers = f"BCE(x, x̂) {bce(x):.1f}, {numbers}"
    perplexity = torch.distributions.Categorical(weights).entropy().exp()
    return output, average, weights, train, f"{numbers}; perplexity {perplexity:.2f}"


def shown(figure):
    """The 28 × 28 pictures of a figure in order, and their titles."""
    axes = [axis for axis in figure.axes if axis.images and axis.images[0].get_array().shape == (28, 28)]
    return [np.array(axis.images[0].get_array()).ravel() for axis in axes], [axis.get_title() for axis in axes]


def check_row(models, pictures, titles, experiment, **asked):
    """Pictures of one answer, after the input: output, average, difference, five neighbours with their weights."""
    output, average, weights, train, _ = expected(models, experiment, **asked)
    largest = weights.topk(5)
    assert np.allclose(pictures[0], output, atol=1e-5)
    assert np.allclose(pictures[1], average, atol=1e-5)
    assert np.allclose(pictures[2], output - average, atol=1e-5)
    certain = largest.values > 1e-6  # the order of others is rounding's
    for picture, index in zip(np.array(pictures[3:8])[certain], largest.indices[certain], strict=True):
        assert np.array_equal(picture, train.images[index].numpy())
    assert titles[3:8] == [f"w = {weight:.2f}" for weight in largest.values]


def test_a_place_of_the_plane_shows_the_models_output_and_theorem_1_there(models):
    for z in ((2.6, -2.5), (-3.5, -0.65)):
        figure = widgets.latent_plane(models, MINI, z)
        pictures, titles = shown(figure)
        assert len(pictures) == 8
        check_row(models, pictures, titles, MINI, z=z)
        assert expected(models, MINI, z=z)[-1] in {text.get_text() for text in figure.findobj(plt.Text)}


def test_moving_a_slider_asks_at_that_place(models):
    board = widgets.latent_plane(models, MINI, (0.0, 0.0), live=True)
    first, second = parts(board, FloatSlider)
    for slider, value in ((first, 2.6), (second, -2.5), (first, -3.5)):
        slider.value = value
        z = (first.value, second.value)
        assert words(board).startswith(
            f"z = ({z[0]:.2f}, {z[1]:.2f}). deep, h = (400, 200, 100), trained on mini-MNIST: "
        )
        assert expected(models, MINI, z=z)[-1] in words(board)


def test_a_training_point_moves_both_sliders_in_one_step_and_is_left_by_either(models, monkeypatch):
    board = widgets.latent_plane(models, MINI, (0.0, 0.0), live=True)
    (point,), (first, second) = parts(board, Dropdown), parts(board, FloatSlider)
    asked = []
    at = models[MINI].at
    monkeypatch.setattr(models[MINI], "at", lambda z: asked.append(z) or at(z))
    labels = data.partition(MINI.data).labels
    mean = models[MINI].optimal.means[42]
    point.value = f"42 (class {labels[42]})"
    assert len(asked) == 1 and torch.allclose(asked[0], mean, atol=0.01)
    assert [first.value, second.value] == pytest.approx(asked[0].tolist())
    assert f"by class: {labels[42]} (1.00)" in words(board)
    first.value = np.nextafter(first.value, 9)  # as the browser rounds
    assert point.value != widgets.ELSEWHERE
    second.value += 0.02
    assert point.value == widgets.ELSEWHERE
    assert torch.allclose(asked[-1], torch.tensor([first.value, second.value]))


def test_a_test_image_shows_each_models_answer(models):
    x = data.partition("mnist/test-9").images[1]
    figure = widgets.test_images(models, FOUR, 9, 1)
    pictures, titles = shown(figure)
    assert len(pictures) == 4 * 9
    texts = {text.get_text() for text in figure.findobj(plt.Text)}
    for row, experiment in enumerate(FOUR):
        here = slice(9 * row, 9 * row + 9)
        assert np.array_equal(pictures[here][0], x.numpy())
        check_row(models, pictures[here][1:], titles[here][1:], experiment, x=x)
        assert {figures_live.name(experiment), expected(models, experiment, x=x)[-1]} <= texts


def test_choosing_model_class_and_image_asks_for_them(models):
    board = widgets.test_images(models, FOUR, 9, 1008, live=True)
    (chosen,), (label,), (number,) = (parts(board, kind) for kind in (SelectMultiple, Dropdown, IntSlider))
    chosen.value = FOUR[1:2]
    label.value = 5
    assert (number.max, number.value) == (891, 891)  # there are fewer fives than nines
    number.value = 7
    x = data.partition("mnist/test-5").images[7]
    assert words(board).startswith(f"shallow, h = (400), trained without 9s: {expected(models, FOUR[1], x=x)[-1]};")
    chosen.value = (MINI,)
    assert f"trained on mini-MNIST: {expected(models, MINI, x=x)[-1]};" in words(board)
    chosen.value = ()
    assert "Choose a model" in words(board)


def test_a_test_image_that_is_not_there_is_refused(models):
    with pytest.raises(UnknownName, match="no test image 1009 of digit 9: expected 0 to 1008"):
        widgets.test_images(models, FOUR, 9, 1009)


def test_a_drawing_is_asked_as_an_image_like_mnists(models):
    x = handwriting.as_mnist(handwriting.ink(LINE))
    pictures, titles = shown(widgets.draw(models, FOUR[3:], LINE))
    assert np.array_equal(pictures[0], x.numpy())
    check_row(models, pictures[1:], titles[1:], FOUR[3], x=x)
    board = widgets.draw(models, FOUR[3:], live=True)
    (canvas,), (clear,) = parts(board, widgets.Canvas), parts(board, Button)
    assert canvas.value == handwriting.NINE
    clear.click()
    assert canvas.value == [] and "There is no stroke" in words(board)
    canvas.value = LINE
    assert expected(models, FOUR[3], x=x)[-1] in words(board)


def test_headless_and_live_show_the_same_picture(models):
    for ask in (
        lambda live: widgets.latent_plane(models, MINI, (2.6, -2.5), live=live),
        lambda live: widgets.test_images(models, FOUR[3:], 9, 1, live=live),
        lambda live: widgets.draw(models, FOUR[3:], live=live),
    ):
        figure, png = ask(False), io.BytesIO()
        assert isinstance(figure, Figure) and not plt.get_fignums()  # shown once, by the cell that returns it
        figure.savefig(png)
        source = re.search(r'src="data:image/png;base64,([^"]+)"', ask(True).children[-1].value)[1]
        alone, live = (matplotlib.image.imread(io.BytesIO(b)) for b in (png.getvalue(), base64.b64decode(source)))
        assert np.array_equal(alone, live)


def test_the_notebook_holds_three_pictures_and_no_widget(project):
    notebook = json.loads((project / "notebooks" / "live.ipynb").read_text())
    outputs = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", ())]
    assert sum("image/png" in output for output in outputs) == 3
    assert {kind for output in outputs for kind in output} == {"image/png", "text/plain", "text/markdown"}
    assert "widgets" not in notebook["metadata"]


def test_what_this_machine_trained_can_be_chosen_while_its_weights_are_there(store, smoke):
    models = TrainedVAEs(store)
    assert models.at_hand("mnist") == []
    store.get(Trained(smoke))
    assert models.at_hand("mnist") == [smoke] and models.at_hand("fashion-mnist") == []
    (chosen,) = parts(widgets.test_images(models, [smoke], 9, 0, live=True), SelectMultiple)
    assert dict(chosen.options).keys() == {"h = (16), trained without 9s, dim z 3, epochs 2, first 256, seed 5"}
    (store.local / smoke.name / "weights-epoch-2.safetensors").unlink()
    assert models.at_hand("mnist") == []


def test_a_training_set_is_read_and_encoded_once(store, smoke, monkeypatch):
    counted = []
    decoder = trained.optimal_decoder
    monkeypatch.setattr(trained, "optimal_decoder", lambda *given: counted.append(given) or decoder(*given))
    models = TrainedVAEs(store)
    other = experiments.Experiment(**smoke.model_dump() | {"hidden": (8,)})
    assert models[smoke] is models[smoke]
    assert models[smoke].train is models[other].train
    assert len(models[smoke].train) == 256
    assert len(counted) == 2


def test_experiments_of_one_name_are_told_apart(store, smoke):
    other = experiments.Experiment(**smoke.model_dump() | {"learning_rate": 0.002})
    (chosen,) = parts(widgets.test_images(TrainedVAEs(store), [smoke, other], 9, 0, live=True), SelectMultiple)
    assert [experiment for _, experiment in chosen.options] == [smoke, other]
