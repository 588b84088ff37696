"""The README: its commands run as written, its table is the results' own."""

import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vaelib.novelty import comparisons
from vaelib.novelty.statistics import by_depth
from vaelib.novelty.study import code, tables
from vaelib.novelty.study.measured import by_model
from vaelib.pages.comparisons import comparison_table
from vaelib.store import Store

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.S)
LINES = [line for block in BLOCKS for line in re.sub(r"\\\n +", "", block).splitlines()]
USE = re.sub(r"\\\n +", "", (PROJECT / "book" / "use.md").read_text())
# what cannot end by itself, or would run these tests again, is asked for its plan instead
INSTEAD = {"make": ["--dry-run"], "jupyter": ["--version"], "pytest": ["--collect-only"]}


def test_the_two_commands_and_the_four_uses_are_there():
    assert LINES[:2] == ["make book", "make test"]
    assert {Path(shlex.split(line)[0]).name for line in LINES} == {"make", "jupyter", "papermill", "pytest"}


@pytest.mark.parametrize("line", LINES)
def test_a_line_runs_as_written(line, tmp_path, monkeypatch):
    monkeypatch.setenv("VAELIB_HOME", str(tmp_path))
    if not (PROJECT / ".venv").exists():
        line = line.replace(".venv/bin/", "")  # an environment of the reader's own
    words = shlex.split(line)
    extra = INSTEAD.get(Path(words[0]).name, [])
    for word in words:
        if word.startswith("notebooks"):
            assert (PROJECT / word).exists()
    try:
        done = subprocess.run(words + extra, cwd=PROJECT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
    finally:
        (PROJECT / "out.ipynb").unlink(missing_ok=True)


def test_the_results_table_is_the_results_own(tmp_path):
    store = Store(local=tmp_path, train=False)
    compared = [line for number in comparisons.COMPARISONS for line in comparisons.published(number, store)]
    table = re.search(r"<!-- results -->\n(.*)\n<!-- /results -->", README, re.S)[1].strip()
    assert table == comparison_table(compared)


def test_the_dimensions_that_it_tells_are_those_of_the_results(tmp_path):
    store = Store(local=tmp_path, train=False)
    found = [one for one in map(store.get, code.results()) if code.is_paid_for(one)]
    plain = [one for one in found if tables.slug(one) in ("shallow-50-1", "deep-50-1")]
    shallow, deep = (sorted({one.active["by_variance"] for one in models}) for models in by_depth(plain).values())
    words = f"the deep VAE uses {' or '.join(map(str, deep))} of its 50 latent dimensions and the shallow one"
    assert f"{words} {' or '.join(map(str, shallow))}" in README
    assert f"({len(by_model(found))} models, three seeds each" in README
    assert "three to four times as many" in (PROJECT / "book" / "intro.md").read_text()
    assert shallow[0] / deep[-1] >= 3 and shallow[-1] / deep[0] <= 4


def test_the_book_tells_the_same_commands():
    assert all(line in USE for line in LINES)


def test_pip_install_elsewhere_needs_nothing_of_the_project(tmp_path):
    """The built package holds the library and its style, and no notebook, test or result."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(tmp_path),
        ".",
    ]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("vaelib-*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    assert {
        "vaelib/optimal_decoder.py",
        "vaelib/pages/vaelib.mplstyle",
        "vaelib/novelty/canvas.js",
        "vaelib/py.typed",
    } <= names
    assert all(name.startswith("vaelib/") for name in names)
