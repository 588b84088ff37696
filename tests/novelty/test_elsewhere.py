"""Depth and code for other digits and for Figure 4's architectures."""

import pytest
from made_up import measures

from vaelib.novelty import experiments
from vaelib.novelty.claims import SAYS
from vaelib.novelty.study import code, parameters, published, tables
from vaelib.novelty.study.measured import Measured
from vaelib.pages.findings import verdicts


def test_the_study_publishes_each_result_once():
    paths = [one.path for one in published.results()]
    assert len(paths) == len(set(paths))
    of_models = [one.path for found in published.of_models() for one in found]
    assert len(of_models) == len(set(of_models))
    assert {one.path for one in published.results() if isinstance(one, Measured)} <= set(of_models)


def test_other_digits_and_architectures_train_for_ten_epochs():
    assert len(code.of_digits()) == 4 * 6 * 3
    assert len(code.architectures()) == 3 * len(experiments.ARCHITECTURES)
    assert {one.experiment.epochs for one in (*code.of_digits(), *code.architectures())} == {10}
    assert {one.experiment.epochs for one in code.of_digits((1,), (0,), epochs=2, snapshots=(2,))} == {2}
    few = code.architectures((0,), held_out=4, architectures=[[10], [20, 10]])
    assert [(one.digit, one.experiment.hidden) for one in few] == [(4, (10,)), (4, (20, 10))]


def test_deep_models_catch_up_where_they_draw_as_much_as_the_shallow_ones():
    found = [measures(one.experiment, one.digit) for one in code.wide_codes()]
    assert len(found) == 4 * 2 * 3 and {one.experiment.epochs for one in found} == {50}
    assert verdicts(code.catching_up(found)) == {"deep-catches-up": "reproduced"}
    lagging = [
        measures(one.experiment, one.digit, **{code.RECOGNISED: 0.3})
        if (one.digit, one.experiment.depth) == (4, 3) else one for one in found
    ]  # fmt: skip
    lines = code.catching_up(lagging)  # nines were known before, and are not judged
    assert [(line.measure[:9], line.holds) for line in lines] == [
        ("without 2", True),
        ("without 4", False),
        ("without 7", True),
    ]
    assert "deep-catches-up" in SAYS


def test_the_page_asks_for_the_wide_codes_that_are_declared():
    given = {"digits": [9, 2, 4, 7], "longer_digits": [9, 2, 4, 7], "epochs": 10, "longer_epochs": 50, "first": 0}
    p = parameters.check(parameters.CodeElsewhere, given | {"seeds": [0, 1, 2], "recompute": False, "device": "cpu"})
    asked = code.wide_codes(p.longer_digits, p.seeds, **p.trained_for(p.longer_epochs))
    assert [*code.of_digits(p.digits, p.seeds, **p.changes), *asked] == code.elsewhere()
    few = code.wide_codes((1,), (0,), epochs=2, snapshots=(2,))
    assert [(one.digit, one.experiment.epochs, one.experiment.beta) for one in few] == [(1, 2, 1.0), (1, 2, 0.05)]


def test_pairs_of_equal_codes_are_of_any_two_depths():
    found = [measures(one.experiment, active=8, **{code.AWAY: one.experiment.depth}) for one in code.architectures()]
    depths = [one.experiment.depth for one in found]
    apart = [b - a for a in depths for b in depths if a < b]
    assert code.matched_difference(found, code.AWAY) == pytest.approx(sum(apart) / len(apart))


def test_the_table_has_every_architecture_with_its_size_by_depth():
    found = [measures(one.experiment, active=1 + one.experiment.seed) for one in code.architectures()]
    rows = [line.removeprefix("| ").split(" | ") for line in tables.architectures_table(found).splitlines()[2:]]
    assert len(rows) == len(experiments.ARCHITECTURES)
    assert rows[0][:3] == ["()", "39,984", "1, 2, 3"]
    assert [row[0].count(",") for row in rows] == sorted(row[0].count(",") for row in rows)


def test_the_table_has_every_digits_models_with_their_seeds():
    found = [measures(one.experiment, one.digit, active=1 + one.experiment.seed) for one in code.of_digits()]
    rows = [line.removeprefix("| ").split(" | ") for line in tables.digits_table(found).splitlines()[2:]]
    assert [row[0] for row in rows if row[0]] == [str(digit) for digit in code.DIGITS]
    assert len(rows) == 4 * 6 and all({*row[3:5]} == {"1, 2, 3"} for row in rows)
    assert [row[2].replace("\N{NO-BREAK SPACE}", " ") for row in rows[:6]] == [
        "dim z = 4", "dim z = 8", "dim z = 50", "dim z = 50", "β = 0.2", "β = 0.05"
    ]  # fmt: skip


def test_each_claim_of_the_study_is_in_words():
    found = [measures(one.experiment, one.digit) for one in code.of_digits()]
    for claim in ("proxy-of-other-digits", "proxy-of-architectures"):
        assert {line.claim for line in code.findings(found, claim)} == {claim} <= SAYS.keys()
