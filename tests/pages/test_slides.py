"""The slides of the lecture: fifteen, with the results' numbers, the figures as vectors and their alt texts."""

import base64
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from vaelib.errors import VaelibError
from vaelib.novelty import handwriting
from vaelib.pages import slides

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "book" / "slides.md"
NOTEBOOKS = PROJECT / "notebooks"
STATIC = PROJECT / slides.STATIC
ASKED = re.findall(r"!\[\]\((\w+)/(\d+)\.svg", SOURCE.read_text(encoding="utf-8"))


@pytest.fixture
def figures(tmp_path):
    """Pictures in the place of those that the build draws, 400 × 200 points each."""
    for notebook, number in ASKED:
        (tmp_path / notebook).mkdir(exist_ok=True)
        svg = '<?xml version="1.0"?>\n<svg width="400pt" viewBox="0 0 400 200" height="200pt"><path d="M0 0"/></svg>'
        (tmp_path / notebook / f"{number}.svg").write_text(svg)
    return tmp_path


@pytest.fixture
def soup(figures):
    target = figures / "slides.html"
    assert slides.write(SOURCE, target, NOTEBOOKS, figures, STATIC) == 15
    return BeautifulSoup(target.read_text(encoding="utf-8"), "html.parser")


def test_there_are_fifteen_with_a_title_each_and_no_number_is_left_open(soup):
    sections = soup.select("section.slide")
    assert len(sections) == 15
    assert all(len(section.select("h1, h2")) == 1 for section in sections)
    assert "glue" not in soup.get_text()
    assert "![" not in soup.get_text()


def test_every_figure_stands_in_the_file_with_its_notebooks_alt_text(soup):
    images = soup.select("img")
    assert [image["data-figure"] for image in images] == ["/".join(one) for one in ASKED]
    assert len(images) > 7
    for image, (notebook, number) in zip(images, ASKED, strict=True):
        assert image["alt"] == slides.alt_texts(NOTEBOOKS / f"{notebook}.ipynb")[int(number) - 1]
        assert len(image["alt"]) > 50
        svg = base64.b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")).decode()
        assert "<path" in svg and svg.count("viewBox") == 1


def test_the_nine_that_is_asked_about_is_the_books(soup):
    (nine,) = soup.select("svg.nine")
    assert "Predict first" in nine.find_parent("section").get_text()
    strokes = [[[float(n) for n in at.split(",")] for at in line["points"].split()] for line in nine.select("polyline")]
    assert strokes == handwriting.NINE


def test_numbers_are_those_that_the_notebooks_leave(soup):
    found = slides.glued(NOTEBOOKS / "figure_2.ipynb")["shallow-without-nearer-input"]
    (slide,) = (s for s in soup.select("section") if s.select('[data-figure="figure_2/01"]'))
    assert f"shallow {found:.0%}" in slide.get_text()


def test_a_part_of_a_figure_is_its_part_of_the_height(figures):
    kind, html = slides.slide("## A\n\n![](by_hand/01.svg#0.75-1)\n", NOTEBOOKS, figures)
    svg = base64.b64decode(re.search('base64,([^"]*)', html)[1]).decode()
    assert 'width="400" height="50" viewBox="0 150 400 50"' in svg
    assert kind == " below"


def test_a_number_or_a_figure_that_is_not_there_is_an_error_in_a_line(figures):
    with pytest.raises(VaelibError, match="figure_2.ipynb leaves no number nothing: expected one of shallow-with"):
        slides.slide("{glue:text}`../notebooks/figure_2.ipynb::nothing:.0%`", NOTEBOOKS, figures)
    with pytest.raises(VaelibError, match="07.svg is not there: the build draws it"):
        slides.slide("![](by_hand/07.svg)", NOTEBOOKS, figures)


LECTURE = (PROJECT / "book" / "lecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("minutes", [45, 90])
def test_a_plan_fills_its_minutes_and_names_slides_that_show_what_it_says(minutes):
    plan = LECTURE.split(f"## {minutes} minutes\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+)–(\d+) \| .*? \| ([\d, –]*)\| (.*?)\| ", plan, re.M)
    begins, ends = ([int(row[side]) for row in rows] for side in (0, 1))
    assert [*begins, minutes] == [0, *ends]
    parts = SOURCE.read_text(encoding="utf-8").split("\n---\n")
    shown = set()
    for *_, listed, pages in rows:
        of_row = {n for a, b in re.findall(r"(\d+)(?:–(\d+))?", listed) for n in range(int(a), int(b or a) + 1)}
        shown |= of_row
        for notebook in re.findall(r"notebooks/(\w+)", pages):
            holding = {n for n, part in enumerate(parts, 1) if f"({notebook}/" in part}
            assert not holding or holding & of_row, notebook
    assert {1, 2, 15} <= shown <= set(range(1, 16))
    assert minutes == 45 or shown == set(range(1, 16))
