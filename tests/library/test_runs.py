"""Runs: a training that is killed, or asked for by several at once, ends as one that was left alone."""

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
from made_up import flip

from vaelib import training
from vaelib.novelty import evaluation
from vaelib.novelty.evaluation import Evaluated
from vaelib.runs import Trained, Unfinished
from vaelib.store import Store

pytestmark = pytest.mark.slow


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
        store.get(request)


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
    requests = [Evaluated(long, 4000, 9), Evaluated(smoke, 2, 9), Evaluated(long, 70, 8)]
    context = multiprocessing.get_context("forkserver")  # its children start with everything imported
    context.set_forkserver_preload(["vaelib.novelty.evaluation"])
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
    unfinished = Unfinished(store.local / Trained(long).path, long)
    store.local.joinpath(long.name).mkdir(parents=True)
    training.fit(long, keep=unfinished.keep)  # and was stopped before its end
    assert unfinished.load().epoch == 18
    (arrays,) = (store.local / long.name).glob("unfinished-*")
    flip(arrays, 1000)
    with pytest.warns(UserWarning, match="set aside"):
        history = store.get(Trained(long, ())).history
    assert history == training.fit(long).history
    assert not list((store.local / long.name).glob("*unfinished*"))


def _ask(local, published, experiment, log):
    fit = training.fit

    def counted(*args, **options):
        with Path(log).open("a") as opened:
            opened.write("x")
        return fit(*args, **options)

    training.fit = counted
    Store(local=local, published=published).get(Trained(experiment))


@pytest.mark.parametrize("damaged", [False, True])
def test_processes_that_ask_at_once_train_once(store, smoke, tmp_path, damaged):
    log = tmp_path / "log"
    if damaged:
        store.get(Trained(smoke))
        flip(store.local / Trained(smoke, ()).path, 40)
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
        "from vaelib import Experiment, Store, Trained;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # a shell's background job inherits deafness to it
        "s = Store(local=Path(sys.argv[1]), published=Path(sys.argv[2]));"
        "print('go', flush=True); s.get(Trained(Experiment.model_validate_json(sys.argv[3])))"
    )
    command = [sys.executable, "-c", program, str(store.local), str(store.published), long.model_dump_json()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == b"go\n"
    lock = store.local / ".locks" / Trained(long, ()).path.replace("/", ".")
    while not lock.exists():
        time.sleep(0.05)
    time.sleep(1)
    os.kill(process.pid, signal_sent)
    assert process.wait(timeout=60) != 0
    assert not [path for path in store.local.rglob("*") if path.is_file() and path.parent.name != ".locks"]
    assert store.find(Trained(long, ())) is None
    store.get(Trained(smoke))  # the store goes on
    assert len(counted) == 1
