"""The explorer's second view: stored answers, said to be so, opened on a nine that becomes another digit."""

import pytest
from exploring import shown
from visits import wait

from vaelib.novelty import experiments
from vaelib.novelty.evaluation import evaluated
from vaelib.novelty.explorer import OPENING, model_name
from vaelib.store import Store


def test_it_opens_on_a_nine_that_the_deep_model_without_nines_turns_into_another_digit(explorer):
    model, image = explorer.evaluate("Object.values(vaelibExplorer.gallery.shown)")
    assert model == OPENING == "deep-without"
    (deep,) = (one for one in experiments.figure(1) if model_name(one) == model)
    stored = Store().get(evaluated(deep, digit=9))
    assert stored.output_classes[image] != 9
    assert stored.top_classes[image, 0] == stored.output_classes[image]
    assert stored.bce_average[image] < stored.bce_input[image]
    assert f"{stored.bce_input[image].item():.1f}" == shown(explorer, "gallery", "bce-input")
    assert "the output is nearer to the weighted average" in shown(explorer, "gallery", "verdict")


def test_it_says_at_its_top_that_its_answers_were_computed_beforehand(explorer):
    note = explorer.locator("#explorer-gallery").get_by_text("Computed beforehand")
    top = explorer.locator("#explorer-gallery").bounding_box()["y"]
    assert note.bounding_box()["y"] - top < 20


def test_choices_of_the_gallery_change_its_pictures(explorer):
    names = ("output", "average", "bce-input", "verdict")
    seen = [{name: shown(explorer, "gallery", name) for name in names}]
    for label in ("shallow", "on all digits"):
        explorer.locator("#explorer-gallery").get_by_label(label).check()
        wait(explorer, "!document.querySelector('#explorer-gallery').hasAttribute('aria-busy')")
        seen.append({name: shown(explorer, "gallery", name) for name in names})
    explorer.locator("#explorer-gallery .images input").first.focus()
    explorer.keyboard.press("ArrowRight")
    assert explorer.evaluate("vaelibExplorer.gallery.shown") == {"model": "shallow-with", "image": 1}
    seen.append({name: shown(explorer, "gallery", name) for name in names})
    for before, after in zip(seen, seen[1:], strict=False):
        assert all(before[name] != after[name] for name in names)
    shallow = Store().get(evaluated(experiments.figure(1)[0], digit=9))
    assert float(seen[-1]["bce-input"]) == pytest.approx(shallow.bce_input[1].item(), abs=0.06)
