"""Experiments: their identity, their validation, and which ones the figures need."""

import subprocess
import sys
from collections import Counter
from itertools import product

import pytest
from pydantic import ValidationError

from vaelib import papers
from vaelib.errors import UnknownName
from vaelib.kinds import Experiment
from vaelib.novelty import experiments, sweeps
from vaelib.novelty.experiments import ARCHITECTURES, DEEP, SHALLOW


def test_the_key_is_the_same_in_every_process():
    program = "from vaelib.novelty.experiments import mini; print(mini().key)"
    keys = {subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout for _ in range(2)}
    assert keys == {experiments.mini().key + "\n"}


def test_the_key_of_a_published_experiment_never_changes():
    assert experiments.mini().key == "73dfc46cfc2e"


def test_a_copy_has_a_name_of_its_own_and_is_validated():
    first = experiments.mini()
    assert first.name  # read before it is copied
    copy = first.model_copy(update={"hidden": [20]})
    assert copy == experiments.mini().model_copy(update={"hidden": (20,)})
    assert copy.name == Experiment(**copy.model_dump()).name != first.name
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        first.model_copy(update={"hidden": (0,)})


@pytest.mark.parametrize(
    "change",
    [
        {"data": "mnist/train-without-8"}, {"hidden": (100,)}, {"latent_dim": 2}, {"beta": 2.0}, {"batch_size": 64},
        {"learning_rate": 1e-4}, {"epochs": 40, "snapshots": (10, 20, 40)}, {"snapshots": (50,)}, {"seed": 1},
        {"first": 100}, {"test_every": 2},
    ],
    ids=str,
)  # fmt: skip
def test_every_field_that_changes_the_numbers_changes_the_key(change):
    base = {"data": "mnist/train-without-9", "hidden": (400,)}
    assert Experiment(**base).key != Experiment(**(base | change)).key


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "mnist/train-without-x"}, "no partition"),
        ({"data": "mnist/test-9"}, "test set"),
        ({"hidden": (0,)}, "hidden.0\n.*greater than or equal to 1"),
        ({"snapshots": (20, 10, 50)}, "increasing"),
        ({"snapshots": (10, 20)}, "last epoch"),
        ({"epochs": 0, "snapshots": (0,)}, "greater than or equal to 1"),
        ({"lr": 1.0}, "Extra inputs"),
    ],
)
def test_an_impossible_experiment_is_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        Experiment(**({"data": "mnist/train-without-9", "hidden": (400,)} | change))


def test_an_experiment_cannot_be_changed():
    with pytest.raises(ValidationError):
        experiments.mini().seed = 3


def test_figure_4_has_the_twenty_published_architectures_in_order_of_decoder_parameters():
    assert len(ARCHITECTURES) == len(set(ARCHITECTURES)) == 20
    assert sorted(len(h) for h in ARCHITECTURES) == [0] + 3 * [1] + 6 * [2] + 10 * [3]
    assert all(size in (100, 200, 400) for h in ARCHITECTURES for size in h)
    assert all(list(h) == sorted(h, reverse=True) for h in ARCHITECTURES)
    # rows of the published picture, from left to right (its axis is one too high)
    published = [0, 1, 2, 3, 1, 2, 3, 2, 3, 3, 1, 2, 3, 2, 3, 3, 2, 3, 3, 3]
    shown = experiments.figure(4)
    assert [e.depth for e in shown] == published
    counts = [e.decoder_parameters for e in shown]
    assert counts == sorted(counts)


def test_figures_1_to_4_need_23_experiments_a_seed():
    for seed in experiments.SEEDS:
        asked = sweeps.requests((1, 2, 3, 4), (seed,))
        behind = {request.experiment.name: request.experiment for request in asked}
        assert len(behind) == 23
        assert {e.seed for e in behind.values()} == {seed}
        trained_on_all = [e for e in behind.values() if e.data == "mnist/train"]
        assert [e.hidden for e in trained_on_all] == [SHALLOW, DEEP]
        at_the_end = [request for request in asked if request.epoch == request.experiment.epochs]
        assert len(at_the_end) == 23
        others = 22 if seed == 0 else 4  # Figure 4 at every snapshot for one seed alone
        assert len(asked) - len(at_the_end) == 4 + 2 * others


def test_the_sweep_has_three_seeds_for_figures_1_to_4_and_every_digit_for_the_rest():
    paper = {r.experiment.name: r.experiment for r in sweeps.requests(range(1, 14))}
    assert len({experiment.key for experiment in paper.values()}) == len(paper) == 3 * 23 + 9 * 20
    assert Counter(e.seed for e in paper.values()) == {0: 23 + 180, 1: 23, 2: 23}  # 203 experiments a seed
    assert paper.items() < papers.experiments(papers.known().values()).items()
    for number in range(5, 14):
        assert {e.held_out for e in experiments.figure(number)} == {number - 5}
        assert {(r.digit, r.epoch) for r in sweeps.requests((number,))} == {(number - 5, 50)}


def test_beyond_the_paper_are_longer_training_seen_digits_and_fashion_mnist():
    assert {r.epoch for r in sweeps.longer()} == {1, 2, 5, 10, 20, 50, 100, 200}
    assert {(r.experiment.hidden, r.digit) for r in sweeps.seen_digits()} == set(product((SHALLOW, DEEP), range(10)))
    assert all(r.experiment.data == "mnist/train" for r in sweeps.seen_digits())
    fashion = sweeps.by_name(sweeps.fashion()).values()
    assert len(fashion) == 22
    assert {e.data for e in fashion} == {"fashion-mnist/train", "fashion-mnist/train-without-9"}


def test_what_a_figure_is_not_about_is_refused():
    with pytest.raises(UnknownName, match="Figure 3 is of mini-MNIST"):
        experiments.figure(3, dataset="fashion-mnist")
    with pytest.raises(UnknownName, match="Figure 5 holds out 0, not 3; Figure 4 holds out any digit"):
        experiments.figure(5, held_out=3)


def test_all_digits_are_shallow_and_deep_without_each():
    asked = sweeps.all_digits()
    assert [(r.experiment.held_out, r.experiment.hidden) for r in asked] == list(product(range(10), (SHALLOW, DEEP)))
    assert all(r.digit == r.experiment.held_out for r in asked)


def test_everything_is_asked_for_once():
    asked = sweeps.sweep()
    assert len(set(asked)) == len(asked)
    assert sweeps.with_weights() <= set(sweeps.by_name(sweeps.sweep()))


def test_the_protocol_is_the_default():
    experiment = experiments.figure(4)[0]
    assert (experiment.latent_dim, experiment.batch_size, experiment.learning_rate, experiment.beta) == (
        50,
        128,
        1e-3,
        1,
    )
    assert (experiment.epochs, experiment.snapshots) == (50, (10, 20, 50))
    mini = experiments.mini()
    assert (mini.latent_dim, mini.batch_size, mini.epochs, mini.hidden) == (2, 100, 1000, (400, 200, 100))


def test_a_figure_that_is_not_there_says_which_are():
    with pytest.raises(UnknownName, match="1 to 13"):
        experiments.figure(99)


def test_seeds_that_are_asked_for_are_those_that_are_given():
    assert {r.experiment.seed for r in sweeps.requests((5,))} == {0}
    assert {r.experiment.seed for r in sweeps.requests((5,), (1, 2))} == {1, 2}
    assert sweeps.requests((5,), ()) == []


@pytest.mark.parametrize("field", ["latent_dim", "hidden", "batch_size", "data"])
def test_figure_3_says_what_it_has_not_to_choose(field):
    with pytest.raises(UnknownName, match=f"no architectures, dataset, held_out, {field} to choose"):
        experiments.figure(3, **{field: 5})


@pytest.mark.parametrize(
    "fields",
    [
        {"beta": float("inf")},
        {"learning_rate": float("nan")},
        {"hidden": (400,) * 60},
        {"hidden": (10**9,)},
        {"latent_dim": 10**11},
        {"seed": 2**64},
        {"epochs": 10**9, "snapshots": (10**9,)},
        {"data": "mnist/train-without-٩"},
        {"data": "mnist/mini-seed-" + "9" * 300},
    ],
    ids=str,
)
def test_infinite_and_huge_fields_are_refused(fields):
    with pytest.raises(ValidationError):
        Experiment(**{"data": "mnist/train", "hidden": (400,)} | fields)
