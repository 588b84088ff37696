"""A convolutional pair, and ten digits with three seeds."""

import dataclasses

import numpy as np
import torch
from made_up import measures

from vaelib.kinds import VariedExperiment
from vaelib.novelty import experiments
from vaelib.novelty.figures import architecture
from vaelib.novelty.study import code, figures, habits, tables
from vaelib.pages import style
from vaelib.pages.findings import verdicts


def test_convolutions_end_in_an_image_whatever_their_number():
    for fields in (habits.SHALLOW, habits.DEEP, {"channels": (4, 4), "hidden": (7,)}):
        experiment = VariedExperiment(data="mnist/train-without-9", **fields)
        vae, x = experiment.architecture(), torch.rand(3, 784)
        assert vae.decoder(vae.encode(x)[0]).shape == x.shape
        assert experiment.depth == len(fields["channels"]) + len(fields["hidden"])


def test_a_convolutional_pair_is_judged_by_figure_2s_shares():
    found = [
        measures(one.experiment, **{code.NEARER: 0.9 if one.experiment.depth == 1 else 0.2})
        for one in habits.convolutional()
    ]
    assert verdicts(habits.findings(found, "pair")) == {"pair": "reproduced"}
    swapped = [dataclasses.replace(one, values=one.values | {code.NEARER: 0.9}) for one in found]
    assert verdicts(habits.findings(swapped, "pair")) == {"pair": "partly"}


def test_the_pair_is_trained_as_figure_1s_models_are_and_drawn_from_its_first_seed():
    four = habits.pairs(1)
    assert [one.held_out for one in four] == [None, 9, None, 9] and {one.seed for one in four} == {1}
    assert {one.experiment.name for one in habits.through_figure_1()} == {one.name for one in habits.pairs(0)}
    fields = ("latent_dim", "batch_size", "beta", "epochs")
    (paper,) = {tuple(getattr(e.experiment, f) for f in fields) for e in habits.beside()}
    assert {tuple(getattr(e, f) for f in fields) for e in four} == {paper}


def test_every_digit_is_withheld_by_every_seed():
    asked = habits.ten_digits()
    assert len({one.path for one in asked}) == len(asked) == 3 * 10 * 2
    assert {(one.experiment.held_out, one.experiment.seed) for one in asked} == {
        (digit, seed) for digit in range(10) for seed in experiments.SEEDS
    }


def test_a_models_channels_are_in_its_name():
    names = [architecture(one) for one in habits.pairs(0)]
    assert names == 2 * ["channels (16)"] + 2 * ["channels (8, 16, 32), h = (100)"]


def test_the_figure_has_each_digits_models_at_their_place():
    found = [
        measures(one.experiment, one.digit, **{code.RECOGNISED: one.digit / 10 if one.experiment.depth == 1 else 0.0})
        for one in habits.ten_digits()
    ]
    recognised, _ = figures.by_digit(found).axes
    (shallow,) = [
        line for line in recognised.lines if line.get_marker() == "o" and line.get_color() == style.of_depth(1)
        and len(line.get_xdata())
    ]  # fmt: skip
    np.testing.assert_allclose(shallow.get_ydata(), np.arange(10) / 10)
    assert [label.get_text() for label in recognised.get_xticklabels()] == [str(digit) for digit in range(10)]


def test_the_table_sets_models_that_saw_the_digit_beside_those_that_did_not():
    found = [
        measures(one.experiment, active=4 + one.experiment.seed, **{code.AWAY: 80.0 if one.experiment.held_out else 20})
        for one in (*habits.beside(), *habits.convolutional())
    ]
    rows = [line.split(" | ") for line in tables.pairs_table(found).splitlines()[2:]]
    assert [row[0] for row in rows[::2]] == [
        "| shallow, h = (400)", "| deep, h = (400, 200, 100)", "| channels (16)", "| channels (8, 16, 32), h = (100)"
    ]  # fmt: skip
    assert [(*row[1:4], row[6]) for row in rows[:2]] == [
        ("saw it", "4, 5, 6", "4, 5, 6", "20.0 |"), ("never saw it", "4, 5, 6", "4, 5, 6", "80.0 |")
    ]  # fmt: skip
