"""Notebooks' parameters: a misspelt, missing or impossible one is an error that names the valid ones."""

import pytest

from vaelib import parameters
from vaelib.errors import InvalidParameters

VALID = {
    "dataset": "mnist", "held_out_digit": 9, "architectures": [], "test_index": 1, "latent_dim": 50, "latent": "mean",
    "epochs": 50, "snapshot": 0, "first": 0, "seed": 0, "recompute": False, "device": "cpu",
}  # fmt: skip
CELL = "".join(f"{name} = {value!r}\n" for name, value in VALID.items())
CHECK = "p = parameters.check(parameters.Figure4, globals())"


def namespace(**changes):
    """A notebook's globals after its parameters cell and an injected one."""
    injected = "# Parameters\n" + "".join(f"{name} = {value!r}\n" for name, value in changes.items())
    cells = ["", "import vaelib", CELL, injected, CHECK]  # the cell that asks is the last one
    return VALID | changes | {"In": cells, "parameters": parameters}


def test_valid_parameters_come_back_as_one_object():
    p = parameters.check(parameters.Figure4, namespace(held_out_digit=3, epochs=15))
    assert p.held_out_digit == 3
    assert p.snapshots == (10, 15)
    assert p.epoch == 15
    assert p.protocol["held_out"] == 3
    assert p.architectures == []


def test_a_misspelt_parameter_is_named_with_the_valid_ones():
    with pytest.raises(InvalidParameters, match=r"Unknown parameter held_out_digti. Valid .*held_out_digit"):
        parameters.check(parameters.Figure4, namespace(held_out_digti=3))


def test_what_later_cells_compute_is_not_mistaken_for_a_parameter():
    later = namespace() | {"share": 0.3}
    later["In"] = later["In"] + ["share = sum([0.1, 0.2])", "k = 3", "%matplotlib inline", "x = 1; print(x)", CHECK]
    parameters.check(parameters.Figure4, later | {"k": 3, "x": 1})


def test_a_misspelt_parameter_is_forgotten_once_its_cell_is_corrected():
    corrected = namespace(held_out_digti=3)
    corrected["In"] = [*corrected["In"], CELL, CHECK]
    parameters.check(parameters.Figure4, corrected)


def test_a_missing_parameter_is_named():
    without = namespace()
    del without["epochs"]
    with pytest.raises(InvalidParameters, match="Missing parameter epochs"):
        parameters.check(parameters.Figure4, without)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("held_out_digit", 11, "held_out_digit = 11: expected a digit from 0 to 9"),
        ("held_out_digit", "3", "held_out_digit = '3': expected a digit from 0 to 9"),
        ("dataset", "cifar", "dataset = 'cifar': expected mnist or fashion-mnist"),
        ("snapshot", 30, "snapshot = 30: expected one of 10, 20, 50 with epochs = 50"),
        ("architectures", [[400], [0]], r"architectures = \[\[400\], \[0\]\]: expected a list of lists"),
        ("latent", "median", "expected mean .* or sample"),
        ("epochs", 0, "epochs = 0: expected a whole number from 1"),
        ("first", 2.5, "first = 2.5: expected a number of training images"),
        ("device", "tpu", "expected cpu, cuda or mps"),
        ("recompute", "yes", "expected True or False"),
    ],
)
def test_an_impossible_value_is_named_with_what_was_expected(name, value, message):
    with pytest.raises(InvalidParameters, match=message) as error:
        parameters.check(parameters.Figure4, namespace(**{name: value}))
    assert "Valid parameters: " in str(error.value)
