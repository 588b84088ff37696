"""The graph: nothing is planned while the results are there; a deleted result plans exactly its own."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from vaelib import data, experiments
from vaelib.store import evaluation_path

DEEP = next(e for e in experiments.figure(1) if e.held_out and e.depth == 3)  # its weights are published
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
    assert set(jobs) <= {"appendix", "notebook", "explorer", "book"}
    assert jobs.count("appendix") == len(experiments.APPENDIX)
    assert jobs.count("notebook") == len(list((clone / "notebooks").glob("*.ipynb"))) + len(experiments.APPENDIX)


def test_a_deleted_evaluation_with_published_weights_plans_itself_alone(clone):
    path = evaluation_path(experiments.Request(DEEP, 50, 9))
    (clone / "results" / path).unlink()
    jobs, outputs = planned(clone)
    assert jobs == ["evaluate", "sweep"]
    assert outputs == [f"runs/{path}"]


def test_a_deleted_evaluation_without_weights_plans_its_own_training_too(clone):
    path = evaluation_path(experiments.Request(SMALL, 20, 9)).replace(".json", ".safetensors")
    (clone / "results" / path).unlink()
    jobs, outputs = planned(clone)
    assert jobs == ["evaluate", "sweep", "train"]
    assert sorted(outputs) == sorted([f"runs/{SMALL.name}/run.json", f"runs/{path[:-12]}.json"])


def test_deleted_published_weights_plan_their_training(clone):
    (clone / "results" / DEEP.name / "weights-epoch-50.safetensors").unlink()
    jobs, outputs = planned(clone)
    assert jobs == ["sweep", "train"]
    assert outputs == [f"runs/{DEEP.name}/run.json"]


def test_recomputing_a_figure_plans_its_own_experiments(clone):
    jobs, _ = planned(clone, "--config", "recompute=1", "figure=2")
    assert jobs == ["evaluate"] * 12 + ["sweep"] + ["train"] * 4
