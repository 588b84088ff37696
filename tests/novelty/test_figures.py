"""Figures of what the paper could not see: each label belongs to what it stands beside."""

import matplotlib.pyplot as plt
from made_up import evaluated, of_digit

from vaelib.novelty import figures_capacity, figures_extensions


def test_rows_of_the_table_are_named_by_the_digits_shown():
    found = [[of_digit(evaluated((20,), d), d) for d in (1, 7)], [of_digit(evaluated((20, 10), d), d) for d in (1, 7)]]
    figure = figures_extensions.ten_classes(found, "0123456789")
    for axis in figure.axes:
        assert [label.get_text() for label in axis.get_yticklabels()] == ["1", "7"]
        assert [label.get_text() for label in axis.get_xticklabels()] == list("0123456789")
    plt.close("all")


def test_the_shallow_lines_are_dashed_whatever_its_size():
    models = [[evaluated(hidden, held_out)] for hidden in ((20,), (20, 10)) for held_out in (None, 9)]
    figure = figures_extensions.training_length(models, [])
    lines = {line.get_label(): line.get_linestyle() for line in figure.axes[0].get_lines()}
    assert lines["h = (20), trained without 9s"] == "--"
    assert lines["h = (20, 10), trained without 9s"] == "-"


def test_figure_4_stands_in_rows_by_depth_and_then_by_size():
    found = [evaluated(h) for h in ((400, 400, 400), (), (400,), (100,), (100, 100))]
    figure = figures_capacity.capacity(found, [0])
    names = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert names == ["input", "linear", "100", "400", "100·100", "400·400·400"]
    shares = [axis.get_xlabel() for axis in figure.axes if axis.get_xlabel().startswith("1.")]
    assert shares == ["1.00"] * 5
    words = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert words == ["none", "1 hidden layer", "2 hidden layers", "3 hidden layers"]


def test_the_best_decoders_are_sorted_by_what_is_left_to_gain():
    def shown(hidden, distortion):
        means = {"distortion": distortion, "best_distortion": 40.0}
        return of_digit(evaluated(hidden), 9, information={name: {"mean": value} for name, value in means.items()})

    figure = figures_capacity.best_decoders([shown((100,), 90.0), shown((400,), 60.0), shown((200,), 75.0)])
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["(400)", "(200)", "(100)"]
    assert list(figure.axes[0].get_yticks()) == [2, 1, 0]
