"""The explorer in Chromium: what it computes is what PyTorch computes, and it answers hand, keys and ears."""

import numpy as np
import pytest
import torch
from exploring import MINI, PAGE, PLANE, READY, SPOKEN, at_the_origin, shown, z_of
from visits import wait

from vaelib import data
from vaelib.novelty.explorer import rounded
from vaelib.objectives import cross_entropy
from vaelib.optimal_decoder import OptimalDecoder

AT = """async ([steps, places]) => {
  const plain = (value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
  return Promise.all(places.map(async (z) => {
    const found = await vaelibExplorer.plane.at(steps, z);
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, plain(value)]));
  }));
}"""


def with_rounded_weights(vae):
    """The model with its decoder's weights as the explorer's files have them."""
    for layer in vae.decoder.layers:
        if isinstance(layer, torch.nn.Linear):
            layer.weight.data = torch.from_numpy(rounded(layer.weight.detach().numpy()))
    return vae


def brightness_of_a_corner(page):
    pixel = page.locator(f"{PLANE} canvas").first.evaluate(
        "(c) => Array.from(c.getContext('2d').getImageData(0.93 * c.width, 0.08 * c.height, 1, 1).data)"
    )
    return sum(pixel[:3]) / 3


@pytest.mark.parametrize("steps", MINI.snapshots)
def test_output_average_weights_and_neighbours_are_pytorchs(explorer, run, steps):
    """In double precision on both sides and with the weights that the page has, so that rounding has no part in it.

    How far the rounded weights take an answer from the library's own is in ``tests/test_explorer.py``.
    """
    z = (10 * torch.rand(40, 2, dtype=torch.float64) - 5).float()
    found = explorer.evaluate(AT, [steps, z.tolist()])
    vae = with_rounded_weights(run.model(steps))
    train = data.partition(MINI.data)
    means, log_stds = vae.float().encode(train.images)  # as the store has them
    optimal = OptimalDecoder(means, log_stds, train.images.double())
    with torch.no_grad():
        output, best = vae.double().decoder.output(z.double()), optimal.summary(z, 5)
    expected = {
        "output": (output, 1e-9),
        "average": (best.average, 1e-7),  # the library leaves out weights that sum to less than 1e-9
        "weights": (optimal.weights(z), 1e-9),
        "perplexity": (best.perplexity, 1e-6),
        "neighbours": (best.top_indices, 0),
        "bceAverage": (cross_entropy(best.average, output), 1e-4),
        "bceLeast": (cross_entropy(best.average, best.average), 1e-4),
    }
    for name, (values, apart) in expected.items():
        ours = np.array([answer[name] for answer in found])
        assert np.abs(ours - values.numpy()).max() <= apart, name


def test_what_is_shown_is_what_was_computed(explorer):
    explorer.locator("#explorer-plane [data-name=z1]").fill("1.3")
    explorer.locator("#explorer-plane [data-name=z2]").fill("-0.7")
    (found,) = explorer.evaluate(AT, [1000, [[1.3, -0.7]]])
    first = found["neighbours"][0]
    assert shown(explorer, "plane", "largest") == f"{found['weights'][first]:.3f}"
    assert shown(explorer, "plane", "perplexity") == f"{found['perplexity']:.2f}"
    assert shown(explorer, "plane", "bce") == f"{found['bceAverage']:.1f}"
    label = data.partition(MINI.data).labels[first]
    words = explorer.locator("#explorer-plane li").first.inner_text().split()
    assert words[1:] == [str(label.item()), f"{found['weights'][first]:.3f}"]
    for name in ("output", "average"):
        pixels = explorer.locator(f"#explorer-plane [data-name={name}]").evaluate(
            "(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data)"
        )
        assert np.abs(np.array(pixels[::4]) - 255 * np.array(found[name])).max() <= 0.5 + 1e-6


def test_arrow_keys_move_z_and_the_numbers_and_it_is_spoken(explorer):
    at_the_origin(explorer)
    before = {name: shown(explorer, "plane", name) for name in ("output", "average", "bce")}
    explorer.locator(PLANE).focus()
    scrolled = explorer.evaluate("scrollY")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "ArrowUp", "ArrowLeft"):
        explorer.keyboard.press(key)
    assert z_of(explorer) == pytest.approx([0.1, -0.4])
    for name, picture in before.items():
        assert shown(explorer, "plane", name) != picture
    assert explorer.evaluate("scrollY") == scrolled
    wait(
        explorer, f"document.querySelector('{SPOKEN}').textContent.startsWith('z is 0.10, minus 0.40. Largest weight')"
    )
    for _ in range(12):
        explorer.keyboard.press("Shift+ArrowRight")
    assert z_of(explorer) == pytest.approx([5, -0.4])


def test_many_moves_are_spoken_once(explorer):
    at_the_origin(explorer)
    explorer.evaluate(
        """([plane, region]) => {
          const target = document.querySelector(region);
          globalThis.spoken = [];
          const observer = new MutationObserver((changes) => changes.forEach(() => spoken.push(target.textContent)));
          observer.observe(target, { childList: true });
          const press = () => new KeyboardEvent("keydown", { key: "ArrowRight" });
          for (let i = 0; i < 30; i++) document.querySelector(plane).dispatchEvent(press());
        }""",
        [PLANE, SPOKEN],
    )
    wait(explorer, "spoken.length")
    assert len(explorer.evaluate("spoken")) == 1
    assert "z is 3.00" in explorer.evaluate("spoken[0]")


def test_the_pointer_moves_z(explorer):
    box = explorer.locator(PLANE).bounding_box()
    explorer.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    z1, z2 = z_of(explorer)
    assert 1.5 < z1 < 3
    assert 1.5 < z2 < 3


def test_what_is_moved_before_the_decoder_has_come_waits_for_it(page, address):
    waiting = []
    page.route("**/decoder-1000.js", lambda route: waiting.append(route))
    page.goto(f"{address}/{PAGE}", wait_until="commit")
    page.locator(PLANE).hover()
    page.locator(PLANE).press("ArrowRight")
    for button in ("Walk", "Next"):
        page.get_by_role("button", name=button, exact=True).click()
    assert waiting
    waiting[0].continue_()
    wait(page, READY)
    first, second = z_of(page)
    assert float(shown(page, "plane", "largest")) <= 0.5  # on the border where the page opens
    page.locator(PLANE).press("ArrowRight")
    assert z_of(page) == pytest.approx([first + 0.1, second])


def test_training_length_changes_map_and_answers(explorer):
    before = {name: shown(explorer, "plane", name) for name in ("output", "average", "perplexity")}
    light = [brightness_of_a_corner(explorer)]
    explorer.get_by_label("30", exact=True).check()
    wait(explorer, "vaelibExplorer.plane.steps === 30")
    light.append(brightness_of_a_corner(explorer))
    assert light[0] > 200 > 100 > light[1]  # one image owns the corner, then many share it
    for name, picture in before.items():
        assert shown(explorer, "plane", name) != picture
    assert float(shown(explorer, "plane", "perplexity")) > 50  # wide posteriors share the weight


def test_a_changed_theme_changes_the_ground_of_the_differences_alone(explorer):
    explorer.evaluate("document.documentElement.dataset.theme = 'light'")
    names = ("output", "difference", "difference-legend", "weight-legend")
    light = {name: shown(explorer, "plane", name) for name in names}
    explorer.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = {name: shown(explorer, "plane", name) for name in names}
    assert [name for name in names if light[name] != dark[name]] == ["difference", "difference-legend"]


def test_a_test_image_takes_z_to_its_code_and_along_as_training_goes_on_until_z_leaves(explorer, run):
    test = data.partition("mnist/test")
    x = test.images[(test.labels == 4).nonzero()[0]]
    field = explorer.locator("#explorer-plane [data-name=test]")
    field.select_option(label="a 4")
    for steps in (1000, 100):
        explorer.locator(f"input[name=explorer-steps][value='{steps}']").check()
        wait(explorer, f"vaelibExplorer.plane.steps === {steps}")
        vae = run.model(steps)
        code = vae.encode(x)[0].clamp(-5, 5)
        assert z_of(explorer) == pytest.approx(code[0].tolist(), abs=1e-5)
        with torch.no_grad():
            bce = cross_entropy(x, vae.decoder.output(code)).item()
        assert float(shown(explorer, "plane", "bce-test")) == pytest.approx(bce, abs=0.15)
        assert explorer.get_by_role("img", name="Test image x").is_visible()
    explorer.locator(PLANE).press("ArrowRight")
    assert field.input_value() == ""
    assert shown(explorer, "plane", "bce-test") == "–"
    assert not explorer.get_by_role("img", name="Test image x").is_visible()


def test_it_works_from_a_file(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / PAGE).as_uri(), wait_until="networkidle")
    wait(page, READY)
    page.get_by_label("100", exact=True).check()
    wait(page, "vaelibExplorer.plane.steps === 100")
    assert float(shown(page, "plane", "perplexity")) >= 1
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]


def test_nothing_is_asked_from_another_host_and_the_page_is_light(explorer, address):
    assert not [url for url in explorer.asked if not url.startswith((address, "data:", "blob:"))]
    assert not [url for url in explorer.asked if "decoder-" in url and "decoder-1000" not in url]
    assert 1e6 < sum(explorer.weights) < 3e6


def test_it_answers_a_finger(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}", wait_until="networkidle")
    wait(page, READY)
    plane = page.locator(PLANE)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    scrolled = page.evaluate("scrollY")
    finger = context.new_cdp_session(page)
    for kind, down in (("touchStart", 0.2), *(("touchMove", 0.2 + 0.06 * step) for step in range(1, 11))):
        at = {"x": box["x"] + box["width"] * 0.3, "y": box["y"] + box["height"] * down}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait(page, "vaelibExplorer.plane.z[0] < -1 && vaelibExplorer.plane.z[1] < -2.5")
    assert page.evaluate("scrollY") == scrolled
    context.close()
