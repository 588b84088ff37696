"""The study's published results: whole, and such as its pages say."""

import itertools

import numpy as np
import pytest

from vaelib import store_files
from vaelib.novelty.study import code, habits, halves, premise, spectrum, tables
from vaelib.novelty.study import published as study
from vaelib.novelty.study.measured import by_model
from vaelib.pages.findings import verdicts
from vaelib.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The published layer alone: nothing is computed, nothing local is seen."""
    return Store(local=tmp_path_factory.mktemp("runs"), train=False)


def test_the_study_is_published_whole_and_says_what_it_was_trained_with(published, recwarn):
    for one in study.results():
        if isinstance(one, premise.Disjoint):  # of two experiments, each published with its measures
            assert {e.name for e in one.experiments} <= {other.experiment.name for other in premise.of_pairs()}
            assert published.get(one).images == one.images
        else:
            assert published.get(one).experiment == one.experiment
        record = store_files.load(published.find(one))["provenance"]
        assert record["uncommitted_changes"] is record.get("training", record)["uncommitted_changes"] is False
    assert not recwarn.list


def test_depth_is_a_proxy_of_the_code(published):
    """What the pages say of it."""
    found = [published.get(one) for one in code.results()]
    assert verdicts(code.findings(found)) == {"depth-is-a-proxy": "reproduced"}


def test_of_other_digits_a_narrow_code_loses_all_and_a_wide_one_mends_some(published):
    """What the pages say of them."""
    found = [published.get(one) for one in code.of_digits()]
    assert verdicts(code.findings(found)) == {"depth-is-a-proxy": "partly"}
    explained = code.explained(found, code.RECOGNISED)
    assert explained.code_adds > 0.6 and 0.05 < explained.depth_adds < 0.2
    shares = {(seeds[0].digit, tables.slug(seeds[0])): np.mean([one[code.RECOGNISED] for one in seeds])
              for seeds in by_model(found)}  # fmt: skip
    narrow = [shares[digit, name] for digit in (2, 4, 7) for name in ("shallow-4-1", "deep-50-1")]
    assert max(narrow) < 0.2
    lags = {digit: shares[digit, "shallow-50-1"] - shares[digit, "deep-50-0.05"] for digit in code.DIGITS}
    assert max(lags[7], lags[9]) < 0.1 < 0.2 < lags[2] < 0.4 < lags[4]


def test_of_other_digits_a_wide_code_draws_as_many_at_either_depth_after_fifty_epochs(published):
    """What the pages say of them: where the depths were apart after ten epochs, they no longer are."""
    found = [published.get(one) for one in code.wide_codes()]
    assert verdicts(code.catching_up(found)) == {"deep-catches-up": "reproduced"}
    shares, away, active = (
        {
            (seeds[0].digit, seeds[0].experiment.depth): np.mean([value(one) for one in seeds])
            for seeds in by_model(found)
        }
        for value in (
            lambda one: one[code.RECOGNISED],
            lambda one: one[code.AWAY],
            lambda one: one.active["by_variance"],
        )
    )
    assert abs(shares[9, 1] - shares[9, 3]) < code.MATCHED  # which was known before
    for depth in (1, 3):
        assert 0.5 < shares[4, depth] < 0.65 and min(shares[2, depth], shares[7, depth]) > 0.85
        assert all(17 < active[digit, depth] < 25 for digit in (2, 4, 7))
    assert all(active[digit, 3] < active[digit, 1] for digit in (2, 4, 7))
    lags = {digit: away[digit, 3] - away[digit, 1] for digit in (2, 4, 7)}
    assert abs(lags[7]) < 3 < 4 < lags[4] < 10 and 8 < lags[2] < 13


def test_free_bits_make_every_dimension_count_and_warm_up_lies_on_the_curve(published):
    """What the pages say of what keeps a code alive."""
    found = [published.get(one) for one in code.kept_alive()]
    free = [one for one in found if not code.is_paid_for(one)]
    assert {one.active[by] for one in free for by in one.active} == {50}
    assert max(one[code.RECOGNISED] for one in free) < 0.9
    paid = [one for one in map(published.get, code.results()) if code.is_paid_for(one)]
    assert code.explained(paid, code.RECOGNISED).depth_adds < 0.01
    assert code.explained(paid, code.AWAY).together > 0.9


def test_the_code_and_what_the_decoder_saw_decide_and_depth_of_the_decoder_does_not(published):
    """What the pages say of the two halves."""
    found = [published.get(one) for one in halves.apart()]
    assert verdicts(halves.findings(found)) == {
        "the-encoder-decides": "partly",
        "the-decoder-decides": "not reproduced",
    }
    for measure in (code.RECOGNISED, code.AWAY):
        blind, everyone = halves.shares(halves.unseen(found), measure), halves.shares(found, measure)
        assert blind["the encoder's depth"] > 0.8 and blind["the decoder's depth"] < 0.05
        assert everyone["the encoder's training set"] < 0.05 < 0.1 < everyone["the decoder's training set"]
    shares = {}
    for one in found:
        shares.setdefault((halves.depths(one)[0], *halves.knows(one)), []).append(one[code.RECOGNISED])
    means = {which: sum(values) / len(values) for which, values in shares.items()}
    narrow, wide = ({saw: means[depth, False, saw] for saw in (True, False)} for depth in (3, 1))
    assert narrow[True] > 0.8 > 0.6 > narrow[False]
    assert min(wide.values()) > 0.85 and wide[True] - wide[False] < 0.06
    assert all(abs(means[d, True, saw] - means[d, False, saw]) < 0.08 for d in (1, 3) for saw in (True, False))


def test_over_the_architectures_each_layer_halves_the_code_and_depth_and_code_are_not_told_apart(published):
    """What the pages say of them."""
    found = [published.get(one) for one in code.architectures()]
    assert verdicts(code.findings(found)) == {"depth-is-a-proxy": "not reproduced"}
    rates = [{one.active["by_rate"] for one in found if one.experiment.depth == depth} for depth in range(4)]
    assert rates[0] == {50}
    means = [np.mean([one.active["by_rate"] for one in found if one.experiment.depth == depth]) for depth in range(4)]
    assert all(1.7 < more / less < 2.5 for more, less in itertools.pairwise(means))
    assert all(max(fewer) < min(more) for more, fewer in itertools.pairwise(rates))
    for measure in (code.RECOGNISED, code.AWAY):
        by_variance, by_rate = (code.explained(found, measure, by) for by in ("by_variance", "by_rate"))
        assert by_variance.code_adds < 0.05 and 0.25 < by_variance.depth_adds < 0.35
        assert max(by_rate.code_adds, by_rate.depth_adds) < 0.05 and by_rate.together > 0.85
    linear, others = ([one for one in found if (one.experiment.depth == 0) == which] for which in (True, False))
    best = [np.mean([one[code.RECOGNISED] for one in seeds]) for seeds in by_model(others)]
    assert np.mean([one[code.RECOGNISED] for one in linear]) > max(best)
    loss = [np.mean([one.losses["seen"] for one in seeds]) for seeds in by_model(others)]
    assert np.mean([one.losses["seen"] for one in linear]) > max(loss)
    assert spectrum.predicted(linear[0].experiment.train().images) > 50


def test_convolutions_draw_the_unseen_where_shallow_and_lose_less_of_it_than_perceptrons_where_deep(published):
    """What the pages say of them."""
    pair, beside = ([published.get(one) for one in of()] for of in (habits.convolutional, habits.beside))
    assert [line.holds for line in habits.findings(pair, "pair")] == [True, False]
    convolutions, perceptrons = (
        {depth: [one for one in found if (one.experiment.depth, one.experiment.held_out) == (depth, 9)] for depth in of}
        for found, of in ((pair, (1, 4)), (beside, (1, 3)))
    )
    for models in (convolutions[1], perceptrons[1]):
        assert min(one[code.RECOGNISED] for one in models) > 0.9
    assert all(0.4 < one[code.RECOGNISED] < 0.6 for one in convolutions[4] + perceptrons[3])
    assert min(one[code.NEARER] for one in convolutions[4] + perceptrons[3]) > 0.5
    missed = [np.mean([one[code.AWAY] for one in models]) for models in (convolutions[4], perceptrons[3])]
    assert missed[0] / missed[1] == pytest.approx(2 / 3, abs=0.05)
    for ours, theirs in ((convolutions[1], perceptrons[1]), (convolutions[4], perceptrons[3])):
        by_rate = [np.mean([one.active["by_rate"] for one in models]) for models in (ours, theirs)]
        assert 1.7 < by_rate[0] / by_rate[1] < 2.2


def test_three_seeds_agree_on_every_digit_and_the_one_is_the_exception(published):
    """What the pages say of them."""
    found = [published.get(one) for one in habits.ten_digits()]
    assert [line.holds for line in habits.findings(found, "ten-digits")] == [True, False]
    shallow, deep = (
        {digit: [one for one in found if (one.experiment.depth, one.digit) == (depth, digit)] for digit in range(10)}
        for depth in (1, 3)
    )
    assert {len(seeds) for seeds in (*shallow.values(), *deep.values())} == {3}
    recognised = {digit: [one[code.RECOGNISED] for one in seeds] for digit, seeds in shallow.items()}
    assert min(recognised, key=lambda digit: np.mean(recognised[digit])) == 4 and min(recognised[4]) > 0.6
    assert min(min(shares) for digit, shares in recognised.items() if digit != 4) > 0.75
    lost = {digit: [one[code.RECOGNISED] for one in seeds] for digit, seeds in deep.items()}
    assert min(lost[1]) > 0.9
    assert max(max(shares) for digit, shares in lost.items() if digit not in (0, 1, 9)) < 0.35
    assert max(np.mean(shares) for digit, shares in lost.items() if digit not in (0, 1, 9)) < 0.25
    assert all(max(lost[digit]) < 0.55 and min(one[code.NEARER] for one in deep[digit]) > 0.5 for digit in (0, 9))
    assert sorted(lost, key=lambda digit: -np.mean(lost[digit]))[:3] == [1, 9, 0]


def test_models_of_few_images_answer_from_memory_and_deep_ones_up_to_ten_times_as_many(published):
    """What the pages say of sizes and of pairs."""
    equal, true = ([published.get(one) for one in of()] for of in (premise.equal_steps, premise.made_true))
    pairs = [published.get(one) for one in premise.disjoint()]
    judged = verdicts(premise.findings(equal + true, pairs))
    assert judged == {"premise": "not reproduced", "few-from-memory": "reproduced", "many-agree": "reproduced"}
    agree = {d: {a.images for a in pairs if a.depth == d and a.more_alike_than_memory("seen") > 0} for d in (1, 3)}
    memory = {d: {a.images for a in pairs if a.depth == d and a.more_alike_than_memory("seen") < 0} for d in (1, 3)}
    assert memory == {1: {100}, 3: {100, 300, 1_000}} and not any(agree[depth] & memory[depth] for depth in (1, 3))
    last = [a for a in pairs if (a.depth, a.images) == (3, premise.halved()[-1])]
    assert min(a.between["withheld"] for a in last) > 0.95  # the same wrong answer, from no image that both saw

    def means(depth, measure):
        by_size = {n: [one for one in equal if (one.experiment.depth, one.experiment.first) == (depth, n)]
                   for n in premise.SIZES}  # fmt: skip
        return [np.mean([one[measure] for one in seeds]) for seeds in by_size.values()]

    for depth in (1, 3):
        distances = means(depth, premise.DISTANCE)
        assert distances[0] < 7 and distances[-1] > 30 and all(a < b for a, b in itertools.pairwise(distances[:-1]))
    recognised = {depth: means(depth, code.RECOGNISED) for depth in (1, 3)}
    assert max(recognised[1][:2]) < 0.5 and recognised[1][2] > 0.7 and recognised[1][-1] > 0.9
    assert recognised[3][0] < 0.1 and max(recognised[3]) < 0.5
    wrong = [sum(getattr(a, of)["withheld"] for a in last) for of in ("same_wrong", "neither")]
    assert wrong[0] / wrong[1] > 0.8


def test_a_wide_decoder_and_ten_times_the_steps_come_nearer_to_the_best_one_and_draw_fewer_nines(published):
    """What the pages say of the premise made true."""
    equal, true = ([published.get(one) for one in of()] for of in (premise.equal_steps, premise.made_true))
    for n in (n for n in premise.SIZES if n <= premise.SMALL):
        plain = [one for one in equal if (one.experiment.depth, one.experiment.first) == (1, n)]
        along, frozen = ([one for one in true if one.experiment.first == n and bool(one.experiment.encoder_of) == which]
                         for which in (False, True))  # fmt: skip
        for measure in (premise.DISTANCE, code.RECOGNISED):
            assert max(one[measure] for one in along + frozen) < min(one[measure] for one in plain)
        distances, recognised = (
            [np.mean([one[m] for one in found]) for found in (plain, frozen, along)]
            for m in (premise.DISTANCE, code.RECOGNISED)
        )
        assert max(distances[1:]) < 0.6 * distances[0] and recognised[2] < recognised[1] < recognised[0]
        active = [np.mean([one.active["by_variance"] for one in found]) for found in (along, plain)]
        assert active[0] < active[1] == np.mean([one.active["by_variance"] for one in frozen])
