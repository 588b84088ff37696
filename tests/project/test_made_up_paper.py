"""A paper moves in: it trains, is killed and resumed, published, judged and rendered, and nothing else changes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import made_up_paper
import nbformat
import pytest
import torch
import yaml
from made_up_paper import PAPER, slope

from vaelib import __main__ as commands
from vaelib import papers
from vaelib.kinds import Experiment
from vaelib.runs import Trained, at_hand
from vaelib.store import Store

pytestmark = pytest.mark.slow

CELLS = [
    "# A line\n\nIts slope.",
    "import made_up_paper\nimport matplotlib.pyplot as plt\n\n"
    "from vaelib.pages import parameters\nfrom vaelib.store import Store",
    "seed: int = 0  # of the noise\nrecompute: bool = False  # train here\ndevice: str = 'cpu'  # cpu, cuda or mps",
    "p = parameters.check(made_up_paper.PAGE.parameters, globals())",
    "slope = Store.for_notebook(p.recompute, p.device).get(made_up_paper.slope(p.seed))\n"
    "plt.plot([-1, 1], [-slope, slope]);",
    "print('it rises:', slope > 1.5)",
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The book with one paper more, its layers in a folder of their own."""
    monkeypatch.setattr(papers, "PAPERS", (PAPER,))
    for cached in (papers.results, papers.known):
        cached.cache_clear()
    monkeypatch.setenv("VAELIB_HOME", str(tmp_path / "runs"))
    monkeypatch.setenv("VAELIB_RESULTS", str(tmp_path / "results"))
    (tmp_path / "results").mkdir()
    yield tmp_path
    for cached in (papers.results, papers.known):
        cached.cache_clear()


def test_a_training_of_its_own_kind_that_is_killed_ends_in_the_same_bytes(tmp_path):
    long = slope(0).experiment.model_copy(update={"epochs": 1000, "snapshots": (30, 1000)})
    program = (
        "import sys; from pathlib import Path; import made_up_paper; from vaelib import Store, Trained;"
        "store = Store(local=Path(sys.argv[1]), progress=False);"
        "store.get(Trained(made_up_paper.Line.model_validate_json(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "killed"), long.model_dump_json()]
    environment = os.environ | {"PYTHONPATH": str(Path(made_up_paper.__file__).parent)}
    process = subprocess.Popen(command, env=environment)
    unfinished = tmp_path / "killed" / long.name / "unfinished.json"
    while not unfinished.exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert json.loads(unfinished.read_text())["epoch"] % 100 == 0
    resumed, whole = (Store(local=tmp_path / name, progress=False).get(Trained(long)) for name in ("killed", "whole"))
    assert resumed.history == whole.history
    for epoch, weights in whole.weights.items():
        assert all(torch.equal(value, resumed.weights[epoch][name]) for name, value in weights.items())


def test_it_is_computed_published_and_judged_by_the_same_commands(home, capsys):
    for seed in (0, 1):
        commands.train(slope(seed).experiment.name)
        commands.compute(slope(seed).path)
    commands.publish()
    published = sorted(path.name for path in (home / "results").glob("*/*"))
    assert published == sorted(2 * ["run.json", "slope.json", "weights-epoch-40.safetensors"])
    commands.judge(as_json=True)
    (row,) = json.loads((home / "results" / "claims.json").read_text())
    assert (row["paper"], row["verdict"]) == ("lines", "reproduced")
    assert row["measures"][0]["ours"]["1"] == pytest.approx(2, abs=0.1)
    commands.compare(figure=["lines-1"])
    assert "| **✓ reproduced** | **lines rise** |" in capsys.readouterr().out
    assert at_hand(Store(), Experiment) == []  # whoever lists VAEs passes lines over


def test_its_page_is_executed_and_rendered(home):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(CELLS[0]), *map(nbformat.v4.new_code_cell, CELLS[1:])]
    )
    notebook.cells[2].metadata["tags"] = ["parameters"]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = home / "book"
    book.mkdir()
    nbformat.write(notebook, home / "line.ipynb")
    options = [f"-p {name} {value}" for name, value in made_up_paper.PAGE.smoke.items()]
    source, target = home / "line.ipynb", book / "line.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(source), str(target)]
    environment = os.environ | {"PYTHONPATH": str(Path(made_up_paper.__file__).parent)}
    subprocess.run(command + " ".join(options).split(), env=environment, check=True, capture_output=True)
    commands.normalise([book / "line.ipynb"])
    assert len(list((home / "runs").glob("*/run.json"))) == made_up_paper.PAGE.trainings
    (book / "_toc.yml").write_text(yaml.safe_dump({"format": "jb-book", "root": "line"}))
    (book / "_config.yml").write_text(yaml.safe_dump({"execute": {"execute_notebooks": "off"}}))
    subprocess.run(["jupyter-book", "build", str(book), "--quiet"], check=True, capture_output=True)
    html = (book / "_build" / "html" / "line.html").read_text()
    assert "it rises: True" in html
    assert list((book / "_build" / "html" / "_images").glob("*.png"))
