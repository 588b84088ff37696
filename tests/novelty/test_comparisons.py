"""The paper's numbers beside ours: every seed within the tolerance, on the same side, of the paper's models alone."""

import dataclasses

import pytest
from made_up import evaluated

from vaelib.novelty import comparisons
from vaelib.novelty.experiments import DEEP, SHALLOW, Four
from vaelib.pages.comparisons import Comparison, comparison_table
from vaelib.store import Store


def test_a_comparison_agrees_when_every_seed_is_within_its_tolerance():
    assert Comparison("mode", 100, (112.0, 90.0), 12).agrees
    assert not Comparison("mode", 100, (100.0, 113.0), 12).agrees
    assert Comparison("count", 100, (113.0,)).agrees is None
    assert Comparison("mode", 100, (110.0, 120.0), 12).difference == 15


def test_a_mode_on_the_other_side_of_the_diagonal_does_not_agree_however_near():
    assert Comparison("above by", 5, (2.0, 9.0), 12, signed=True).agrees
    other = Comparison("above by", 5, (-2.0, 9.0), 12, signed=True)
    assert not other.same_side
    assert not other.agrees
    assert "± 12: outside, other side" in comparison_table([other])


def test_the_paper_is_not_compared_with_what_it_did_not_do():
    threes = evaluated(DEEP, 3)
    threes = dataclasses.replace(threes, request=dataclasses.replace(threes.request, digit=3))
    assert comparisons.figure_1(Four(*[threes] * 4)) == comparisons.figure_2([threes] * 4) == []
    assert comparisons.modes_of_the_paper([threes] * 4) == {}
    assert "published no number" in comparison_table([])


@pytest.fixture
def protocol():
    measures = {"bce_input": [50.0, 62.0, 57.0, 70.0], "bce_average": [80.0, 99.0, 75.0, 93.0]}
    return Four(*(evaluated(hidden, without, **measures) for hidden in (SHALLOW, DEEP) for without in (None, 9)))


def test_a_smoke_run_is_not_held_against_the_papers_numbers(protocol):
    assert len(comparisons.figure_2(protocol)) == 13
    assert len(comparisons.figure_1(protocol)) == 1
    assert comparisons.modes_of_the_paper(protocol)
    for change in ({"epochs": 1, "snapshots": (1,)}, {"first": 256}, {"beta": 0.2}, {"latent_dim": 6}):
        others = [
            dataclasses.replace(
                e, request=dataclasses.replace(e.request, experiment=e.experiment.model_copy(update=change))
            )
            for e in protocol
        ]
        assert comparisons.figure_1(Four(*others)) == comparisons.figure_2(others) == []


def test_every_published_seed_stands_beside_the_paper_and_a_recomputed_one_alone(protocol, tmp_path):
    published = Store(local=tmp_path, train=False)
    (line,) = comparisons.compare(1, protocol, published)
    assert len(line.ours) == 3
    (line,) = comparisons.compare(1, protocol, Store(local=tmp_path, recompute=True))
    assert line.ours == (4,)
    assert comparisons.compare(4, protocol, published) == []


def test_a_model_is_named_once_for_the_rows_that_follow_each_other():
    lines = [Comparison(f"Figure 2, {whose}: mode {axis}", 1, (1.0,)) for whose in ("deep", "shallow") for axis in "xy"]
    rows = [row.split("|")[1:3] for row in comparison_table(lines).splitlines()[2:]]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["Figure 2, deep", "mode x"], ["", "mode y"], ["Figure 2, shallow", "mode x"], ["", "mode y"],
    ]  # fmt: skip
