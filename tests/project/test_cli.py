"""The shell commands: results on stdout, one line of error and exit code 1, a traceback only when asked for."""

import json
import subprocess
import sys

import pytest

from vaelib import __main__ as commands
from vaelib import papers
from vaelib.errors import VaelibError
from vaelib.novelty import sweeps
from vaelib.novelty.evaluation import Evaluated
from vaelib.novelty.study import code
from vaelib.runs import Trained

pytestmark = pytest.mark.slow


def vaelib(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "vaelib", *arguments], capture_output=True, text=True, **options)


def test_an_error_is_one_line_and_exit_code_1():
    done = vaelib("train", "nonsense")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    listed = len(vaelib("experiments").stdout.split())
    assert (
        f"UnknownName: 'nonsense' is no experiment; `python -m vaelib experiments` lists all {listed}." in done.stderr
    )


def test_an_error_of_the_system_is_one_line_too(project, tmp_path):
    done = vaelib("picture", project / "notebooks" / "figure_1.ipynb", tmp_path / "missing" / "figure.png")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "FileNotFoundError" in done.stderr


def test_only_whole_experiments_are_published(store, smoke, monkeypatch, capsys):
    asked = [Evaluated(smoke, epoch, 9) for epoch in smoke.snapshots]
    monkeypatch.setattr(papers, "results", lambda: (Trained(smoke, ()), *asked))
    monkeypatch.setenv("VAELIB_HOME", str(store.local))
    monkeypatch.setenv("VAELIB_RESULTS", str(store.published))
    store.get(asked[0])
    commands.publish()
    assert f"{smoke.name}: 2 of 3 results are there; not published." in capsys.readouterr().err
    assert not list(store.published.glob("*/*"))
    store.get(asked[1])
    commands.publish()
    assert len(list(store.published.glob(f"{smoke.name}/evaluation-*.json"))) == 2


def test_what_a_published_folder_lacks_is_added_and_the_rest_stays(store, smoke, monkeypatch):
    asked = [Trained(smoke, ()), Evaluated(smoke, 2, 9)]
    monkeypatch.setattr(papers, "results", lambda: tuple(asked))
    monkeypatch.setenv("VAELIB_HOME", str(store.local))
    monkeypatch.setenv("VAELIB_RESULTS", str(store.published))
    store.get(asked[1])
    commands.publish()
    before = {path: path.read_bytes() for path in store.published.glob("*/*")}
    (store.local / asked[1].path).unlink()  # as on a machine that trained it again, for another result
    asked.append(Evaluated(smoke, 2, 4))
    store.get(asked[2])
    commands.publish()
    added = set(store.published.glob("*/*")) - set(before)
    assert {path.stem for path in added} == {"evaluation-epoch-2-digit-4"}
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    "content",
    ["no notebook at all", "[" * 100_000, "[1, 2]", '{"cells": [], "nbformat": 3}', '{"cells": [1], "nbformat": 4}'],
)
@pytest.mark.parametrize("command", ["normalise", "picture", "page", "digits"])
def test_a_file_that_is_no_notebook_is_one_line(command, content, tmp_path):
    path = tmp_path / "figure_5.ipynb"
    path.write_text(content)
    ask = {
        "normalise": lambda: commands.normalise([path]),
        "picture": lambda: commands.picture(path, tmp_path / "a.png"),
        "page": lambda: commands.page("figure_5", tmp_path / "b.ipynb", path),
        "digits": lambda: commands.write_digits(tmp_path / "c", path.parent),
    }
    with pytest.raises(VaelibError, match="is no notebook: expected an .ipynb file"):  # one line, as any of our errors
        ask[command]()
    assert path.read_text() == content


def test_debug_shows_the_traceback():
    done = vaelib("--debug", "train", "nonsense")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_experiments_are_listed_for_people_and_for_programs():
    names = vaelib("experiments").stdout.split()
    of_the_paper = list(sweeps.by_name(sweeps.sweep()))
    assert names[: len(of_the_paper)] == of_the_paper
    assert {one.experiment.name for one in code.models()} <= set(names)
    assert len(names) > 200
    lines = vaelib("experiments", "--figure", "2", "--json").stdout.splitlines()
    assert [json.loads(line)["hidden"] for line in lines] == 3 * [[400], [400], [400, 200, 100], [400, 200, 100]]


def test_compare_prints_ours_beside_the_published_numbers_with_differences():
    lines = [json.loads(line) for line in vaelib("compare", "--figure", "2", "--json").stdout.splitlines()]
    modes = [line for line in lines if "paper" in line]
    assert len(modes) == 13
    for line in modes:
        assert len(line["ours"]) == 3
        assert line["difference"] == pytest.approx(sum(line["ours"]) / 3 - line["paper"])
    assert (
        "| of | quantity | paper | ours | by seed | difference | tolerance |"
        in vaelib("compare", "--figure", "2").stdout
    )


def test_a_damaged_data_file_is_one_line(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        (raw / name).write_bytes(b"torn")
    done = vaelib("data", "fetch", env={"PATH": "", "VAELIB_DATA": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr.startswith("FileIsDamaged: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["data"],
        ["train"],
        ["compute"],
        ["results"],
        ["page"],
        ["compare"],
        ["publish"],
        ["normalise"],
        ["explorer"],
        ["nine"],
    ],
)
def test_every_command_explains_itself(command):
    done = vaelib(*command, "--help")
    assert done.returncode == 0
    assert "Usage: " in done.stdout
