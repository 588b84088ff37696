"""What the paper could not see: each number against a closed form or a direct count."""

import math

import numpy as np
import pytest
import torch
from made_up import evaluated, of_digit

from vaelib.novelty import statistics, tables
from vaelib.novelty.evaluation import MEASURES
from vaelib.novelty.experiments import ARCHITECTURES


def test_a_share_crosses_half_way_in_the_logarithm_of_epochs():
    assert statistics.crossing((10, 1000), (0.6, 0.4)) == pytest.approx(100)
    assert statistics.crossing((1, 2, 8), (0.9, 0.5, 0.3)) == pytest.approx(2)
    assert statistics.crossing((1, 2, 8), (0.9, 0.8, 0.7)) is None
    assert statistics.crossing((1, 2, 8), (0.3, 0.7, 0.3)) == pytest.approx(math.sqrt(2 * 8))


def test_tables_of_classes_count_the_first_neighbour_and_the_output():
    averages = torch.tensor([[4, 7, 7], [4, 7, 7], [7, 4, 4], [4, 0, 0]], dtype=torch.uint8)
    outputs = torch.tensor([9, 9, 4, 7], dtype=torch.uint8)
    shown = of_digit(evaluated(), 9, top_classes=averages, output_classes=outputs)
    (average,), (output,) = statistics.average_classes([shown]), statistics.output_classes([shown])
    assert average.tolist() == [0, 0, 0, 0, 0.75, 0, 0, 0.25, 0, 0]
    assert output.tolist() == [0, 0, 0, 0, 0.25, 0, 0, 0.25, 0, 0.5]
    assert shown.recognised == 0.5
    table = tables.classes_table([("deep, unseen", [shown, shown])], MEASURES["share recognised"])
    assert table.splitlines()[2] == "| deep, unseen | 0.50 | 0.50 | 0.50 |"


def test_twice_the_size_is_told_digit_by_digit_within_a_depth(many):
    slopes = statistics.doublings(many, MEASURES["median BCE(x, x̂)"])
    assert set(slopes) == {1, 2, 3}  # of the linear model there is one size
    for of_digits in slopes.values():
        np.testing.assert_allclose(of_digits, [-5 * math.log(2)] * 3)
    row = tables.doublings_table(many, ["median BCE(x, x̂)"]).splitlines()[2]
    assert row == "| 1 | −3.5 (0 of 3) |"


def test_ranks_are_taken_among_models_of_equal_depth():
    falling = {(100,): 90.0, (200,): 80.0, (400,): 70.0}
    rising = {(100, 100): 70.0, (200, 200): 80.0, (400, 400): 90.0}
    found = [evaluated(h, bce_input=value) for h, value in (falling | rising | {(): 50.0}).items()]
    rows = [line.strip("| ").split(" | ") for line in tables.within_depth_table([found, found]).splitlines()[2:]]
    assert [(row[0], row[1], row[3]) for row in rows] == [("1", "3", "−1.00, −1.00"), ("2", "3", "+1.00, +1.00")]


@pytest.fixture
def many():
    """Twenty architectures for each of three digits: BCE(x, x̂) is made of depth and log size, and the digit's level."""
    found = []
    for digit in (0, 1, 2):
        for hidden in ARCHITECTURES:
            shown = evaluated(hidden, digit)
            size = math.log(shown.experiment.decoder_parameters)
            value = 30.0 * len(hidden) - 5.0 * size + 100 * digit
            found.append(of_digit(shown, digit, bce_input=torch.full((4,), value, dtype=torch.float64)))
    return found


def test_the_regression_finds_what_a_measure_is_made_of(many):
    found = statistics.regression(many, MEASURES["median BCE(x, x̂)"])
    depth = np.array([e.experiment.depth for e in many])
    size = np.log([e.experiment.decoder_parameters for e in many])
    spread = (30 * depth - 5 * size).std()
    assert found.depth == pytest.approx(30 * depth.std() / spread)
    assert found.parameters == pytest.approx(-5 * size.std() / spread)
    assert found.layer == pytest.approx(30)
    assert found.doubling == pytest.approx(-5 * math.log(2))
    assert found.together == pytest.approx(1)
    assert found.depth_interval == pytest.approx((found.depth, found.depth))  # all digits are alike
    assert found.alone[0] > found.alone[1]


def test_a_regression_needs_models_of_several_depths(many):
    alike = [e for e in many if e.experiment.depth == 2]
    with pytest.raises(ValueError, match="differ in both"):
        statistics.regression(alike, MEASURES["median BCE(x, x̂)"])


def test_a_digit_that_differs_widens_the_interval(many):
    noise = np.random.default_rng(0).normal(size=20)
    changed = [
        of_digit(e, e.request.digit, bce_input=e.bce_input + (20 * noise[i % 20] if e.request.digit == 1 else 0))
        for i, e in enumerate(many)
    ]
    low, high = statistics.regression(changed, MEASURES["median BCE(x, x̂)"]).depth_interval
    assert high - low > 0.01


def test_information_is_gathered_by_depth():
    def shown(hidden, rate):
        names = [name for name in tables.INFORMATION.values() if name]
        means = dict.fromkeys(names, 10.0) | {"rate": rate, "distortion": 80.0, "best_distortion": 50.0}
        return of_digit(evaluated(hidden), 9, information={name: {"mean": value} for name, value in means.items()})

    table = tables.information_by_depth([shown((100,), 20.0), shown((200,), 22.0), shown((100, 100), 15.0)])
    one, two = (line.split(" | ") for line in table.splitlines()[2:])
    assert one[:3] == ["| 1", "2", "20.0 to 22.0"]
    assert two[:3] == ["| 2", "1", "15.0 to 15.0"]
    assert one[-1] == "30.0 to 30.0 |"


def test_controls_stand_with_their_active_dimensions_seed_by_seed():
    seeds = [of_digit(evaluated((400,)), 9, active={"by_variance": n, "by_rate": n}) for n in (24, 23)]
    table = tables.controls_table([("shallow", [*seeds, evaluated((400,))])])
    assert (
        table.splitlines()[2] == "| shallow | 1 | 24, 23, ? | 1.00, 1.00, 1.00 | 1.00, 1.00, 1.00 | 0.00, 0.00, 0.00 |"
    )
