"""Verification: what is retrained is compared with what is published, within what seeds differ by."""

import dataclasses

import pytest

from vaelib import papers
from vaelib.criteria import plan
from vaelib.criteria.protocol import SEEDS
from vaelib.likelihood_first import subjects
from vaelib.novelty import experiments, sweeps
from vaelib.novelty.evaluation import MEASURES, Evaluated, evaluated
from vaelib.novelty.experiments import DEEP
from vaelib.novelty.study import published as study
from vaelib.novelty.study.measured import ON_TOP, Measured
from vaelib.novelty.verification import numbers, tolerances
from vaelib.pages import verification
from vaelib.pages.paper import Verification
from vaelib.runs import Trained
from vaelib.store import Store

pytestmark = pytest.mark.slow

MODEL = experiments.figure(4)[1]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


@pytest.fixture(scope="module")
def allowed(published):
    return tolerances(published)


def test_the_sample_is_of_published_experiments_at_their_end_each_once():
    drawn = [result for _, result in verification.sample(papers.PAPERS, 10_000, 0)]
    names = {request.experiment.name for request in drawn}
    paths = {request.path for request in drawn}
    on_mnist = {e.name for e in sweeps.by_name(sweeps.sweep()).values() if e.dataset == "mnist"}
    on_mnist |= {one.experiment.name for asked in study.of_models() for one in asked}
    first_stages = {one.experiment.name for one in papers.paper("two_stage").results() if one.name == "stage"}
    toys = {one.experiment.name for one in subjects.of_ends(only=subjects.JUDGED)}
    criteria = [*plan.of_family(), *plan.of_blur(), *(one for s in SEEDS for one in plan.information(s).values())]
    members = {one.experiment.name for one in criteria}
    assert names == on_mnist | first_stages | toys | members  # of whose seeds the tolerances come
    assert len(drawn) == len(paths) > 300
    assert all(request.epoch == request.experiment.epochs for request in drawn if isinstance(request, Evaluated))
    one, again, other = ([r.path for _, r in verification.sample(papers.PAPERS, 3, seed)] for seed in (1, 1, 2))
    assert one == again != other


def test_every_published_experiment_has_tolerances_that_tell_something(published, allowed):
    for experiment in sweeps.by_name(sweeps.sweep()).values():
        assert set(allowed(Evaluated(experiment, experiment.epochs, 9))) == set(MEASURES)
    for one in (one for one in study.results() if isinstance(one, Measured)):
        assert set(allowed(one)) == {*MEASURES, ON_TOP}
    # narrower than what separates a shallow from a deep model
    shallow, deep = (
        next(e for e in experiments.figure(4) if e.hidden == hidden) for hidden in (experiments.SHALLOW, DEEP)
    )
    between = abs(published.get(evaluated(shallow)).nearer_input - published.get(evaluated(deep)).nearer_input)
    assert allowed(evaluated(deep))["share nearer to the input"] < between


def test_every_number_of_the_papers_may_differ_by_something(published):
    for paper in papers.PAPERS[1:]:
        way = paper.verification()
        allowed = way.tolerances(published)
        for result in way.results():
            assert all(width > 0 for width in allowed(result).values()), result.path


def test_a_result_of_numbers_alone_is_identical_only_where_they_are(published, allowed):
    asked = next(one for one in study.results() if isinstance(one, Measured))
    found = published.get(asked)
    other = dataclasses.replace(found, losses=found.losses | {"train": found.losses["train"] + 1e-6})
    assert verification.compare(asked, found, found, numbers, allowed(asked)).identical
    assert not verification.compare(asked, found, other, numbers, allowed(asked)).identical


def test_another_seed_agrees_and_the_same_evaluation_is_identical(published, allowed):
    asked = evaluated(MODEL)
    found = published.get(evaluated(MODEL))
    same = verification.compare(asked, found, found, numbers, allowed(asked))
    assert same.identical
    assert all(line.agrees for line in same.lines)
    (other_seed,) = (e for e in experiments.figure(4, seed=1) if e.hidden == MODEL.hidden)
    other = verification.compare(asked, found, published.get(evaluated(other_seed)), numbers, allowed(asked))
    assert not other.identical
    assert all(line.agrees for line in other.lines)


def test_a_shifted_measure_is_named_as_the_one_that_differs(published, allowed):
    found = published.get(evaluated(MODEL))
    shifted = dataclasses.replace(found, bce_input=found.bce_input + 20)
    verified = verification.compare(found.request, found, shifted, numbers, allowed(found.request))
    differing = [line.measure for line in verified.lines if not line.agrees]
    assert "median BCE(x, x̂)" in differing
    assert "| **no** |" in verification.report([verified])
    assert "0 of 1 results agree" in verification.report([verified])


def test_a_smoke_experiment_is_retrained_in_a_folder_of_its_own(smoke, tmp_path, monkeypatch):
    request = Evaluated(smoke, 2, 9)
    store = Store(local=tmp_path / "runs", published=tmp_path / "results")
    stored = store.get(request)
    store.publish([Trained(smoke, ()), request])
    monkeypatch.setenv("VAELIB_RESULTS", str(store.published))
    exact = Verification(tuple, numbers, lambda store: lambda result: dict.fromkeys(MEASURES, 0.0))
    (verified,) = verification.verify([(exact, request)])
    assert verified.identical
    assert [line.published for line in verified.lines] == [of(stored) for of in MEASURES.values()]
