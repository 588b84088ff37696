"""What the notebooks store, against what the build of the site has just computed: as `pytest --nbval` compares it.

The build executes every notebook by papermill. `pytest --nbval` would execute each of them once more.
"""

from pathlib import Path

import nbformat
import pytest

from vaelib import papers
from vaelib.pages.notebooks import Output

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [page.notebook for paper in papers.PAPERS for page in paper.pages if page.make is None]
NOT_COMPARED = ("image/png", "widget-view+json")  # pixels are no two processors' alike; a widget's name is random


def said(notebook):
    """Every text that a notebook prints, displays or glues, cell by cell, with its kind; progress bars left out."""
    return [
        (number, kind, Output(text))
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", ())
        for kind, text in (output.get("data") or {output.get("name"): output.get("text")}).items()
        if kind != "stderr" and not kind.endswith(NOT_COMPARED)
    ]


def test_every_notebook_is_a_page():
    assert {path.stem for path in (PROJECT / "notebooks").glob("*.ipynb")} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_notebook_stores_what_the_build_computes(site, page):
    stored, fresh = (
        nbformat.read(folder / f"{page}.ipynb", as_version=4)
        for folder in (PROJECT / "notebooks", PROJECT / "_build" / "book" / "notebooks")
    )
    assert [cell.source for cell in stored.cells] == [cell.source for cell in fresh.cells]
    assert any(said(stored))
    assert said(fresh) == said(stored)
