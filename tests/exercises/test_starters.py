"""The starter notebooks: green with their solution, red without, and with NumPy and matplotlib alone."""

import ast
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "book" / "exercises"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
ALLOWED = {"numpy", "matplotlib"}


def starter(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def answers(notebook):
    return [cell for cell in notebook.cells if "answer" in cell.metadata.get("tags", ())]


def solution(name):
    return (FOLDER / "solutions" / f"{name}.py").read_text(encoding="utf-8")


def run(notebook, folder):
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", ()))


def test_there_are_four_and_each_has_a_solution():
    assert len(NAMES) == 4
    assert {path.stem for path in (FOLDER / "solutions").glob("*.py")} == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_green_with_its_solution(name, tmp_path):
    notebook = starter(name)
    (cell,) = answers(notebook)
    cell.source = solution(name)
    assert "All checks passed." in run(notebook, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_as_it_is_given_fails_a_check_and_says_why(name):
    code = "\n".join(cell.source for cell in starter(name).cells if cell.cell_type == "code")
    with pytest.raises(AssertionError, match="not|must|say"):
        exec(code, {})


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_keeps_no_outputs_and_has_the_functions_of_its_solution(name):
    notebook = starter(name)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    (cell,) = answers(notebook)
    asked, given = (
        {node.name: ast.get_docstring(node) for node in ast.parse(code).body} for code in (cell.source, solution(name))
    )
    assert asked == given


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_needs_what_is_light_alone(name):
    code = [cell.source for cell in starter(name).cells if cell.cell_type == "code"] + [solution(name)]
    nodes = [node for text in code for node in ast.walk(ast.parse(text))]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    roots = {module.partition(".")[0] for module in imported}
    assert roots <= ALLOWED | sys.stdlib_module_names
    listed = {line.split(">=")[0] for line in (FOLDER / "requirements.txt").read_text().split()}
    assert listed == ALLOWED | {"jupyterlab"}
