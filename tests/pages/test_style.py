"""One grammar of colour and one smallest letter, in every module that draws."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest

from vaelib.pages import style

VAELIB = Path(style.__file__).parents[1]
DRAWING = sorted(path for path in VAELIB.rglob("*.py") if "pages.style import" in path.read_text())
COLOUR = re.compile(r"[\"'](#[0-9A-Fa-f]{6}|C\d|(tab:)?(red|green|blue|orange|purple|pink|brown))[\"']")
SIZE = re.compile(r"(?:fontsize|labelsize|titlesize)=([\d.]+)")


def test_what_the_grammar_names_has_a_colour_of_its_own():
    named = (style.SEEN, style.UNSEEN, style.THEOREM, style.INPUT, style.AVERAGE, *style.BY_DEPTH)
    assert len(set(map(mpl.colors.to_hex, named))) == len(named)


@pytest.mark.parametrize("path", DRAWING, ids=lambda path: "_".join(path.relative_to(VAELIB).parts))
def test_a_module_that_draws_takes_its_colours_from_the_grammar_and_its_letters_can_be_read(path):
    text = path.read_text()
    assert not COLOUR.search(text)
    assert all(float(size) >= style.SMALLEST for size in SIZE.findall(text))


def test_the_style_itself_has_no_smaller_letters():
    sizes = [float(value) for value in re.findall(r"size: ([\d.]+)", style.STYLE.read_text())]
    assert len(sizes) > 4 and min(sizes) >= style.SMALLEST


def test_the_grammar_is_said_in_the_book(project):
    said = (project / "book" / "protocol.md").read_text().split("## Colours")[1].split("\n## ")[0]
    for words in ("Orange is trained with the digit, blue without it", "black is no hidden layer", "Grey is what"):
        assert words in said
