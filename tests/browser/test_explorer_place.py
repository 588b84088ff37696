"""The explorer's place: where it opens, how it is pinned, how its link brings it back, and what one screen holds."""

import pytest
import torch
from exploring import MINI, PAGE, PLANE, READY, SPOKEN, at_the_origin, shown, z_of
from visits import wait

from vaelib import data
from vaelib.information import optimal_decoder

PINNED = "vaelibExplorer.plane.pinned"
WORDS = "z is pinned: a click or Escape frees it."


def over(page, right, down):
    """Lead the mouse to a place of the plane, given in shares of its sides."""
    box = page.locator(PLANE).bounding_box()
    page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"])


def box(page, name):
    """Left, top, right and bottom of an element on the screen."""
    found = page.locator(f"#explorer-plane {name}").evaluate("(element) => element.getBoundingClientRect().toJSON()")
    return [found[side] for side in ("left", "top", "right", "bottom")]


def test_it_opens_on_a_border_of_two_digits_where_the_average_jumps_and_the_output_changes_less(explorer, run):
    train = data.partition(MINI.data)
    optimal, decoder = optimal_decoder(run.model(), train.images), run.model().double().decoder
    z = torch.tensor(z_of(explorer), dtype=torch.float64)
    weights, nearest = optimal.top(z[None], 2)
    assert weights[0, 0] == pytest.approx(weights[0, 1].item(), abs=1e-3)
    assert weights.sum() > 0.7  # a third image may have a part
    assert len(set(train.labels[nearest[0]].tolist())) == 2
    with torch.no_grad():
        output, average = decoder.output(z[None]), optimal(z[None])
        for step in torch.tensor([[0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]]):  # an arrow key each
            beside = (z + step)[None]
            assert optimal.top(beside, 1)[0] > 0.99
            assert (decoder.output(beside) - output).norm() < (optimal(beside) - average).norm()


def test_a_click_pins_z_against_the_pointer_and_a_second_one_frees_it(explorer):
    over(explorer, 0.4, 0.4)
    mark = explorer.locator(f"{PLANE} canvas").last
    free = mark.evaluate("(canvas) => canvas.toDataURL()")
    explorer.mouse.down()
    explorer.mouse.up()
    assert explorer.evaluate(PINNED)
    assert explorer.get_by_text(WORDS).is_visible()
    assert explorer.get_by_role("button", name="Pin z").get_attribute("aria-pressed") == "true"
    assert mark.evaluate("(canvas) => canvas.toDataURL()") != free
    pinned = z_of(explorer)
    for right in (0.5, 0.6, 0.7):
        over(explorer, right, 0.7)
    assert z_of(explorer) == pinned
    explorer.mouse.down()
    explorer.mouse.up()
    assert not explorer.evaluate(PINNED)
    assert not explorer.get_by_text(WORDS).is_visible()
    assert z_of(explorer) != pinned
    freed = z_of(explorer)
    over(explorer, 0.3, 0.7)
    assert z_of(explorer) != freed


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_pins_and_escape_frees(explorer, key):
    at_the_origin(explorer)
    explorer.locator(PLANE).focus()
    explorer.keyboard.press(key)
    assert explorer.evaluate(PINNED)
    wait(explorer, f"document.querySelector('{SPOKEN}').textContent.startsWith('z is pinned at 0.00, 0.00.')")
    over(explorer, 0.7, 0.7)
    assert z_of(explorer) == [0, 0]
    explorer.keyboard.press("ArrowRight")  # keys and controls move what is pinned
    assert z_of(explorer) == pytest.approx([0.1, 0])
    explorer.get_by_label("z₂").focus()
    explorer.keyboard.press("Escape")
    assert not explorer.evaluate(PINNED)
    wait(explorer, f"document.querySelector('{SPOKEN}').textContent.startsWith('z is 0.10, 0.00.')")


def test_the_button_pins_and_frees(explorer):
    button = explorer.get_by_role("button", name="Pin z")
    for pinned in (True, False):
        button.click()
        assert explorer.evaluate(PINNED) is pinned
        assert button.get_attribute("aria-pressed") == str(pinned).lower()


def test_a_finger_pins_nothing(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}", wait_until="networkidle")
    wait(page, READY)
    before = z_of(page)
    page.locator(PLANE).tap(position={"x": 250, "y": 100})
    wait(page, f"vaelibExplorer.plane.z[0] !== {before[0]}")
    assert not page.evaluate(PINNED)
    context.close()


def test_a_link_brings_a_place_back_pinned(explorer, address):
    explorer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    explorer.get_by_label("300", exact=True).check()
    wait(explorer, "vaelibExplorer.plane.steps === 300")
    explorer.locator(PLANE).press("Shift+ArrowUp")
    place = z_of(explorer)
    explorer.get_by_role("button", name="Copy link").click()
    explorer.get_by_text("Copied.").wait_for()
    link = explorer.evaluate("navigator.clipboard.readText()")
    assert link == explorer.url
    assert link.startswith(f"{address}/{PAGE}#steps=300&z=")
    reader = explorer.context.new_page()
    reader.goto(link)
    wait(reader, "globalThis.vaelibExplorer?.plane?.pinned")
    assert reader.evaluate("vaelibExplorer.plane.steps") == 300
    assert reader.get_by_label("300", exact=True).is_checked()
    assert z_of(reader) == pytest.approx(place, abs=1e-6)
    wait(reader, "document.querySelector('#explorer-plane').getBoundingClientRect().top < innerHeight / 4")


def test_an_address_that_is_typed_leads_to_its_place_and_any_other_leaves_it(explorer):
    cases = (
        ("#steps=1000&z=0.3,-1.2", 1000, [0.3, -1.2]),
        ("#steps=30&z=9,-1", 30, [5, -1]),  # to the edge of the plane
        ("#steps=7&z=1,1", 30, [1, 1]),  # there is no such training length
        ("#steps=1000&z=1", 30, [1, 1]),
        ("#steps=1000&z=one,two", 30, [1, 1]),
        ("#fifty-dimensions", 30, [1, 1]),
    )
    for hash, steps, place in cases:
        explorer.evaluate("(hash) => { location.hash = hash; }", hash)
        wait(explorer, f"vaelibExplorer.plane.steps === {steps} && vaelibExplorer.plane.z[0] === {place[0]}")
        explorer.evaluate("new Promise((done) => setTimeout(done))")  # whatever the address sets off has begun
        assert z_of(explorer) == place
        assert explorer.evaluate("vaelibExplorer.plane.steps") == steps


def test_a_laptops_screen_holds_the_plane_the_images_and_the_walk(explorer):
    explorer.set_viewport_size({"width": 1280, "height": 800})
    explorer.locator("#explorer-plane").evaluate("(view) => view.scrollIntoView()")
    names = ("plane", "output", "average", "difference", "from", "to", "walk", "border", "along", "pin", "z1")
    for left, top, right, bottom in (box(explorer, f"[data-name={name}]") for name in names):
        assert left >= 0 and top >= 48 and right <= 1280 and bottom <= 800  # 48 pixels are the top bar's
    plane, output = box(explorer, "[data-name=plane]"), box(explorer, "[data-name=output]")
    assert plane[2] < output[0]  # side by side


def test_a_phones_screen_holds_the_plane_and_the_images_below_it(explorer):
    explorer.set_viewport_size({"width": 390, "height": 844})
    explorer.locator("#explorer-plane").evaluate("(view) => view.scrollIntoView()")
    plane = box(explorer, "[data-name=plane]")
    assert plane[2] - plane[0] > 300
    assert plane[1] >= 48
    for name in ("output", "average", "difference"):
        _, top, right, bottom = box(explorer, f"[data-name={name}]")
        assert plane[3] <= top < plane[3] + 100 and right <= 390 and bottom <= 844


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_buttons_that_belong_together_share_a_line_and_fields_keep_off_the_colours(explorer, width):
    explorer.set_viewport_size({"width": width, "height": 900})
    previous, following = (box(explorer, f"[data-name={name}]") for name in ("previous", "next"))
    assert previous[1] == following[1] and previous[2] < following[0]
    for legend in ("weight", "difference"):
        left, top, right, bottom = box(explorer, f"[data-name={legend}-legend]")
        for field in (box(explorer, f"[data-name={name}]") for name in ("z1", "z2")):
            beside = field[0] > right + 4 or field[2] < left - 4
            assert beside or field[1] > bottom + 4 or field[3] < top - 4


def test_the_numbers_of_a_place_can_be_read_in_their_fields(explorer):
    for name in ("z1", "z2"):
        field = explorer.locator(f"#explorer-plane [data-name={name}]")
        field.fill("-4.321")
        explorer.locator(PLANE).press("ArrowLeft")
        assert field.evaluate("(field) => field.scrollWidth <= field.clientWidth")
    assert shown(explorer, "plane", "largest")
