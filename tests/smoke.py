"""A page's notebook trained anew at smoke size, by plain papermill as a reader would."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat

from vaelib import papers
from vaelib.pages.paper import Page

PROJECT = Path(__file__).resolve().parent.parent


def pages(paper: str) -> list[Page]:
    """A paper's pages that have a notebook of their own and a smoke size."""
    return [page for page in papers.paper(paper).pages if page.smoke and page.make is None]


def assert_trains_for_itself(page: Page, folder: Path, monkeypatch) -> None:
    """It runs to its end in an empty store, shows a picture, and trains as often as its declaration says."""
    monkeypatch.setenv("VAELIB_HOME", str(folder / "runs"))
    monkeypatch.setenv("VAELIB_DATA", str(PROJECT / "data"))
    out = folder / "out.ipynb"
    notebook = f"notebooks/{page.notebook}.ipynb"
    # as a reader would: the command line, lists as YAML
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", notebook, str(out), "-y", json.dumps(page.smoke)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [o for cell in nbformat.read(out, as_version=4).cells for o in cell.get("outputs", ())]
    assert any("image/png" in o.get("data", {}) for o in outputs)
    if page.smoke.get("held_out_digit") == 3:
        printed = "".join(o.get("text", "") for o in outputs)
        assert "1,010 test images" in printed or page.notebook in ("figure_4", "live")
    assert len(list((folder / "runs").glob("*/run.json"))) == page.trainings
