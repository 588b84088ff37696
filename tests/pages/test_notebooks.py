"""The notebooks as they stand in git, and each one executed with other parameters by plain papermill."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml
from jupyter_client.manager import start_new_kernel

from vaelib import papers
from vaelib.pages import kernel_sockets, notebooks

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
EVERYTHING = sorted((PROJECT / "notebooks").glob("*.ipynb"))
NOTEBOOKS = [path for path in EVERYTHING if path.stem.startswith("figure_")]
PAGES = {page.notebook: page for paper in papers.PAPERS for page in paper.pages}
SECTIONS = ["How to read it", "What the paper says", "Check", "Where we differ", "Try it"]
ARGUMENT = (
    "length", "classes", "capacity", "depth_or_code", "code_elsewhere", "code_architectures", "code_search",
    "which_half", "premise", "habits", "rate", "samples", "fashion",
)  # fmt: skip
PREDICTED = [path for path in EVERYTHING if path in NOTEBOOKS or path.stem in ARGUMENT]
OTHERS = ("by_hand", "live", "cost", "criteria_claims", "likelihood_claims", "two_stage_claims", "claims")
ASKING = [path for path in EVERYTHING if path.stem not in OTHERS]  # a question, and a figure that answers it
every_figure = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
TAKING = [path for path in EVERYTHING if PAGES[path.stem].parameters]
every_notebook = pytest.mark.parametrize("path", TAKING, ids=lambda path: path.stem)


def cells(path, kind="code"):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def shown(cell):
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))


def pictures(path):
    return [(cell, output) for cell in cells(path) for output in cell.outputs if "image/png" in output.get("data", {})]


def test_there_is_one_notebook_a_figure_of_the_papers_text():
    assert [path.stem for path in NOTEBOOKS] == [f"figure_{number}" for number in (1, 2, 3, 4)]


def test_every_notebook_is_a_page_of_a_paper_and_the_other_way_round():
    assert {page.notebook for page in PAGES.values() if page.make is None} == {path.stem for path in EVERYTHING}
    toc = yaml.safe_load((PROJECT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    chapters = [Path(chapter["file"]) for part in toc for chapter in part["chapters"]]
    shown = {chapter.name for chapter in chapters if chapter.parent.name == "notebooks"}
    assert shown == {page.notebook for page in PAGES.values() if page.make is None}  # the others stand on one page


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: path.stem)
def test_it_is_normalised_and_executed_from_top_to_bottom(path):
    assert path.read_text() == notebooks.normalised(path), "run `make notebooks`"
    assert [cell.execution_count for cell in cells(path)] == list(range(1, len(cells(path)) + 1))
    assert path.stat().st_size < 1_000_000


@every_figure
def test_it_follows_the_page_grammar(path):
    prose = [cell.source for cell in cells(path, "markdown")]
    assert prose[0].startswith(f"# Figure {path.stem[-1]}: ")
    headings = [line[3:] for text in prose for line in text.splitlines() if line.startswith("## ")]
    assert headings == SECTIONS
    assert any("**Prediction.**" in text for text in prose)
    assert not any("{" in text for text in prose), "MyST directives belong into book/*.md"


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.stem)
def test_it_asks_shows_and_answers_before_it_explains(path):
    """Title and question, then code and nothing else up to the figure, then a sentence that answers."""
    every = nbformat.read(path, as_version=4).cells
    asks, *others = every
    assert "?" in asks.source and len(asks.source.split()) < 200
    assert "**Prediction.**" in asks.source or "**Before you look:**" in asks.source
    shows = next(n for n, cell in enumerate(others) if shown(cell))
    answer = others[shows + 1]
    if path.stem != "likelihood_closed_forms":  # four models, each with its own question
        assert all(cell.cell_type == "code" for cell in others[:shows])
        assert answer.cell_type == "markdown" and not answer.source.startswith("#")
        assert len(answer.source.split()) < 45  # as many as the page sets it off with (book/extensions/fold.py)


@pytest.mark.parametrize("path", PREDICTED, ids=lambda path: path.stem)
def test_readers_are_asked_to_predict_before_they_look(path):
    assert len(re.findall(r"^\*\*Before you look:\*\* .*\?", cells(path, "markdown")[0].source, re.M)) == 1


@every_figure
def test_it_shows_one_figure_of_moderate_size(path):
    ((_, output),) = pictures(path)
    assert len(output["data"]["image/png"]) * 3 / 4 < 300_000


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: path.stem)
def test_every_picture_has_a_caption_a_name_and_alt_text(path):
    described = [cell.metadata.get("mystnb", {}) for cell, _ in pictures(path)]
    names = [one["figure"]["name"] for one in described]
    assert len(set(names)) == len(names)
    for name in names:  # a bare number is the paper's, see the book's extension `numbering`
        page = path.stem.replace("figure_", "").replace("_", "-")
        assert name == f"fig-{page}" if path in NOTEBOOKS else re.fullmatch(rf"fig-{page}-[a-z]+", name)
    for one in described:
        assert len(one["figure"]["caption"]) > 80
        assert 50 < len(one["image"]["alt"]) <= 400


@every_notebook
def test_its_parameters_are_those_that_are_validated(path):
    inspected = papermill.inspect_notebook(str(path))
    model = PAGES[path.stem].parameters
    assert list(inspected) and set(inspected) == set(model.model_fields)
    for name, found in inspected.items():
        assert found["help"], f"{name} has no help comment"
        assert found["inferred_type_name"] in ("int", "str", "bool", "list", "float")
    second = cells(path)[1]
    assert second.metadata["tags"] == ["parameters"]
    assert cells(path)[2].source == f"p = parameters.check(parameters.{model.__name__}, globals())"


@every_notebook
def test_no_cell_is_longer_than_fifteen_lines(path):
    for cell in cells(path):
        if "parameters" not in cell.metadata.get("tags", []):
            assert len(cell.source.splitlines()) <= 15


def test_normalising_refuses_paths_of_one_machine_and_errors(tmp_path):
    for output, message in [
        ({"output_type": "stream", "name": "stdout", "text": "in /home/ann/x"}, "/home/ann"),
        ({"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}, "ValueError"),
    ]:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
        path = tmp_path / "n.ipynb"
        path.write_text(json.dumps(notebook))
        with pytest.raises(notebooks.VaelibError, match=message):
            notebooks.normalise(path)


def test_every_papers_notebooks_are_recomputed_at_smoke_size():
    """In a file a paper, so that workers share them."""
    named = {path.parent.name for path in (PROJECT / "tests").glob("*/test_smoke.py")}
    assert named == {paper.name for paper in papers.PAPERS}


def test_figure_3_with_other_steps_trains_once_and_agrees_with_nothing_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("VAELIB_HOME", str(tmp_path / "runs"))
    monkeypatch.setenv("VAELIB_DATA", str(PROJECT / "data"))
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "notebooks/figure_3.ipynb", str(out)]
    done = subprocess.run([*command, "-p", "steps", "20"], capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr[-3000:]
    printed = "".join(o.get("text", "") for cell in cells(out) for o in cell.outputs)
    assert "No run with these parameters is published" in printed
    assert "agrees" not in printed
    assert "The paper published no number for these parameters." in out.read_text()
    assert not list((tmp_path / "runs").glob("*/run.json"))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["-p", "In", "5"], "Unknown parameter In. Valid parameters: .*held_out_digit"),
        (["-y", "{epcohs: 3, snapshto: .inf}"], "Unknown parameter epcohs, snapshto. Valid parameters"),
        (["-p", "held_out_digti", "3"], "Unknown parameter held_out_digti. Valid parameters: .*held_out_digit"),
        (["-p", "held_out_digit", "11"], "held_out_digit = 11: expected a digit from 0 to 9"),
    ],
)
def test_plain_papermill_fails_on_what_a_notebook_does_not_take(option, message, tmp_path):
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "notebooks/figure_4.ipynb", str(out), *option]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode != 0
    assert re.search(message, done.stderr)


def test_kernels_take_no_ports():
    manager, client = start_new_kernel()
    try:
        assert client.transport == "ipc"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_kernels_leave_no_folders_of_processes_that_were_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = subprocess.Popen(["true"])
    done.wait()
    names = {
        "gone": f"{kernel_sockets.PREFIX}{done.pid}-a",
        "ours": f"{kernel_sockets.PREFIX}{os.getpid()}-b",
        "other": "kernel-c",
    }
    for name in names.values():
        (tmp_path / name).mkdir()
    kernel_sockets.remove_leftovers()
    assert {path.name for path in tmp_path.iterdir()} == {names["ours"], names["other"]}


@pytest.mark.parametrize(
    ("stored", "fresh", "same"),
    [
        ("-6.239704680182575", "-6.239704680182572", True),
        ("0.4340931", "0.4340932", True),
        ("0.4340931", "0.4345272", False),
        ("100.0", "100.1", False),
        ("93.0", "94.0", False),
        ("| a | 0.434 | 12 |", "| a | 0.435 | 12 |", True),
        ("| a | 0.434 | 12 |", "| a | 0.436 | 12 |", False),
        ("| a | 0.434 | 12 |", "| a | 0.435 | 13 |", False),
        ("| a | 0.434 | 12 |", "| b | 0.434 | 12 |", False),
        ("9.99 nats", "10.0 nats", True),
        ("1,009 images", "1,010 images", True),
        ("1,009 images", "1,011 images", False),
        ("without 9s", "without 8s", False),
        ("+0.00", "-0.00", True),
        ("share 43% of 1,009", "share 44% of 1,009", True),
        (" ".join(["0.123"] * 300), " ".join(["0.124"] * 3 + ["0.123"] * 297), True),
        (" ".join(["0.123"] * 300), " ".join(["0.124"] * 4 + ["0.123"] * 296), False),
    ],
)
def test_outputs_are_compared_as_numbers(stored, fresh, same):
    assert (notebooks.Output(stored) == notebooks.Output(fresh)) is same
    assert (notebooks.Output(stored) != notebooks.Output(fresh)) is not same


NUMBER_OF_GLUE = re.compile(r"-?\d+\.\d+(e-?\d+)?")


@pytest.mark.parametrize(("change", "green"), [(1e-7, True), (1e-3, False)])
def test_nbval_is_green_for_numbers_a_rounding_apart_and_red_beyond(change, green, tmp_path):
    """The stored numbers of a whole notebook, each off by so much of itself."""
    notebook = nbformat.read(PROJECT / "notebooks" / "rate.ipynb", as_version=4)
    changed = 0
    for output in [output for cell in notebook.cells for output in cell.get("outputs", ())]:
        for kind, text in output.get("data", {}).items():
            if kind.startswith("application/papermill.record") and NUMBER_OF_GLUE.fullmatch(text):
                output["data"][kind] = repr(float(text) * (1 + change))
                changed += 1
    assert changed > 3
    nbformat.write(notebook, tmp_path / "rate.ipynb")
    shutil.copyfile(PROJECT / "conftest.py", tmp_path / "conftest.py")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-cell-timeout=600", "rate.ipynb"]
    environment = {**os.environ, "VAELIB_RESULTS": str(PROJECT / "results"), "VAELIB_DATA": str(PROJECT / "data")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode == 0) is green, done.stdout[-3000:]
    assert ("passed" in done.stdout) and (("failed" in done.stdout) is not green)
