"""Figures of what the paper could not see: each label belongs to what it stands beside."""

import matplotlib.pyplot as plt
from made_up import evaluated, of_digit

from vaelib import figures_beyond
from vaelib.evaluation import Evaluation


def test_rows_of_the_table_are_named_by_the_digits_shown():
    found = [[of_digit(evaluated((20,), d), d) for d in (1, 7)], [of_digit(evaluated((20, 10), d), d) for d in (1, 7)]]
    figure = figures_beyond.ten_classes(found, "0123456789")
    for axis in figure.axes:
        assert [label.get_text() for label in axis.get_yticklabels()] == ["1", "7"]
        assert [label.get_text() for label in axis.get_xticklabels()] == list("0123456789")
    plt.close("all")


def test_the_shallow_lines_are_dashed_whatever_its_size(monkeypatch):
    # a made-up evaluation has fewer images than its digit
    monkeypatch.setattr(Evaluation, "kl_input", property(lambda shown: shown.bce_input))
    models = [[evaluated(hidden, held_out)] for hidden in ((20,), (20, 10)) for held_out in (None, 9)]
    figure = figures_beyond.training_length(models, [])
    lines = {line.get_label(): line.get_linestyle() for line in figure.axes[0].get_lines()}
    assert lines["h = (20), trained without 9s"] == "--"
    assert lines["h = (20, 10), trained without 9s"] == "-"
