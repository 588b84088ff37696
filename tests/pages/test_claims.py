"""The claims over seeds: the published numbers are what the results give, and a verdict is what its rule says."""

import dataclasses

import pytest
import torch
from made_up import evaluated

from vaelib import papers
from vaelib.novelty import subjects
from vaelib.pages import claims
from vaelib.pages.claims import Claim, Subject
from vaelib.pages.findings import Finding, verdict
from vaelib.store import Store

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("paper", papers.PAPERS, ids=lambda paper: paper.name)
def test_every_number_of_the_claims_page_comes_from_the_published_results(paper, project, tmp_path):
    store = Store(local=tmp_path, published=project / "results", train=False)
    published = claims.read(project / "results" / "claims.json", paper.name)
    judged = claims.judge(paper.claims(), store)
    assert [row["claim"] for row in published] == [claim.identity for claim in paper.claims()]
    for stored, again in zip(published, judged, strict=True):
        assert stored["verdict"] == again["verdict"]
        assert len(stored["measures"]) == len(again["measures"]) > 0
        for before, now in zip(stored["measures"], again["measures"], strict=True):
            assert before["measure"] == now["measure"]
            assert before["threshold"] == now["threshold"]
            assert before["holds"] == now["holds"]
            assert before["ours"] == pytest.approx(now["ours"], rel=1e-3, abs=1e-4)
            assert (before["interval"] is None) == (now["interval"] is None)
            if before["interval"]:
                assert before["interval"] == pytest.approx(now["interval"], rel=1e-3, abs=1e-3)


def test_a_measures_number_lies_in_its_interval_or_close_by(project):
    for row in claims.read(project / "results" / "claims.json"):
        for measure in row["measures"]:
            if measure["interval"]:
                low, high = measure["interval"]
                width = high - low
                assert low - width <= measure["ours"]["0"] <= high + width, measure


def two_seeds():
    """Two claims on one subject: the first holds in the second seed alone, the other one in both."""

    def findings(seed):
        return [
            Finding("capacity", "made up", float(seed), "> 0", seed == 1),
            Finding("cells", "made up", float(seed), "> 0", True),
        ]

    subject = Subject(lambda store, seed: seed, findings, (0, 1), (4,))
    return [Claim(name, "Section 1", "something", subject) for name in ("capacity", "cells")]


def test_a_measure_that_fails_in_one_seed_does_not_hold():
    judged = {row["claim"]: row for row in claims.judge(two_seeds(), store=None)}
    assert judged["capacity"]["verdict"] == "not reproduced"
    assert judged["capacity"]["measures"][0]["holds"] == [False, True]
    assert "in some seeds" in claims.measures_table(judged["capacity"])
    assert judged["cells"]["verdict"] == "reproduced"
    assert "0.500 (0.000 to 1.000)" in claims.measures_table(judged["cells"])


def test_a_statement_of_ours_is_not_laid_to_the_paper():
    ours = claims.judge([claim._replace(place="ours") for claim in two_seeds()], store=None)
    table = claims.overview_table(ours)
    assert "the paper says" not in table and "reproduced" not in table
    assert "**✗ does not hold** | ours: something" in table and "**✓ holds** | ours: something" in table
    assert "reproduced" not in claims.section(ours[0])
    assert "the paper says" in claims.overview_table(claims.judge(two_seeds(), store=None))


def test_claims_of_one_verdict_stand_together_and_the_verdict_is_said_once():
    judged = claims.judge([*two_seeds(), *two_seeds()], store=None)
    assert [row["verdict"] for row in judged] == ["not reproduced", "reproduced"] * 2
    verdicts = [line.split(" | ")[0].strip("| ") for line in claims.overview_table(judged).splitlines()[2:]]
    assert verdicts == ["**✓ reproduced**", "", "**✗ not reproduced**", ""]
    mixed = [claim._replace(place="ours") for claim in two_seeds()]
    table = claims.overview_table(claims.judge([*two_seeds(), *mixed, *two_seeds()], store=None))
    verdicts = [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:]]
    assert verdicts == ["**✓ reproduced**", "", "**✓ holds**", "**✗ not reproduced**", "", "**✗ does not hold**"]


def test_a_claim_is_folded_under_its_verdict_and_its_words():
    judged = claims.judge(two_seeds(), store=None)
    folded = claims.sections(judged, "cells")
    assert folded.startswith('<details class="claim">\n<summary>✓ reproduced: something</summary>\n\n| holds |')
    assert folded.endswith("</details>")
    assert "`cells`" in folded and "capacity" not in folded
    assert claims.sections(judged).count("<details") == 2


def test_a_paper_says_every_claim_once_and_in_words(project):
    for paper in papers.PAPERS:
        words = [claim.says for claim in paper.claims()]
        assert len(set(words)) == len(words)
        assert all(len(said.split()) > 3 for said in words)


def test_some_measures_that_hold_are_a_part():
    assert verdict([("measure", True), ("measure", False)]) == "partly"
    assert verdict([("measure", False), ("measure", False)]) == "not reproduced"
    assert verdict([("measure", True), ("measure", True)]) == "reproduced"


def test_a_control_that_holds_leaves_a_claim_undecided_and_what_is_shown_does_not_count():
    assert verdict([("measure", True), ("control", True)]) == "not decided"
    assert verdict([("measure", True), ("control", False)]) == "reproduced"
    assert verdict([("measure", True), ("shown", False)]) == "reproduced"
    assert verdict([("measure", False), ("shown", True)]) == "not reproduced"


def test_a_bootstrap_draws_architectures_where_a_measure_compares_them():
    shares = {(): 1.0, (100,): 1.0, (400,): 0.75, (100, 100): 0.5, (400, 400): 0.25, (100, 100, 100): 0.0}
    found = [
        evaluated(h, bce_input=[50.0 + i for i in range(int(4 * s))] + [120.0] * (4 - int(4 * s)))
        for h, s in shares.items()
    ]
    intervals = claims._bootstrap(subjects.FIGURES[4], found)
    low, high = intervals["capacity", "rank correlation of layers with the share nearer to the input"]
    assert low < -0.9 < high < 0  # test images drawn again leave every share's order as it is, architectures do not
    same = intervals["single-layer-always", "(100): share nearer to the input"]
    assert same == [1.0, 1.0]


def test_measures_on_other_data_stand_beside_the_published_ones():
    judged = claims.judge(two_seeds(), store=None)
    known, unknown = (
        Finding("capacity", "made up", 0.25, "> 0", True),
        Finding("capacity", "unheard of", -1.0, "> 0", False),
    )
    rows = claims.beside_table([known, unknown], judged, "Clothes").splitlines()
    assert rows[0].endswith("| MNIST: holds | Clothes: holds |")
    assert rows[2] == "| **something** |  | **✗ not reproduced** | **◐ partly** |"
    assert rows[3].endswith("| made up | > 0 | 0.500: in some seeds | 0.250: yes |")
    assert rows[4].endswith("| unheard of | > 0 | – | −1.000: no |")


def test_a_bootstrap_draws_an_image_with_its_own_entropy():
    """KL(x ‖ x̂) of a drawn image is that of the image, whichever place it is drawn to."""
    shown = dataclasses.replace(
        evaluated(bce_input=[10.0, 20.0, 30.0, 40.0]), input_entropy=torch.tensor([1.0, 2.0, 3.0, 4.0])
    )
    drawn = subjects._drawn(shown, torch.tensor([3, 3, 0, 1]))
    assert drawn.kl_input.tolist() == [36.0, 36.0, 9.0, 18.0]
