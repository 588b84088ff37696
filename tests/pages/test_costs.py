"""The page Cost: its figures are those of the benchmarks and of the provenance, and the contestants train the same."""

import contextlib
import json
import os
import re
import signal
import sys

import pytest
import torch

from benchmarks import contestants, machine, theorem
from vaelib import papers, provenance
from vaelib.errors import NotPublished
from vaelib.novelty import experiments, sweeps
from vaelib.novelty.study import published as study
from vaelib.novelty.study.measured import Measured
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.pages import costs
from vaelib.runs import Trained
from vaelib.runs import experiments as experiments_of
from vaelib.store import Store

pytestmark = pytest.mark.slow

FIGURES = {name: figure.published() for name, figure in papers.paper("novelty").figures().items()}


def cells(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


@pytest.fixture
def published(project):
    return Store(local=project / "nowhere", published=project / "results", train=False)


def cpu_seconds(paths):
    return sum(record_of(path)["cpu_seconds"] for path in paths)


def record_of(path):
    return json.loads(path.read_text())["provenance"]


def test_a_figures_minutes_are_those_of_its_results(published):
    rows = {int(row[0]): row for row in cells(costs.figure_table(published, FIGURES))}
    assert list(rows) == list(experiments.FIGURES)
    for number, row in rows.items():
        requests = sweeps.requests((number,))
        runs = {published.published / Trained(request.experiment, ()).path for request in requests}
        found = {published.published / request.path for request in requests}
        assert int(row[1]) == len(runs)
        assert int(row[3]) == len(found)
        assert float(row[2]) == pytest.approx(cpu_seconds(runs) / 60, abs=0.51)
        assert float(row[4]) == pytest.approx(cpu_seconds(found) / 60, abs=0.051)


def test_the_sweep_costs_what_all_its_results_did(published):
    sweep = costs.sweep(published, papers.paper("novelty").results())
    asked = [one for one in (*sweeps.sweep(), *study.results()) if not isinstance(one, Trained)]
    found = {published.published / request.path for request in asked}
    names = experiments_of(asked).keys()
    runs = [published.published / name / "run.json" for name in names]
    measured = [one for one in study.results() if isinstance(one, Measured)]
    alone = {request.experiment.name: record_of(published.published / request.path) for request in measured}
    trained = cpu_seconds(path for path in runs if path.exists())
    trained += sum(alone[path.parent.name]["training"]["cpu_seconds"] for path in runs if not path.exists())
    assert (sweep.trainings, sweep.evaluations) == (len(runs), len(found))
    assert sweep.core_hours == pytest.approx((trained + cpu_seconds(found)) / 3600)
    parts = sweep.trainings * sweep.training_minutes / 60 + sweep.evaluations * sweep.evaluation_seconds / 3600
    assert sweep.core_hours == pytest.approx(parts)


def test_a_training_counts_once_however_many_results_are_made_of_it(published):
    asked = papers.paper("two_stage").results()
    sweep = costs.sweep(published, asked)
    records = {one.experiment.name: record_of(published.published / one.path)["training"] for one in asked}
    assert (sweep.trainings, sweep.evaluations) == (len(records), len(asked))
    found = cpu_seconds(published.published / one.path for one in asked)
    trained = sum(record["cpu_seconds"] for record in records.values())
    assert sweep.core_hours == pytest.approx((trained + found) / 3600)


def test_ratios_and_shares_are_of_rounds_of_one_run(project):
    measured = costs.benchmarks(project / "results")
    assert measured["provenance"]["uncommitted_changes"] is False
    for found in measured["training"].values():
        speed = found["images_per_second"]
        for other, ratio in found["over"].items():
            assert ratio == pytest.approx(speed["vaelib"] / speed[other], rel=0.25)
        share = speed["vaelib"] * found["gflop_per_image"] / found["matmul_gflops"]
        assert found["share_of_matmul_rate"] == pytest.approx(share, rel=0.25)
    points = [row["points"] for row in measured["along_the_training_set"]]
    assert points == [10**4, 10**5, 10**6, 10**7]


def test_what_was_not_measured_is_an_error(tmp_path):
    with pytest.raises(NotPublished, match="make bench"):
        costs.benchmarks(tmp_path)


def test_products_are_counted_layer_by_layer():
    # forwards, and backwards to the weights: every layer; backwards to the inputs: all but the first
    layers = [784 * 400, 400 * 100, 50 * 400, 400 * 784]
    assert contestants.products((400,)) == 2 * (sum(layers) + sum(layers) + sum(layers[1:]))


def test_the_tutorials_network_is_the_papers():
    from vaelib.models import VAE

    for hidden in (experiments.SHALLOW, experiments.DEEP):
        ours, theirs = VAE(hidden, 50), contestants.TutorialVAE(hidden)
        assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_broadcasting_finds_the_same_weights():
    means, log_stds, images, z = torch.randn(40, 3), torch.rand(40, 3) - 1, torch.rand(40, 5), torch.randn(20, 3)
    expected = OptimalDecoder(means, log_stds, images).top(z, 3)[0]
    torch.testing.assert_close(theorem.broadcast(means, log_stds, images, z).double(), expected, rtol=1e-4, atol=1e-5)


def test_what_the_benchmarks_need_is_pinned(project):
    lines = (project / "benchmarks" / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w-]+==[\d.]+|#.*", line) for line in lines)


def _killed(start):
    start()
    os.kill(os.getpid(), signal.SIGKILL)


def _one_of_two_is_killed(first, start):
    with contextlib.suppress(FileExistsError):
        first.mkdir()  # whoever comes first
        os.kill(os.getpid(), signal.SIGKILL)
    start()


def test_a_killed_measurement_is_an_error_and_nobody_waits_for_it(tmp_path):
    with pytest.raises(RuntimeError, match="ended with exit code -9"):
        machine.side_by_side(2, _killed)
    with pytest.raises(RuntimeError, match="ended with exit code -9"):
        machine.side_by_side(2, _one_of_two_is_killed, tmp_path / "first")


def test_memory_is_counted_in_bytes_on_every_system(monkeypatch):
    linux = provenance.peak_memory()
    assert 1e7 < linux < 1e11
    monkeypatch.setattr(sys, "platform", "darwin")  # whose system counts bytes, not kibibytes
    assert provenance.peak_memory() == pytest.approx(linux / 1024, rel=0.1)
