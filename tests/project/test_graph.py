"""The graph: nothing is planned while the results are there; a deleted result plans exactly its own."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from vaelib import data, papers
from vaelib.novelty import experiments
from vaelib.novelty.evaluation import Evaluated

pytestmark = pytest.mark.slow

DEEP = experiments.figure(1).deep_unseen  # its weights are published
SMALL = experiments.figure(4)[1]  # its weights are not


@pytest.fixture
def clone(project, tmp_path):
    """The files that a fresh clone has, and MNIST."""
    folder = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=project, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (project / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / name, folder / name)
    shutil.copytree(data.fetch("mnist"), data.DATASETS["mnist"].folder(folder / "data"))
    return folder


def planned(folder, *arguments):
    """Jobs of a dry run as (rule, name of the experiment)."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VAELIB_")} | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "snakemake", "-n", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    jobs = re.findall(r"^(?:local)?rule (\w+):\n(?:.*\n)*?(?=\[|\Z)", done.stdout, re.M)
    outputs = re.findall(r"    output: (.*?)(?: \(update\))?$", done.stdout, re.M)
    return sorted(jobs), outputs


def test_a_fresh_clone_plans_nothing(clone):
    assert planned(clone) == ([], [])


def test_the_book_needs_no_training(clone):
    jobs, _ = planned(clone, "book")
    data = {"explorer", "nine", "exercises"}
    made = {"page", "notebook", "digits", "slides", "book"} | data
    assert set(jobs) <= made | {"data_fashion_mnist"}  # MNIST is in the clone
    assert all(jobs.count(one) == 1 for one in ("digits", "slides", *data))
    assert jobs.count("page") == len(experiments.APPENDIX)
    assert jobs.count("notebook") == len(list((clone / "notebooks").glob("*.ipynb"))) + len(experiments.APPENDIX)


def test_a_deleted_evaluation_with_published_weights_plans_itself_alone(clone):
    path = Evaluated(DEEP, 50, 9).path
    (clone / "results" / path).unlink()
    jobs, outputs = planned(clone)
    assert jobs == ["compute", "sweep"]
    assert outputs == [f"runs/{path}"]


def test_a_deleted_evaluation_without_weights_plans_its_own_training_too(clone):
    path = Evaluated(SMALL, 20, 9).path.replace(".json", ".safetensors")
    (clone / "results" / path).unlink()
    jobs, outputs = planned(clone)
    assert jobs == ["compute", "sweep", "train"]
    assert sorted(outputs) == sorted([f"runs/{SMALL.name}/run.json", f"runs/{path[:-12]}.json"])


def test_deleted_published_weights_plan_their_training(clone):
    (clone / "results" / DEEP.name / "weights-epoch-50.safetensors").unlink()
    jobs, outputs = planned(clone)
    assert jobs == ["sweep", "train"]
    assert outputs == [f"runs/{DEEP.name}/run.json"]


def test_recomputing_a_figure_plans_its_own_experiments(clone):
    jobs, _ = planned(clone, "--config", "recompute=1", "figure=2")
    assert jobs == ["compute"] * 12 + ["sweep"] + ["train"] * 4


@pytest.mark.parametrize("paper", [paper.name for paper in papers.PAPERS])
def test_recomputing_a_paper_plans_all_its_experiments(clone, paper):
    _, outputs = planned(clone, "--config", "recompute=1", f"paper={paper}")
    trained = {output.split("/")[1] for output in outputs if output.endswith("/run.json")}
    assert trained == set(papers.experiments(papers.paper(paper).results()))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("paper=three_stage", "paper=three_stage: expected one of novelty, two_stage"),
        ("figure=0", "figure=0: expected one of 1, 2, 3"),
        ("figure=99", "figure=99: expected one of 1, 2, 3"),
        ("figrue=2", "There is no setting figrue: expected figure=…, paper=…, recompute=1."),
        ("recompute=yes", "recompute=yes: expected one of 0, 1."),
    ],
)
def test_a_setting_that_is_none_is_one_line_and_plans_nothing(project, setting, message):
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "all", "--config", setting, "--", "sweep"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("Using workflow specific profile")]
    assert line.startswith(message)


def test_a_misspelt_setting_of_make_is_one_line(project):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}  # these tests run under make, too
    command = ["make", "-n", "reproduce", "figrue=2"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "There is no setting figrue=2: expected one of FIGURE PAPER SAMPLE PYTHON" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_a_build_says_what_to_do_about_the_lock_of_a_killed_one(clone):
    locks = clone / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("_build/html/index.html")
    (clone / ".venv").mkdir()
    (clone / ".venv" / "installed").touch()
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    environment = {k: v for k, v in environment.items() if not k.startswith("VAELIB_")}
    done = subprocess.run(["make", "book"], cwd=clone, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "snakemake --unlock, then again" in done.stdout


def test_a_notebook_that_the_contents_do_not_name_is_left_alone(clone):
    (clone / "notebooks" / "Untitled.ipynb").write_text("{}")
    jobs, _ = planned(clone, "book")
    assert jobs.count("notebook") == len(list((clone / "notebooks").glob("*.ipynb"))) - 1 + len(experiments.APPENDIX)


def test_a_notebook_that_no_paper_declares_is_one_line(clone):
    contents = clone / "_toc.yml"
    contents.write_text(contents.read_text().replace("notebooks/rate", "notebooks/other"))
    (clone / "notebooks" / "rate.ipynb").rename(clone / "notebooks" / "other.ipynb")
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "all", "--", "book"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "_toc.yml: notebooks/other is no page of a paper: declare it among the pages of one" in done.stderr
    assert "Traceback" not in done.stderr
