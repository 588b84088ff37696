"""The landing page's nine in Chromium: it computes what the library computes, and answers hand, keys and ears."""

import random

import numpy as np
import pytest
import torch
from visits import wait

from vaelib import data
from vaelib.novelty import handwriting, nine
from vaelib.objectives import cross_entropy
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.runs import Trained
from vaelib.store import Store

PAGE = "book/intro.html"
SPOKEN = "document.querySelector('#nine [data-name=spoken]').textContent"
ANSWERED = "vaelibExplorer.nine?.shown && !document.querySelector('#nine').hasAttribute('aria-busy')"
COMPUTED = """async ([training, depth, images]) => {
  const needed = await vaelibExplorer.answers.ready(training, depth);
  return images.map((x) => {
    const { shallow, deep, average, weights, klAverage } = vaelibExplorer.answers.computed(needed, x);
    const plain = ({ output, klInput }) => ({ output: Array.from(output), klInput });
    const of = { average: Array.from(average), weights: Array.from(weights), klAverage };
    return { shallow: plain(shallow), deep: plain(deep), ...of };
  });
}"""
INK = """(strokes) => {
  const { values, width, height } = vaelibExplorer.handwriting.ink(strokes);
  return { values: values.join(""), width, height };
}"""
AS_MNIST = """({ values, width, height }) =>
  Array.from(vaelibExplorer.handwriting.asMnist({ values: Uint8Array.from(values), width, height }))"""


@pytest.fixture
def opened(page, address):
    """The landing page with its first answers, and every address that it asked for."""
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"{address}/{PAGE}")
    wait(page, ANSWERED)
    return page


def asked(page):
    """The names of the data files that a page has loaded."""
    return {url.rpartition("/")[2].removesuffix(".js") for url in page.asked if "/nine/data/" in url}


def pixels(page, name):
    found = page.locator(f"#nine [data-name={name}]").evaluate(
        "(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    return np.array(found[::4]) / 255


def text(page, name):
    return page.locator(f"#nine [data-name={name}]").text_content()


def drawn_by(page, *places):
    """A stroke of the pointer through places on the canvas, in [0, 1]²."""
    box = page.get_by_role("img", name="Canvas").bounding_box()
    for number, (x, y) in enumerate(places):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if not number:
            page.mouse.down()
    page.mouse.up()


def rounded(whole, bits):
    scales = whole.abs().amax(1, keepdim=True) / torch.tensor(2 ** (bits - 1) - 1)
    return (whole / scales).round() * scales.double()


def with_rounded_weights(name):
    """A model with the page's weights, in double precision, and the part of the training set that is averaged."""
    vae = Store().get(Trained(nine.models()[name], (50,))).model()
    part = data.partition("mnist/train").first(nine.FIRST)
    images = part.images[part.labels != 9]
    if name.endswith("-with"):
        images = torch.cat([images, part.images[part.labels == 9]])
    means, log_stds = vae.encode(images)  # of the model itself
    rate = 0.5 * (means.double() ** 2 + (2 * log_stds.double()).exp() - 1) - log_stds.double()
    active = rate.mean(0) > 0.1
    codes = [(v.double() / s).round()[:, active] * s for v, s in ((means, 2**-12), (log_stds, 2**-10))]
    vae = vae.double()
    for layers in (vae.encoder.layers, vae.decoder.layers):
        for layer in layers:
            if isinstance(layer, torch.nn.Linear):
                layer.weight.data = rounded(layer.weight.data.float(), 6 if 784 in layer.weight.shape else 8)
    greys = images.double().mul(15).round() / 15
    return vae, OptimalDecoder(*codes, greys), active


def a_stroke(numbers):
    x, y = numbers.random(), numbers.random()
    points = [[x, y]]
    for _ in range(numbers.randint(2, 14)):
        x, y = x + numbers.gauss(0, 0.08), y + numbers.gauss(0, 0.08)
        points.append([x, y])
    return points


@pytest.mark.parametrize("training", ["without", "with"])
@pytest.mark.parametrize("depth", ["shallow", "deep"])
def test_answers_are_pytorchs_on_random_inputs(opened, training, depth):
    """With the weights and codes that the page has, so that rounding has no part in it (tests/novelty/test_nine.py)."""
    noise = torch.rand(4, 784).double() * (torch.rand(4, 784) < 0.2)
    test = data.partition("mnist/test").images
    x = torch.cat([noise, test[torch.randperm(len(test))[:8]].double(), nine.image().double()])
    found = opened.evaluate(COMPUTED, [training, depth, x.tolist()])
    for one in ("shallow", "deep"):
        vae, optimal, active = with_rounded_weights(f"{one}-{training}")
        with torch.no_grad():
            z, _ = vae.encoder(x)
            output = vae.decoder.output(z)
        assert np.abs(np.array([f[one]["output"] for f in found]) - output.numpy()).max() < 1e-6
        away = cross_entropy(x, output) - cross_entropy(x, x)
        assert np.abs(np.array([f[one]["klInput"] for f in found]) - away.numpy()).max() < 1e-3
        if one == depth:
            weights, average = optimal.weights(z[:, active]), optimal(z[:, active])
            assert np.abs(np.array([f["weights"] for f in found]) - weights.numpy()).max() < 1e-4
            assert np.abs(np.array([f["average"] for f in found]) - average.numpy()).max() < 1e-4
            away = cross_entropy(average, output) - cross_entropy(average, average)
            assert np.abs(np.array([f["klAverage"] for f in found]) - away.numpy()).max() < 0.01


def test_a_drawing_becomes_the_image_that_the_library_makes_of_it(opened):
    numbers = random.Random(0)
    drawings = [handwriting.NINE, *([a_stroke(numbers) for _ in range(numbers.randint(1, 3))] for _ in range(8))]
    for strokes in drawings:
        raster = handwriting.ink(strokes)
        height, width = raster.shape
        ours = opened.evaluate(INK, strokes)
        assert (ours["width"], ours["height"]) == (width, height)
        apart = np.array(list(ours["values"]), dtype=int).reshape(height, width) != raster
        assert apart.mean() < 0.03  # Pillow draws round ends and thick lines in whole pixels
        values = "".join(map(str, (raster > 0).astype(int).flatten()))
        same = {"values": values, "width": width, "height": height}
        assert np.abs(opened.evaluate(AS_MNIST, same) - handwriting.as_mnist(raster).numpy()).max() < 1e-6
    whole = opened.evaluate(AS_MNIST, opened.evaluate(INK, handwriting.NINE))
    assert np.abs(whole - nine.image()[0].numpy()).max() < 0.1  # of a pixel, at its edge


def test_it_opens_with_the_nine_and_loads_nothing_else(opened):
    assert opened.evaluate("vaelibExplorer.nine.strokes") == handwriting.NINE
    assert np.abs(pixels(opened, "input") - nine.image()[0].numpy()).max() < 0.1
    first = {"nine", "canvas", "images", "model-shallow-without", "model-deep-without", "codes-deep-without"}
    assert asked(opened) == first
    for name in ("shallow", "deep", "average", "neighbour"):
        assert pixels(opened, name).sum() > 20, name
    part = data.partition("mnist/train").first(nine.FIRST)
    assert text(opened, "of") == f"of {(part.labels != 9).sum().item():,} training images"
    assert text(opened, "weight").endswith("of it is a 7")


def test_answers_change_while_the_stroke_is_drawn(opened):
    opened.get_by_role("button", name="Clear").click()
    assert pixels(opened, "shallow").max() == 0
    assert opened.evaluate("vaelibExplorer.nine.shown") is None
    box = opened.get_by_role("img", name="Canvas").bounding_box()
    seen = []
    opened.mouse.move(box["x"] + 60, box["y"] + 40)
    opened.mouse.down()
    for step in range(1, 6):
        opened.mouse.move(box["x"] + 60 + 20 * step, box["y"] + 40)
        opened.mouse.move(box["x"] + 60 + 20 * step, box["y"] + 40 + 10 * step)
        seen.append([pixels(opened, name).tobytes() for name in ("input", "shallow", "deep")])
    opened.mouse.up()
    for pictures in zip(*seen, strict=True):
        assert len(set(pictures)) > 3
    shown = np.array(opened.evaluate("Array.from(vaelibExplorer.nine.shown.deep.output)"))
    assert np.abs(pixels(opened, "deep") - shown).max() < 0.5 / 255 + 1e-6


def test_undo_takes_back_a_stroke_and_the_nine_comes_back(opened):
    before = {name: pixels(opened, name).tobytes() for name in ("input", "shallow", "deep")}
    drawn_by(opened, (0.1, 0.1), (0.2, 0.9))
    assert len(opened.evaluate("vaelibExplorer.nine.strokes")) == 3
    assert pixels(opened, "deep").tobytes() != before["deep"]
    assert opened.locator("input[name=nine-input]:checked").count() == 0
    opened.get_by_role("button", name="Undo").click()
    assert {name: pixels(opened, name).tobytes() for name in before} == before
    opened.get_by_role("button", name="Clear").click()
    opened.get_by_label("the drawn nine").check()
    assert {name: pixels(opened, name).tobytes() for name in before} == before


def test_the_other_training_and_the_other_code_are_loaded_when_asked_for(opened):
    opened.get_by_label("with nines", exact=True).check()
    wait(opened, ANSWERED)
    assert {"model-shallow-with", "model-deep-with", "codes-deep-with", "nines"} <= asked(opened)
    assert text(opened, "of") == f"of {nine.FIRST:,} training images"
    assert text(opened, "weight").endswith("of it is a 9")
    assert not {"codes-shallow-with", "codes-shallow-without"} & asked(opened)
    opened.get_by_role("radio", name="the shallow VAE").check()
    wait(opened, ANSWERED)
    assert "codes-shallow-with" in asked(opened)


def test_keys_choose_a_test_nine_and_its_lengths_of_training_are_the_published_ones(opened):
    opened.get_by_label("the drawn nine").focus()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    wait(opened, "vaelibExplorer.nine.shown?.averaged > 50000")
    x = data.partition("mnist/test-9").images[1].numpy()
    assert np.abs(pixels(opened, "input") - x).max() < 1e-6
    opened.locator("#nine [data-name=length]").focus()
    for key, epoch in (("End", 200), ("Home", 1)):
        opened.keyboard.press(key)
        opened.wait_for_timeout(100)
        wait(opened, ANSWERED)
        assert text(opened, "epochs") == f"{epoch} {'epoch' if epoch == 1 else 'epochs'}"
        for name in ("shallow", "deep"):
            (request,) = (r for r in nine.lengths()[f"{name}-without"] if r.epoch == epoch)
            stored = Store().get(request)
            assert np.abs(255 * pixels(opened, name) - stored.outputs[1].numpy()).max() <= 1
            assert text(opened, f"{name}-away") == f"{stored.kl_input[1]:.0f}\u00a0nats from the input"
        assert np.abs(255 * pixels(opened, "average") - stored.averages[1].numpy()).max() <= 1
        assert text(opened, "weight").endswith(f"is a {stored.top_classes[1, 0]}".replace("a 8", "an 8"))


def test_a_drawing_after_a_test_nine_begins_anew_and_after_fifty_epochs(opened):
    opened.locator("#nine [data-name=length]").fill("7")  # moves on to the first test nine
    wait(opened, "vaelibExplorer.nine.shown?.averaged > 50000")
    assert opened.get_by_label("a nine, test image").first.is_checked()
    assert text(opened, "epochs") == "200 epochs"
    drawn_by(opened, (0.3, 0.2), (0.7, 0.2), (0.5, 0.9))
    wait(opened, "vaelibExplorer.nine.shown?.averaged < 50000")
    assert text(opened, "epochs") == "50 epochs"
    assert len(opened.evaluate("vaelibExplorer.nine.strokes")) == 1
    assert not opened.locator("#nine [data-name=test-nine]").is_visible()


def test_many_points_are_spoken_once_when_the_drawing_rests(opened):
    wait(opened, f"{SPOKEN}.length")
    opened.evaluate(
        """() => {
          globalThis.spoken = [];
          const target = document.querySelector('#nine [data-name=spoken]');
          new MutationObserver(() => spoken.push(target.textContent)).observe(target, { childList: true });
        }"""
    )
    drawn_by(opened, *((0.2 + 0.02 * step, 0.3) for step in range(20)))
    wait(opened, "spoken.length")
    (words,) = opened.evaluate("spoken")
    assert words.startswith("The shallow VAE's answer is ")
    assert "is one training image, a" in words
    opened.get_by_role("button", name="Clear").click()
    wait(opened, f"{SPOKEN} === 'Nothing is drawn.'")


def test_a_file_that_fails_is_told_and_asked_for_again(page, address):
    page.route("**/model-deep-with.js", lambda route: route.abort())
    page.goto(f"{address}/{PAGE}")
    wait(page, ANSWERED)
    page.get_by_label("with nines", exact=True).check()
    wait(page, "document.querySelector('#nine [data-name=complaint]').textContent.includes('could not be loaded')")
    page.unroute("**/model-deep-with.js")
    page.wrong.clear()
    page.get_by_label("without nines").check()
    page.get_by_label("with nines", exact=True).check()
    wait(page, f"vaelibExplorer.nine.shown?.averaged === {nine.FIRST}")


def test_it_runs_from_the_disk(page, site):
    page.goto(f"{site.resolve().as_uri()}/{PAGE}")
    wait(page, ANSWERED)
    assert pixels(page, "deep").sum() > 20
