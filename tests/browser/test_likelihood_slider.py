"""The sliders of the closed forms in a browser: the numbers are the closed forms', and keys move them."""

import pytest

from vaelib.likelihood_first import closed_forms

pytestmark = pytest.mark.slow
NAMES = ("value-0", "value-1", "value-2", "value-3")


@pytest.fixture
def opened(page, address):
    page.goto(f"{address}/book/likelihood_first.html")
    page.wait_for_selector("#likelihood-slider:not([hidden])")
    return page


def numbers(page):
    return [float(page.text_content(f'[data-name="{name}"]').replace("−", "-")) for name in NAMES]


def expected(parts):
    return pytest.approx([-parts.log_likelihood, parts.gap, -parts.elbo, parts.information], abs=2e-3)


def test_it_begins_at_the_truth_and_a_key_moves_it(opened):
    assert numbers(opened) == expected(closed_forms.correlated(1.0, 0.8))
    opened.focus('[data-name="slider"]')
    opened.keyboard.press("ArrowLeft")
    assert numbers(opened) == expected(closed_forms.correlated(0.99, 0.8))


def test_every_model_can_be_chosen(opened):
    opened.select_option('[data-name="choice"]', "rotated")
    opened.fill('[data-name="slider"]', "45")
    assert numbers(opened) == expected(closed_forms.rotated(45))
    assert "gap 0.619" in opened.get_attribute('[data-name="slider"]', "aria-valuetext")
