"""Tables of the pages: said once, and with numbers of one form."""

from vaelib.pages.comparisons import Comparison, comparison_table
from vaelib.pages.findings import MARKS, above, below, findings_table, folded_findings, marked
from vaelib.pages.markdown import once, table


def cells(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def test_a_name_that_stands_above_is_not_said_again():
    assert once(["a", "a", "b", "a"]) == ["a", "", "b", "a"]
    assert once([]) == []


def test_findings_stand_claim_by_claim_whatever_their_order():
    found = [above("one", "x", 2.0, 1.0), below("two", "y", 2.0, 1.0), above("one", "z", 0.5, 1.0)]
    rows = cells(findings_table(found, {"one": "the first one"}))[2:]
    assert [row[:2] for row in rows] == [
        ["**◐ partly**", "**the first one**"],
        ["yes", "x"],
        ["no", "z"],
        ["**✗ not reproduced**", "**two**"],  # without words its identity
        ["no", "y"],
    ]
    ours = cells(findings_table(found, ours=True))
    assert [row[0] for row in ours if row[0].startswith("**")] == ["**◐ holds in part**", "**✗ does not hold**"]


def test_many_findings_show_the_verdicts_and_fold_the_measures():
    found = [above("one", "x", 2.0, 1.0), below("two", "y", 2.0, 1.0)]
    verdicts, fold, measures = folded_findings(found, {"one": "the first one"}).partition("<details")
    assert cells(verdicts)[2:] == [["**✓ reproduced**", "the first one"], ["**✗ not reproduced**", "two"]]
    assert fold and "All 2 measures" in measures and findings_table(found, {"one": "the first one"}) in measures
    assert folded_findings([]) == findings_table([])


def test_every_verdict_has_a_shape_of_its_own():
    shapes = {marked(verdict).strip("*").split()[0] for verdict in MARKS}
    assert len(shapes) == 4


def test_numbers_of_a_row_have_as_many_places():
    lines = [Comparison("A: mode", 100, (99.75, 101.0), 12), Comparison("A: share", 0.81, (0.5, 0.625)),
             Comparison("A: images", 570, (474, 541))]  # fmt: skip
    rows = cells(comparison_table(lines))[2:]
    assert rows[0][2:6] == ["100", "100.4", "99.8, 101.0", "+0.4"]
    assert rows[1][2:6] == ["0.81", "0.56", "0.50, 0.62", "−0.25"]
    assert rows[2][2:6] == ["570", "507.5", "474, 541", "−62.5"]


def test_negative_numbers_have_a_minus_sign():
    assert table(("a-b",), [("-1.5",)]).splitlines() == ["| a-b |", "| --- |", "| −1.5 |"]
