"""The sliders: those of the page look up what the closed forms say, those of the live notebook draw it."""

import pytest

from vaelib.likelihood_first import closed_forms, slider, widgets

FOLDED = {"folded": True, "rising": False}


@pytest.fixture(scope="module")
def kept(project_root):
    return {one["name"]: one for one in slider.read(project_root / "book/static/likelihood_first/parts.js")}


@pytest.fixture(scope="module")
def project_root(request):
    return request.config.rootpath


@pytest.mark.parametrize("place", [0, 40, -1])
def test_the_committed_numbers_are_those_of_the_closed_forms(kept, place):
    of = {"collapsing": closed_forms.collapsing, "rotated": closed_forms.rotated}
    of |= {f"correlated-{c:g}": lambda a, c=c: closed_forms.correlated(a, c) for c in (0.5, 0.8, 0.95)}
    assert kept.keys() == of.keys() | FOLDED.keys()
    for name, parts in of.items():
        found = parts(kept[name]["places"][place])
        expected = (found.log_likelihood, found.gap, found.information)
        assert kept[name]["parts"][place] == pytest.approx(expected, abs=1e-4)


def test_the_committed_numbers_of_the_fold_are_those_of_its_search(kept):
    for name, fold in FOLDED.items():
        found = closed_forms.folded(fold, kept[name]["places"][8])
        assert kept[name]["parts"][8] == pytest.approx((found.log_likelihood, found.gap, found.information), abs=1e-3)


def test_the_page_offers_every_slider_and_has_a_place_for_every_number(kept, project_root):
    page = (project_root / "book/likelihood_first.md").read_text(encoding="utf-8")
    assert all(f'<option value="{name}"' in page for name in kept)
    assert all(f'data-name="value-{line}"' in page for line in range(4))
    assert "<script>" not in page and "onclick" not in page


def test_a_picture_stands_where_nothing_is_live():
    figure = widgets.rotated(45)
    lengths = [bar.get_width() for bar in figure.axes[0].patches]
    assert lengths[1] == pytest.approx(0.619, abs=1e-3)
    assert lengths[2] == pytest.approx(lengths[0] + lengths[1])


def test_a_live_slider_begins_where_it_is_told():
    control, _ = widgets.correlated(0.8, 0.5, live=True).children
    assert (control.value, control.description) == (0.8, "a")
