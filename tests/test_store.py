"""The store: found or computed once, written whole, verified on every load, never silently lost."""

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest
import torch

from vaelib import entries, evaluation, experiments, locks, training
from vaelib.errors import FileIsDamaged, NotPublished, UnknownName
from vaelib.experiments import Request
from vaelib.store import Store, Unfinished, evaluation_path, run_path, weights_name


@pytest.fixture
def counted(monkeypatch):
    """Counts trainings."""
    calls = []
    fit = training.fit
    monkeypatch.setattr(training, "fit", lambda *args, **options: calls.append(1) or fit(*args, **options))
    return calls


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def test_a_run_is_computed_once_and_found_the_same_afterwards(store, smoke, counted):
    first, second = store.run(smoke), store.run(smoke)
    assert len(counted) == 1
    assert first.history == second.history
    for epoch in smoke.snapshots:
        for name, value in first.weights[epoch].items():
            assert torch.equal(value, second.weights[epoch][name])


def test_an_evaluation_is_found_the_same_as_it_was_computed(store, smoke, counted):
    computed, found = store.evaluation(smoke), store.evaluation(smoke)
    assert len(counted) == 1
    assert found.request == computed.request == Request(smoke, 2, 9)
    assert found.classes == computed.classes
    for name, value in computed.arrays().items():
        assert torch.equal(value, found.arrays()[name])


def test_provenance_lies_beside_every_result(store, smoke):
    store.evaluation(smoke)
    for path in (run_path(smoke), evaluation_path(Request(smoke, 2, 9))):
        content = json.loads((store.local / path).read_text())
        assert content["experiment"] == smoke.model_dump(mode="json")
        assert {"versions", "commit", "processor", "threads", "wall_seconds", "cpu_seconds", "peak_memory_mb"} <= set(
            content["provenance"]
        )


@pytest.mark.parametrize("position", [0, 50, -3])
@pytest.mark.parametrize("file", ["run.json", weights_name(2)])
def test_a_flipped_byte_in_the_local_layer_is_set_aside_and_computed_again(store, smoke, counted, file, position):
    before = store.run(smoke)
    damaged = store.local / smoke.name / file
    flip(damaged, position)
    content = damaged.read_bytes()
    with pytest.warns(UserWarning, match="set aside"):
        after = store.run(smoke)
    assert len(counted) == 2
    assert before.history == after.history
    kept = list((store.local / "damaged").rglob(file))
    assert len(kept) == 1
    assert kept[0].read_bytes() == content


def test_a_torn_file_is_not_used(store, smoke, counted):
    store.run(smoke)
    file = store.local / smoke.name / weights_name(2)
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="set aside"):
        store.run(smoke)
    assert len(counted) == 2


def test_a_number_edited_by_hand_is_damage(store, smoke):
    store.evaluation(smoke)
    path = store.local / evaluation_path(Request(smoke, 2, 9))
    path.write_text(path.read_text().replace('"images": 1009', '"images": 1008'))
    with pytest.warns(UserWarning, match="check-sum differs"):
        assert store.evaluation(smoke).classes[9]["images"] == 1009


def test_one_damaged_evaluation_leaves_the_others_of_its_run_alone(store, smoke):
    sampled = store.evaluation(smoke, latent="sample")
    store.evaluation(smoke)
    flip(store.local / evaluation_path(Request(smoke, 2, 9)), 30)
    with pytest.warns(UserWarning, match="set aside"):
        store.evaluation(smoke)
    found = store.find_evaluation(Request(smoke, 2, 9, "sample"))
    assert found and torch.equal(store.evaluation(smoke, latent="sample").bce_input, sampled.bce_input)


def test_a_run_in_anothers_folder_is_not_taken_for_it(store, smoke, counted):
    other = smoke.model_copy(update={"seed": 8})
    store.run(smoke)
    (store.local / smoke.name).rename(store.local / other.name)
    with pytest.warns(UserWarning, match="another experiment"):
        assert store.run(other).experiment == other
    assert len(counted) == 2


def test_published_results_are_used_and_never_written(store, smoke, counted):
    store.evaluation(smoke)
    store.publish([Request(smoke, 2, 9)])
    fresh = Store(local=store.local.with_name("empty"), published=store.published, train=False)
    before = {path: path.read_bytes() for path in store.published.glob("*/*")}
    assert fresh.evaluation(smoke).request.digit == 9
    assert fresh.history(smoke)[0]["epoch"] == 1
    assert len(counted) == 1
    flip(store.published / evaluation_path(Request(smoke, 2, 9)), 30)
    damaged = (store.published / evaluation_path(Request(smoke, 2, 9))).read_bytes()
    with pytest.warns(UserWarning, match="published result is not used"), pytest.raises(NotPublished):
        fresh.evaluation(smoke)
    before[store.published / evaluation_path(Request(smoke, 2, 9))] = damaged
    assert {path: path.read_bytes() for path in store.published.glob("*/*")} == before


def test_what_is_published_is_read_from_there_whatever_was_computed_here(store, smoke, counted):
    published = store.evaluation(smoke)
    store.publish([Request(smoke, 2, 9)], weights=True)
    flip(store.local / evaluation_path(Request(smoke, 2, 9)), 30)
    found = store.evaluation(smoke)
    assert all(torch.equal(found.arrays()[name], array) for name, array in published.arrays().items())
    assert not (store.local / "damaged").exists()


def test_published_weights_are_enough_for_another_digit(store, smoke, counted):
    store.evaluation(smoke)
    store.publish([Request(smoke, 2, 9)], weights=True)
    fresh = Store(local=store.local.with_name("empty"), published=store.published, train=False)
    assert len(fresh.evaluation(smoke, digit=4)) == 982
    assert len(counted) == 1


def test_recompute_leaves_the_published_layer_out(store, smoke, counted):
    store.evaluation(smoke)
    store.publish([Request(smoke, 2, 9)], weights=True)
    fresh = Store(local=store.local.with_name("empty"), published=store.published, recompute=True)
    fresh.evaluation(smoke)
    assert len(counted) == 2


def test_what_is_not_published_says_how_to_get_it(store, smoke):
    with pytest.raises(NotPublished, match=r"recompute = True in a notebook, Store\(\).run\(…\) in Python"):
        Store(local=store.local, published=store.published, train=False).evaluation(smoke)
    known = experiments.mini()
    with pytest.raises(NotPublished, match=f"`python -m vaelib train {known.name}` in a shell"):
        Store(local=store.local, published=store.published, train=False).run(known)


def test_what_cannot_be_asked_for_says_what_can(store, smoke):
    with pytest.raises(UnknownName, match="Expected one of 1, 2"):
        store.evaluation(smoke, epoch=50)
    with pytest.raises(UnknownName, match="digit=0 to 9"):
        store.evaluation(smoke.model_copy(update={"data": "mnist/train"}))
    with pytest.raises(UnknownName, match="no digit 12: expected 0 to 9"):
        store.evaluation(smoke, digit=12)
    with pytest.raises(UnknownName, match="no latent 'median': expected mean or sample"):
        store.evaluation(smoke, latent="median")
    assert not list(store.local.glob("*"))


def test_damage_is_not_published(store, smoke):
    store.evaluation(smoke)
    flip(store.local / run_path(smoke), 40)
    with pytest.raises(FileIsDamaged):
        store.publish([Request(smoke, 2, 9)])
    assert not list(store.published.glob("*/*"))


def test_an_evaluation_of_another_version_is_set_aside_and_computed_anew(store, smoke):
    store.evaluation(smoke)
    path = store.local / evaluation_path(Request(smoke, 2, 9))
    content = {key: value for key, value in entries.load(path).items() if key != "files"}
    arrays = entries.load_arrays(path.with_suffix(".safetensors"), entries.load(path)["files"])
    del arrays["output_classes"]
    entries.save(path, content, {path.with_suffix(".safetensors").name: arrays})
    with pytest.warns(UserWarning, match="written by another version of vaelib"):
        assert len(store.evaluation(smoke).output_classes) == 1_009


def rewritten(path, change):
    """An entry whose content was changed by somebody who knows how to make its check-sum right."""
    content = entries.load(path)
    change(content)
    path.write_text(entries._text(content | {"sha256": entries._digest(content)}))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("history"),
        lambda content: content.update(history=[{"epoch": 1}]),
        lambda content: content.update(history=3),
        lambda content: content.update(files=None),
        lambda content: content.update(files={}),
        lambda content: content.pop("experiment"),
    ],
    ids=["no history", "half a history", "a number for a history", "no files", "other files", "no experiment"],
)
def test_a_right_sum_over_a_wrong_content_is_damage(store, smoke, counted, change):
    store.run(smoke)
    rewritten(store.local / run_path(smoke), change)
    with pytest.warns(UserWarning, match="set aside"):
        assert len(store.run(smoke).history) == 2
    assert len(counted) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.pop("decoder.layers.0.bias"),
        lambda w: w.update({"decoder.layers.0.bias": w["decoder.layers.0.bias"].double()}),
        lambda w: w.update({"decoder.layers.0.bias": w["decoder.layers.0.bias"][:-1].clone()}),
    ],
    ids=["missing", "of another type", "shorter"],
)
def test_weights_of_another_architecture_are_damage(store, smoke, counted, change):
    run = store.run(smoke)
    change(run.weights[2])
    files = {weights_name(epoch): weights for epoch, weights in run.weights.items()}
    content = {k: v for k, v in entries.load(store.local / run_path(smoke)).items() if k != "files"}
    entries.save(store.local / run_path(smoke), content, files)
    with pytest.warns(UserWarning, match="decoder.layers.0.bias are not of the architecture"):
        store.run(smoke)
    assert len(counted) == 2


@pytest.mark.parametrize(
    "name, change",
    [
        ("perplexity", lambda values: values[:-1].clone()),
        ("top_indices", lambda values: values.double()),
        ("outputs", lambda values: values[:, :-1].clone()),
    ],
)
def test_arrays_of_another_shape_or_type_are_damage(store, smoke, name, change):
    found = store.evaluation(smoke)
    path = store.local / evaluation_path(Request(smoke, 2, 9))
    content = {key: value for key, value in entries.load(path).items() if key != "files"}
    arrays = found.arrays() | {name: change(found.arrays()[name])}
    entries.save(path, content, {path.with_suffix(".safetensors").name: arrays})
    with pytest.warns(UserWarning, match=f"its {name} is"):
        assert torch.equal(store.evaluation(smoke).arrays()[name], found.arrays()[name])


def test_a_hundred_thousand_brackets_are_damage(store, smoke, counted):
    store.run(smoke)
    (store.local / run_path(smoke)).write_text("[" * 100_000)
    with pytest.warns(UserWarning, match="set aside"):
        store.run(smoke)
    assert len(counted) == 2


def test_what_is_no_regular_file_is_damage_and_not_waited_for(store, smoke, counted):
    store.run(smoke)
    path = store.local / run_path(smoke)
    path.unlink()
    os.mkfifo(path)
    with pytest.warns(UserWarning, match="no regular file"):
        store.run(smoke)
    assert len(counted) == 2


def test_runs_of_another_system_are_passed_over(store, smoke):
    store.run(smoke)
    other = store.local / "another"
    other.mkdir()
    content = {"experiment": {"kind": "another", "noise": 3}, "history": []}
    entries.save(other / "run.json", content, {"weights-epoch-1.safetensors": {"a": torch.zeros(1)}})
    assert store.at_hand() == [smoke]


def test_states_that_were_kept_stay_as_they_were(smoke):
    states = []
    long = smoke.model_copy(update={"epochs": 20, "snapshots": (2, 20)})
    training.fit(long, keep=states.append)
    assert [len(state.history) for state in states] == [state.epoch for state in states]
    assert [sorted(state.weights) for state in states] == [[2]] * len(states)


def test_what_a_process_killed_after_its_last_line_left_is_removed(store, smoke, counted):
    store.run(smoke)
    folder = store.local / smoke.name
    for name in ("unfinished.json", "unfinished-epoch-1.safetensors"):
        (folder / name).write_bytes(b"kept before the run was written")
    store.run(smoke)
    assert not list(folder.glob("*unfinished*"))
    assert len(counted) == 1


def test_half_written_files_of_a_killed_process_go_when_the_entry_is_written(store, smoke):
    folder = store.local / smoke.name
    folder.mkdir(parents=True)
    (folder / f".{weights_name(2)}.x7").write_bytes(b"half")
    (folder / ".run.json.x7").write_bytes(b"half")
    store.run(smoke)
    assert not list(folder.glob(".*"))


def test_a_full_disk_is_one_error_of_the_system_and_leaves_nothing(store, smoke, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        store.run(smoke)
    assert not [path for path in (store.local / smoke.name).glob("*") if path.is_file()]


def test_publishing_is_all_or_nothing(store, smoke, monkeypatch):
    """A disk that fills up while the third file is written: what is published stays as it was, and nothing is added."""
    requests = [Request(smoke, 2, 9), Request(smoke, 1, 9)]
    for request in requests:
        store.evaluation(*request)
    store.publish(requests[:1])
    before = {path: path.read_bytes() for path in store.published.rglob("*") if path.is_file()}
    flip(store.published / run_path(smoke), 40)  # so that there is something to write over
    before[store.published / run_path(smoke)] = (store.published / run_path(smoke)).read_bytes()
    write, calls = Path.write_bytes, []

    def filling(path, content):
        calls.append(path)
        if len(calls) == 3:
            write(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", filling)
    with pytest.raises(OSError, match="No space left"):
        store.publish(requests, weights=True)
    assert {path: path.read_bytes() for path in store.published.rglob("*") if path.is_file()} == before
    monkeypatch.undo()
    store.publish(requests, weights=True)
    again = Store(local=store.local.with_name("empty"), published=store.published, train=False)
    assert again.run(smoke, (2,)) and again.evaluation(smoke, 1)


def test_publishing_writes_json_last_and_not_through_links(store, smoke, tmp_path):
    store.evaluation(smoke)
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("somebody's")
    (store.published / smoke.name).mkdir(parents=True)
    (store.published / run_path(smoke)).symlink_to(elsewhere)
    store.publish([Request(smoke, 2, 9)], weights=True)
    assert elsewhere.read_text() == "somebody's"
    assert not (store.published / run_path(smoke)).is_symlink()
    written = sorted((store.published / smoke.name).iterdir(), key=lambda path: path.stat().st_ctime_ns)
    assert [path.suffix for path in written] == [".safetensors", ".safetensors", ".json", ".json"]


def test_what_is_not_there_is_not_published(store, smoke):
    store.evaluation(smoke)
    (store.local / smoke.name / weights_name(2)).unlink()
    with pytest.raises(NotPublished, match="lacks its last weights"):
        store.publish([Request(smoke, 2, 9)], weights=True)
    (store.local / evaluation_path(Request(smoke, 2, 9))).with_suffix(".safetensors").unlink()
    with pytest.raises(NotPublished, match="lacks its arrays"):
        store.publish([Request(smoke, 2, 9)])
    assert not list(store.published.glob("*/*"))


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


def _sweep_and_die(local, requests, step, count, delay):
    """Go on with a sweep, and be killed at some moment of or after so many more epochs (or evaluations)."""
    module = {"train_epoch": training, "evaluate": evaluation}[step]
    carry_out, met = getattr(module, step), []

    def counted(*arguments):
        met.append(1)
        if len(met) == count:
            threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return carry_out(*arguments)

    setattr(module, step, counted)
    _sweep(Store(local=local, published=local.with_name("results")), requests)


def _sweep(store, requests):
    for request in requests:
        store.evaluation(*request)


def _files(layer):
    """Every result's bytes, of JSON files all but the provenance (times, memory)."""
    found = {}
    for path in layer.glob("[!.]*/[!.]*"):  # a killed process may leave a half-written file of a hidden name
        content = path.read_bytes()
        if path.suffix == ".json":
            content = {key: value for key, value in json.loads(content).items() if key not in ("provenance", "sha256")}
        found[path.relative_to(layer)] = content
    return found


def test_a_sweep_killed_many_times_ends_in_the_same_bytes(store, smoke, tmp_path):
    long = smoke.model_copy(update={"epochs": 4000, "snapshots": (70, 1000, 4000), "test_every": 500})
    requests = [Request(long, 4000, 9), Request(smoke, 2, 9), Request(long, 70, 8)]
    context = multiprocessing.get_context("forkserver")  # its children start with everything imported
    context.set_forkserver_preload(["vaelib.store"])
    local, random, states = tmp_path / "killed", Random(0), set()
    moments = [("train_epoch", random.randrange(1, 500), random.uniform(0, 0.02)) for _ in range(20)]
    moments += [("evaluate", random.randrange(1, 3), random.uniform(0, 1)) for _ in range(3)]
    for moment in moments:
        process = context.Process(target=_sweep_and_die, args=(local, requests, *moment))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        unfinished = local / long.name / "unfinished.json"
        states |= {json.loads(unfinished.read_text())["epoch"]} if unfinished.exists() else set()
    assert len(states) > 2  # it was taken up in the midst
    _sweep(Store(local=local, published=store.published), requests)
    _sweep(store, requests)
    assert _files(local) == _files(store.local)


def test_a_damaged_state_is_set_aside_and_the_training_begins_anew(store, smoke, counted):
    long = smoke.model_copy(update={"epochs": 20, "snapshots": (20,)})
    unfinished = Unfinished(store.local / long.name / "unfinished.json", long)
    store.local.joinpath(long.name).mkdir(parents=True)
    training.fit(long, keep=unfinished.keep)  # and was stopped before its end
    assert unfinished.load().epoch == 18
    (arrays,) = (store.local / long.name).glob("unfinished-*")
    flip(arrays, 1000)
    with pytest.warns(UserWarning, match="set aside"):
        history = store.history(long)
    assert history == training.fit(long).history
    assert not list((store.local / long.name).glob("*unfinished*"))


def _ask(local, published, experiment, log):
    fit = training.fit

    def counted(*args, **options):
        with Path(log).open("a") as opened:
            opened.write("x")
        return fit(*args, **options)

    training.fit = counted
    Store(local=local, published=published).run(experiment)


@pytest.mark.parametrize("damaged", [False, True])
def test_processes_that_ask_at_once_train_once(store, smoke, tmp_path, damaged):
    log = tmp_path / "log"
    if damaged:
        store.run(smoke)
        flip(store.local / run_path(smoke), 40)
    context = multiprocessing.get_context("spawn")
    asked = [context.Process(target=_ask, args=(store.local, store.published, smoke, log)) for _ in range(3)]
    for process in asked:
        process.start()
    for process in asked:
        process.join()
        assert process.exitcode == 0
    assert log.read_text() == "x"
    assert len(list(store.local.glob("damaged/*/*"))) == damaged


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_training_leaves_nothing_that_is_taken_for_a_run(store, smoke, counted, signal_sent):
    long = smoke.model_copy(update={"epochs": 100_000, "snapshots": (1, 100_000)})
    program = (
        "import signal, sys; from pathlib import Path;"
        "from vaelib.experiments import Experiment; from vaelib.store import Store;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # a shell's background job inherits deafness to it
        "s = Store(local=Path(sys.argv[1]), published=Path(sys.argv[2]));"
        "print('go', flush=True); s.run(Experiment.model_validate_json(sys.argv[3]))"
    )
    command = [sys.executable, "-c", program, str(store.local), str(store.published), long.model_dump_json()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == b"go\n"
    lock = store.local / ".locks" / run_path(long).replace("/", ".")
    while not lock.exists():
        time.sleep(0.05)
    time.sleep(1)
    os.kill(process.pid, signal_sent)
    assert process.wait(timeout=60) != 0
    assert not [path for path in store.local.rglob("*") if path.is_file() and path.parent.name != ".locks"]
    assert store.find_run(long) is None
    store.run(smoke)  # the store goes on
    assert len(counted) == 1
