"""A page's notebook trained anew at smoke size: by plain papermill as a reader would, or in the test's own process."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from IPython.utils.capture import capture_output
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from vaelib import papers
from vaelib.pages.paper import Page

PROJECT = Path(__file__).resolve().parent.parent


def pages(paper: str) -> list[Page]:
    """A paper's pages that have a notebook of their own and a smoke size."""
    return [page for page in papers.paper(paper).pages if page.smoke and page.make is None]


def assert_trains_for_itself(page: Page, folder: Path, monkeypatch) -> None:
    """It runs to its end in an empty store, shows a picture, and trains as often as its declaration says.

    Each paper's first page goes through papermill's command line. The others' cells run here, one after the other, with
    their parameters injected as papermill does: a kernel for each takes longer than its trainings.
    """
    monkeypatch.setenv("VAELIB_HOME", str(folder / "runs"))
    monkeypatch.setenv("VAELIB_DATA", str(PROJECT / "data"))
    paper = next(paper for paper in papers.PAPERS if page in paper.pages)
    run = _by_papermill if page == pages(paper.name)[0] else _here
    printed, kinds = run(page, folder)
    assert "image/png" in kinds
    if page.smoke.get("held_out_digit") == 3:
        assert "1,010 test images" in printed or page.notebook in ("figure_4", "live")
    assert len(list((folder / "runs").glob("*/run.json"))) == page.trainings


def _by_papermill(page: Page, folder: Path) -> tuple[str, set[str]]:
    """What a run prints, and of which kinds its outputs are; lists are given as YAML."""
    out = folder / "out.ipynb"
    notebook = f"notebooks/{page.notebook}.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", notebook, str(out), "-y", json.dumps(page.smoke)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [o for cell in nbformat.read(out, as_version=4).cells for o in cell.get("outputs", ())]
    printed = "".join(output.get("text", "") for output in outputs)
    return printed, {kind for output in outputs for kind in output.get("data", {})}


def _here(page: Page, folder: Path) -> tuple[str, set[str]]:
    """The same, without a kernel."""
    notebook = load_notebook_node(str(PROJECT / "notebooks" / f"{page.notebook}.ipynb"))
    shell, kinds = InteractiveShell.instance(user_ns={}), set()
    select_figure_formats(shell, {"png"})
    shell.displayhook.write_format_data = lambda data, metadata=None: kinds.update(data)  # a cell's last expression
    try:
        with capture_output() as captured:
            for cell in parameterize_notebook(notebook, page.smoke).cells:
                if cell.cell_type == "code":
                    shell.run_cell(cell.source, store_history=True).raise_error()
    finally:
        InteractiveShell.clear_instance()
    return captured.stdout, kinds.union(*(output.data for output in captured.outputs))
