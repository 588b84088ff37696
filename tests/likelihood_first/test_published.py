"""The published results of likelihood first: whole, and judged as ``claims.json`` says."""

import pytest

from vaelib import store_files
from vaelib.likelihood_first.claims import CLAIMS
from vaelib.likelihood_first.experiments import SEEDS
from vaelib.likelihood_first.paper import PAPER
from vaelib.pages import claims
from vaelib.store import Store

pytestmark = pytest.mark.slow
MOST_BYTES = 5_000_000  # of all its results


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The published layer alone: nothing is computed, nothing local is seen."""
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


def test_every_result_is_there_whole_and_of_a_clean_commit(published, recwarn):
    size = 0
    for one in PAPER.results():
        published.get(one)
        path = published.find(one)
        size += sum(file.stat().st_size for file in path.parent.iterdir())
        record = store_files.load(path)["provenance"]
        assert record["uncommitted_changes"] is record.get("training", record)["uncommitted_changes"] is False
    assert not recwarn.list
    assert size < MOST_BYTES


def test_the_verdicts_are_those_of_the_results(published):
    kept = {row["claim"]: row for row in claims.read(published.published / "claims.json", PAPER.name)}
    assert list(kept) == [claim.identity for claim in CLAIMS]
    for row in claims.judge(CLAIMS, published):
        assert row["verdict"] == kept[row["claim"]]["verdict"]
        for ours, theirs in zip(row["measures"], kept[row["claim"]]["measures"], strict=True):
            assert ours["ours"] == pytest.approx(theirs["ours"], rel=1e-4, abs=1e-4)
            assert ours["holds"] == theirs["holds"]
        if row["claim"] not in ("equal-optima", "biased-objective"):
            assert list(row["measures"][0]["ours"]) == [str(seed) for seed in SEEDS]
