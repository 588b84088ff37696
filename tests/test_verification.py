"""Verification: what is retrained is compared with what is published, within what seeds differ by."""

import dataclasses

import pytest

from vaelib import experiments, verification
from vaelib.evaluation import MEASURES
from vaelib.experiments import DEEP, Request
from vaelib.store import Store

MODEL = experiments.figure(4)[1]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


@pytest.fixture(scope="module")
def allowed(published):
    return verification.tolerances(published)


def test_the_sample_is_of_published_experiments_at_their_end_each_once():
    drawn = verification.sample(10_000, 0)
    names = {request.experiment.name for request in drawn}
    on_mnist = [e for e in experiments.by_name(experiments.sweep()).values() if e.dataset == "mnist"]
    assert len(drawn) == len(names) == len(on_mnist) > 200
    assert all(request.experiment.dataset == "mnist" for request in drawn)  # whose seeds the tolerances come from
    assert all(request.epoch == request.experiment.epochs for request in drawn)
    assert verification.sample(3, 1) == verification.sample(3, 1) != verification.sample(3, 2)


def test_every_published_experiment_has_tolerances_that_tell_something(published, allowed):
    for experiment in experiments.by_name(experiments.sweep()).values():
        assert set(allowed[verification.kind(experiment)]) == set(MEASURES)
    # narrower than what separates a shallow from a deep model
    shallow, deep = (
        next(e for e in experiments.figure(4) if e.hidden == hidden) for hidden in (experiments.SHALLOW, DEEP)
    )
    between = abs(published.evaluation(shallow).nearer_input - published.evaluation(deep).nearer_input)
    assert allowed["whole", 3]["share nearer to the input"] < between


def test_another_seed_agrees_and_the_same_evaluation_is_identical(published, allowed):
    of_this_kind = allowed[verification.kind(MODEL)]
    found = published.evaluation(MODEL)
    same = verification.compare(found, found, of_this_kind)
    assert same.identical
    assert all(line.agrees for line in same.lines)
    (other_seed,) = (e for e in experiments.figure(4, seed=1) if e.hidden == MODEL.hidden)
    other = verification.compare(found, published.evaluation(other_seed), of_this_kind)
    assert not other.identical
    assert all(line.agrees for line in other.lines)


def test_a_shifted_measure_is_named_as_the_one_that_differs(published, allowed):
    found = published.evaluation(MODEL)
    shifted = dataclasses.replace(found, bce_input=found.bce_input + 20)
    verified = verification.compare(found, shifted, allowed[verification.kind(MODEL)])
    differing = [line.measure for line in verified.lines if not line.agrees]
    assert "median BCE(x, x̂)" in differing
    assert "| **no** |" in verification.report([verified])
    assert "0 of 1 experiments agree" in verification.report([verified])


def test_a_smoke_experiment_is_retrained_in_a_folder_of_its_own(smoke, tmp_path, monkeypatch):
    request = Request(smoke, 2, 9)
    store = Store(local=tmp_path / "runs", published=tmp_path / "results")
    stored = store.evaluation(*request)
    store.publish([request])
    monkeypatch.setenv("VAELIB_RESULTS", str(store.published))
    loose = {("whole", 1): dict.fromkeys(MEASURES, 0.0)}
    monkeypatch.setattr(verification, "tolerances", lambda _: loose)
    (verified,) = verification.verify([request])
    assert verified.identical
    assert [line.published for line in verified.lines] == [of(stored) for of in MEASURES.values()]
