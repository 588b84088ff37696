"""The canvas to draw on: strokes by one finger at a time, whatever the others do."""

import pytest
from visits import wait

DRAWN = """async (source) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const nothing = () => {};
  const model = { value: [], get: () => model.value, set: (_, value) => { model.value = value; } };
  Object.assign(model, { on: nothing, save_changes: nothing });
  widget.render({ model, el: document.body });
  globalThis.model = model;
}"""


@pytest.fixture
def canvas(page, project):
    page.goto("about:blank")
    page.evaluate(DRAWN, (project / "vaelib" / "novelty" / "canvas.js").read_text())
    return page.get_by_role("img", name="Canvas")


def test_a_stroke_has_the_pointers_way_across_the_canvas(canvas, page):
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 2)
    page.mouse.up()
    assert page.evaluate("model.value") == [[[0.25, 0.5], [0.5, 1]]]


def test_a_second_finger_draws_nothing(canvas, page):
    box = canvas.bounding_box()
    client = page.context.new_cdp_session(page)

    def touch(kind, *fingers):
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": number}
            for number, x, y in fingers
        ]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0, 0.25, 0.25))
    touch("touchStart", (0, 0.25, 0.25), (1, 0.75, 0.75))
    touch("touchMove", (0, 0.25, 0.5), (1, 0.75, 0.5))
    touch("touchEnd")
    touch("touchStart", (0, 0.5, 0.5))
    touch("touchEnd")
    wait(page, "model.value.length > 1")
    assert page.evaluate("model.value") == [[[0.25, 0.25], [0.25, 0.5]], [[0.5, 0.5]]]
