"""Figures 5 to 13: made of Figure 4's notebook, with words that are their own and true."""

import dataclasses
import json

import pytest
import torch
from made_up import evaluated

from vaelib.errors import UnknownName
from vaelib.novelty import appendix, subjects


@pytest.fixture
def zeros(monkeypatch):
    """Three made-up evaluations of five test zeros in the place of the results, the first one nearer to the input."""
    models = []
    for near, average, output in ((60.0, 6, 0), (120.0, 6, 6), (120.0, 2, 6)):
        shown = evaluated((100,), 0, bce_input=near)
        models.append(
            dataclasses.replace(
                shown,
                request=dataclasses.replace(shown.request, digit=0),
                top_classes=torch.full((4, 3), average, dtype=torch.uint8),
                output_classes=torch.full((4,), output, dtype=torch.uint8),
            )
        )
    monkeypatch.setattr(subjects, "of_figure", lambda number, store: models)


@pytest.fixture
def template(project):
    return json.loads((project / "notebooks" / "figure_4.ipynb").read_text())


def test_title_caption_and_alt_text_are_the_figures_own(zeros, template):
    notebook = appendix.page(5, template, store=None)
    assert notebook["cells"][0]["source"].startswith("# Figure 5: zeros withheld")
    (described,) = (c["metadata"]["mystnb"] for c in notebook["cells"] if "mystnb" in c["metadata"])
    assert described["figure"]["name"] == "fig-5"
    assert "all trained without zeros" in described["figure"]["caption"]
    assert "share of all test zeros" in described["figure"]["caption"]
    assert "Over all 4 of them, 1 of the 3 models" in described["figure"]["caption"]
    assert "The weighted averages rest on sixes (2) and twos (1)." in described["image"]["alt"]
    assert described["image"]["alt"].endswith("The outputs look like sixes (2) and zeros (1).")
    assert notebook["metadata"] == template["metadata"]


def test_its_reading_counts_over_all_test_images_by_depth(zeros, template):
    reading = appendix.page(5, template, store=None)["cells"][-1]["source"]
    assert "Over all 4 test zeros" in reading
    # one of the three models is nearer to the input and draws zeros; BCE(x, x̂) is 60, 120 and 120
    assert "| 1 | 3 | 0.333 | 0.333 | 100.0 |" in reading


def test_what_is_said_of_figure_4_alone_stays_there(zeros, template):
    notebook = appendix.page(5, template, store=None)
    text = json.dumps(notebook)
    assert "nine" not in text
    assert "17 VAEs" not in text
    headings = [line for c in notebook["cells"] for line in "".join(c["source"]).splitlines() if line.startswith("## ")]
    assert headings == ["## Check", "## What it says"]
    assert "17 VAEs" in json.dumps(template)  # the template itself is unchanged


def test_other_figures_are_refused(template):
    with pytest.raises(UnknownName, match="Figure 4 is not of the appendix: expected 5 to 13"):
        appendix.page(4, template, store=None)
