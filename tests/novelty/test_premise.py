"""The theorem's premise made true: sets of many sizes, and two models that share no image."""

import pytest
import torch
from made_up import measures

from vaelib import data
from vaelib.errors import InvalidParameters
from vaelib.novelty.claims import SAYS
from vaelib.novelty.study import code, figures_premise, parameters, premise, tables
from vaelib.novelty.study.measured import Measured
from vaelib.pages import style
from vaelib.pages.findings import findings_table, verdicts


def test_halves_share_no_image_and_every_size_has_as_many_steps():
    for result in premise.disjoint((0,)):
        one, other = (e.train().indices for e in result.experiments)
        assert len(one) == len(other) == result.images
        assert not set(one.tolist()) & set(other.tolist())
    for one in premise.equal_steps((0,)):
        e = one.experiment
        assert e.epochs * -(-len(e.train()) // e.batch_size) == pytest.approx(premise.STEPS, rel=0.01)
    for one in premise.made_true((0,)):
        e = one.experiment
        assert e.epochs * -(-len(e.train()) // e.batch_size) == pytest.approx(10 * premise.STEPS, rel=0.01)


def test_every_training_behind_the_page_is_published_with_its_measures():
    measured = {r.experiment.name for r in premise.results() if isinstance(r, Measured)}
    assert {e.name for r in premise.disjoint() for e in r.experiments} <= measured


@pytest.fixture
def small(monkeypatch):
    """The study of sizes in seconds."""
    monkeypatch.setattr(premise, "TESTED", 20)


def test_what_two_models_answer_is_counted_and_kept(store, small):
    result = premise.Disjoint(100, (8,), 0, steps=3)
    found = store.get(result)
    assert store.get(result) == found
    assert found.between.keys() == found.memory.keys() == {"seen", "withheld"}
    assert all(0 < value <= 1 for value in (*found.between.values(), *found.memory.values()))
    everything = data.partition("mnist/train")
    images = torch.nn.functional.normalize(everything.images).double()
    vaes = [store.get(run).model() for run in result.needs()]
    for which, part in (("seen", "test-without-9"), ("withheld", "test-9")):
        test = data.partition(f"mnist/{part}")
        x, labels = test.images[: premise.TESTED], test.labels[: premise.TESTED].tolist()
        with torch.no_grad():  # by all cosines at once, in double precision
            near = [(vae.decoder.output(vae.encode(x)[0]).double() @ images.T).argmax(1) for vae in vaes]
        answered = list(zip(labels, *(everything.labels[at].tolist() for at in near), strict=True))
        assert found.neither[which] == pytest.approx(sum(true not in both for true, *both in answered) / len(x))
        same = sum(one == other != true for true, one, other in answered)
        assert found.same_wrong[which] == pytest.approx(same / len(x))
    for which, (outputs, remembered) in found.answers.items():
        assert outputs.shape == (2, premise.PICTURED, 784)
        for experiment, positions in zip(result.experiments, remembered, strict=True):
            assert set(positions.tolist()) <= set(experiment.train().indices.tolist())
        again = store.get(result).answers[which]
        assert all(torch.equal(a, b) for a, b in zip(again, (outputs, remembered), strict=True))


def runs(distance=0.5, recognised=0.4):
    """Made-up runs of one seed: far from the best decoder but for those with a wide one."""
    equal = [measures(r.experiment, **{premise.DISTANCE: 30.0}) for r in premise.equal_steps((0,))]
    values = {premise.DISTANCE: distance, code.RECOGNISED: recognised}
    return equal + [measures(r.experiment, **values) for r in premise.made_true((0,))]


def agreements(few=-0.2, many=0.1):
    """Made-up pairs: the own set is nearer where images are few, the other's answer where they are many."""
    found = []
    for r in premise.disjoint((0,)):
        ahead = few if r.images == premise.SIZES[0] else many
        alike = {"seen": 0.7 + ahead, "withheld": 0.6}
        outputs = torch.zeros(2, premise.PICTURED, 784, dtype=torch.uint8)
        answers = dict.fromkeys(alike, premise.Answers(outputs, torch.zeros(2, premise.PICTURED, dtype=torch.int32)))
        wrong = dict.fromkeys(alike, 0.4), dict.fromkeys(alike, 0.3)
        found.append(premise.Agreement(r.images, len(r.hidden), 0, alike, dict.fromkeys(alike, 0.7), *wrong, answers))
    return found


def test_a_premise_made_true_and_halves_that_come_to_agree_are_what_was_expected():
    found = verdicts(premise.findings(runs(), agreements()))
    assert found == dict.fromkeys(("premise", "few-from-memory", "many-agree"), "reproduced")
    assert found.keys() <= SAYS.keys()
    found = verdicts(premise.findings(runs(distance=1.5), agreements(few=0.1, many=-0.1)))
    assert found == dict.fromkeys(("premise", "few-from-memory", "many-agree"), "not reproduced")


def test_the_last_size_is_halved_and_the_others_are_there_twice():
    assert premise.halved((100, 300, 54_051)) == (100, 300, 27_025)
    assert [r.images for r in premise.disjoint((0,), (10, 31))] == 2 * [10, 15]


def test_the_figure_goes_from_few_images_to_many():
    distance, recognised, alike = figures_premise.from_memory(runs(), agreements()).axes
    (equal,) = [line for line in distance.lines if line.get_label() == "1 layer"]
    assert list(equal.get_xdata()) == list(premise.SIZES) and set(equal.get_ydata()) == {30}
    squares = [line for line in recognised.lines if line.get_marker() == "s"]
    assert sorted(int(line.get_xdata()[0]) for line in squares) == [100, 100, 300, 300, 1000, 1000]
    assert {line.get_markerfacecolor() for line in squares} == {"none", style.of_depth(1)}
    (seen,) = [line for line in alike.lines if line.get_label() == "seen, 3 layers"]
    assert seen.get_ydata()[0] == pytest.approx(-0.2) and seen.get_ydata()[-1] == pytest.approx(0.1)


def test_two_images_go_through_both_models_of_each_depth_and_size():
    drawn = figures_premise.from_two_sets(agreements()).axes
    assert len(drawn) == 2 * (1 + 2 * 4 * len(premise.SIZES))
    titles = [axis.get_title() for axis in drawn if axis.get_title() not in ("", "shown")]
    assert titles == 2 * [f"{size:,}" for size in premise.halved()]
    outputs = torch.tensor([[[10] * 784], [[20] * 784]], dtype=torch.uint8)
    one, seen, other, seen_too = figures_premise._answered(premise.Answers(outputs, torch.tensor([[3], [5]])), 0)
    assert (one[0] * 255, other[0] * 255) == (10, 20)
    images = data.images_at("mnist/train", torch.tensor([3, 5]))
    assert torch.equal(seen, images[0]) and torch.equal(seen_too, images[1])


def test_the_table_of_pairs_has_the_means_of_the_seeds_for_each_depth_and_size():
    rows = [line.strip("| ").split(" | ") for line in tables.agreements_table(agreements()).splitlines()[2:]]
    assert len(rows) == 2 * len(premise.SIZES)
    assert rows[0] == ["1", "100", "0.50", "0.70", "0.60", "0.70", "0.40", "0.75"]


def test_the_table_tells_every_way_of_training_apart():
    rows = [line.split(" | ") for line in tables.sizes_table(runs()).splitlines()[2:]]
    assert len(rows) == 2 * len(premise.SIZES) + 6
    assert [row[0].split()[-1] for row in rows if row[0] != "| "] == ["steps", "steps", "along", "frozen"]
    assert [row[1] for row in rows[-3:]] == ["100", "300", "1,000"]
    names = {tables.slug_of_size(one) for one in runs()}
    assert len(names) == len(rows) and {"shallow-54051", "deep-100", "along-300", "frozen-1000"} <= names


def test_sizes_that_do_not_rise_are_an_error_that_says_so():
    given = {"sizes": [300, 100], "steps": 10, "seeds": [0], "recompute": False, "device": "cpu"}
    with pytest.raises(InvalidParameters, match="sizes = \\[300, 100\\]: expected .* in rising order"):
        parameters.check(parameters.Premise, given)


def test_what_a_finding_of_the_premise_says_is_in_words():
    shown = findings_table(premise.findings(runs(), agreements()), SAYS, ours=True)
    assert "**✓ holds** | **where its premise is made true, the decoder is the best one**" in shown
