"""The store: found or computed once, written whole, verified on every load, never silently lost."""

import errno
import json
import os
import threading
from pathlib import Path

import pytest
import torch

from vaelib import locks, store_files, training
from vaelib.errors import UnknownName
from vaelib.kinds import Experiment
from vaelib.novelty.evaluation import Evaluated, evaluated
from vaelib.runs import Trained, at_hand, weights_name

pytestmark = pytest.mark.slow


def test_a_run_is_computed_once_and_found_the_same_afterwards(store, smoke, counted):
    first, second = store.get(Trained(smoke)), store.get(Trained(smoke))
    assert len(counted) == 1
    assert first.history == second.history
    for epoch in smoke.snapshots:
        for name, value in first.weights[epoch].items():
            assert torch.equal(value, second.weights[epoch][name])


def test_an_evaluation_is_found_the_same_as_it_was_computed(store, smoke, counted):
    computed, found = store.get(evaluated(smoke)), store.get(evaluated(smoke))
    assert len(counted) == 1
    assert found.request == computed.request == Evaluated(smoke, 2, 9)
    assert found.information == computed.information
    for name, value in computed.arrays().items():
        assert torch.equal(value, found.arrays()[name])


def test_provenance_lies_beside_every_result(store, smoke):
    store.get(evaluated(smoke))
    for path in (Trained(smoke, ()).path, Evaluated(smoke, 2, 9).path):
        content = json.loads((store.local / path).read_text())
        assert content["experiment"] == smoke.model_dump(mode="json")
        assert {"versions", "commit", "processor", "threads", "wall_seconds", "cpu_seconds", "peak_memory_mb"} <= set(
            content["provenance"]
        )


def test_what_cannot_be_asked_for_says_what_can(store, smoke):
    with pytest.raises(UnknownName, match="Expected one of 1, 2"):
        store.get(evaluated(smoke, epoch=50))
    with pytest.raises(UnknownName, match="digit=0 to 9"):
        store.get(evaluated(smoke.model_copy(update={"data": "mnist/train"})))
    with pytest.raises(UnknownName, match="no digit 12: expected 0 to 9"):
        store.get(evaluated(smoke, digit=12))
    with pytest.raises(UnknownName, match="no latent 'median': expected mean or sample"):
        store.get(evaluated(smoke, latent="median"))
    assert not list(store.local.glob("*"))


def test_a_measure_that_an_entry_lacks_is_computed_again_and_one_more_is_no_damage(store, smoke, recwarn):
    store.get(evaluated(smoke))
    path = store.local / Evaluated(smoke, 2, 9).path
    content = {key: value for key, value in store_files.load(path).items() if key != "files"}
    arrays = store_files.load_arrays(path.with_suffix(".safetensors"), store_files.load(path)["files"])
    more = arrays | {"a_measure_to_come": torch.zeros(1009)}
    store_files.save(path, content, {path.with_suffix(".safetensors").name: more})
    assert not hasattr(store.get(evaluated(smoke)), "a_measure_to_come")
    del arrays["output_classes"]
    store_files.save(path, content, {path.with_suffix(".safetensors").name: arrays})
    assert len(store.get(evaluated(smoke)).output_classes) == 1_009
    assert not recwarn.list


def test_runs_of_another_system_are_passed_over(store, smoke):
    store.get(Trained(smoke))
    other = store.local / "another"
    other.mkdir()
    content = {"experiment": {"kind": "another", "noise": 3}, "history": []}
    store_files.save(other / "run.json", content, {"weights-epoch-1.safetensors": {"a": torch.zeros(1)}})
    assert at_hand(store, Experiment) == [smoke]


def test_states_that_were_kept_stay_as_they_were(smoke):
    states = []
    long = smoke.model_copy(update={"epochs": 20, "snapshots": (2, 20)})
    training.fit(long, keep=states.append)
    assert [len(state.history) for state in states] == [state.epoch for state in states]
    assert [sorted(state.weights) for state in states] == [[2]] * len(states)


def test_what_a_process_killed_after_its_last_line_left_is_removed(store, smoke, counted):
    store.get(Trained(smoke))
    folder = store.local / smoke.name
    for name in ("unfinished.json", "unfinished-epoch-1.safetensors"):
        (folder / name).write_bytes(b"kept before the run was written")
    store.get(Trained(smoke))
    assert not list(folder.glob("*unfinished*"))
    assert len(counted) == 1


def test_half_written_files_of_a_killed_process_go_when_the_entry_is_written(store, smoke):
    folder = store.local / smoke.name
    folder.mkdir(parents=True)
    (folder / f".{weights_name(2)}.x7").write_bytes(b"half")
    (folder / ".run.json.x7").write_bytes(b"half")
    store.get(Trained(smoke))
    assert not list(folder.glob(".*"))


def test_a_full_disk_is_one_error_of_the_system_and_leaves_nothing(store, smoke, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        store.get(Trained(smoke))
    assert not [path for path in (store.local / smoke.name).glob("*") if path.is_file()]


def test_who_holds_a_lock_is_named_after_a_while(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    path = tmp_path / "a.lock"
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with locks.held(path):
            entered.set()
            leave.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    threading.Timer(0.5, leave.set).start()
    with locks.held(path):
        assert f"Waiting for process {os.getpid()} on " in capsys.readouterr().err
    holder.join()
    with locks.held(path):
        assert not capsys.readouterr().err
