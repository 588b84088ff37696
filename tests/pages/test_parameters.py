"""Notebooks' parameters: a misspelt, missing or impossible one is an error that names the valid ones."""

import pytest

from vaelib.errors import InvalidParameters
from vaelib.novelty import parameters

VALID = {
    "dataset": "mnist", "held_out_digit": 9, "architectures": [], "test_indices": [1], "latent_dim": 50,
    "latent": "mean", "epochs": 50, "snapshot": 0, "first": 0, "seed": 0, "recompute": False, "device": "cpu",
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


@pytest.mark.parametrize("value", ["float('inf')", "float('nan')", "[float('-inf')]", "{'a': float('inf')}", "None"])
def test_a_misspelt_parameter_is_named_whatever_the_values_beside_it(value):
    found = namespace(held_out_digti=3)
    found["In"][3] += f"snapshto = {value}\n"
    with pytest.raises(InvalidParameters, match="Unknown parameter held_out_digti, snapshto"):
        parameters.check(parameters.Figure4, found | {"snapshto": 1})


@pytest.mark.parametrize(
    "more", ["print(1)", "x = open('/etc/passwd')", "import os", "a = b = 1", "held_out_digit: int"]
)
def test_an_injected_cell_that_is_more_than_assignments_is_refused(more):
    found = namespace(held_out_digit=3)
    found["In"][3] += more
    with pytest.raises(InvalidParameters, match="Parameters are plain values"):
        parameters.check(parameters.Figure4, found)


def test_a_parameter_that_overwrites_ipythons_own_list_is_named():
    with pytest.raises(InvalidParameters, match="Unknown parameter In. Valid"):
        parameters.check(parameters.Figure4, namespace() | {"In": 5})


@pytest.mark.slow
def test_one_bad_list_is_one_short_line():
    bad = [["x" * 1000] * 1000] * 100
    with pytest.raises(InvalidParameters) as error:
        parameters.check(parameters.Figure4, namespace(architectures=bad))
    assert len(str(error.value)) < 1000
    assert str(error.value).count("architectures = ") == 1
    with pytest.raises(InvalidParameters) as error:
        parameters.check(parameters.Figure4, namespace(**{"x" * 100_000: 3}))
    assert len(str(error.value)) < 1000


FIGURE_1 = VALID | {"shallow": [400], "deep": [400, 200, 100], "test_indices": [0, 1, 2]}
FIGURE_3 = {"steps": 1000, "extent": 5.0, "strata": 4, "seed": 0, "recompute": False, "device": "cpu"}
LIVE = FIGURE_1 | {"live": False, "z": [0.0, 0.0], "digit": 9, "test_index": 1, "strokes": [], "steps": 1000}


@pytest.mark.parametrize(
    ("model", "valid", "name", "value"),
    [
        (parameters.Figure3, FIGURE_3, "extent", float("inf")),
        (parameters.Figure3, FIGURE_3, "extent", float("nan")),
        (parameters.Figure3, FIGURE_3, "extent", 1e300),
        (parameters.Figure3, FIGURE_3, "seed", 10**30),
        (parameters.Figure3, FIGURE_3, "steps", 10**11),
        (parameters.Figure1, FIGURE_1, "latent_dim", 10**11),
        (parameters.Figure1, FIGURE_1, "test_indices", list(range(1500))),
        (parameters.Figure1, FIGURE_1, "test_indices", [10**12]),
        (parameters.Figure1, FIGURE_1, "shallow", [10**12]),
        (parameters.Figure1, FIGURE_1, "deep", [400] * 60),
        (parameters.Figure1, FIGURE_1, "epochs", 10**11),
        (parameters.Figure1, FIGURE_1, "first", 10**11),
        (parameters.Figure4, VALID, "architectures", [[400]] * 1000),
        (parameters.Live, LIVE, "z", [float("inf"), 0.0]),
        (parameters.Live, LIVE, "z", [1e30, 0.0]),
        (parameters.Live, LIVE, "strokes", [[[float("inf"), 0.0]]]),
        (parameters.Live, LIVE, "strokes", [[[0.0, 0.0]] * 20_000]),
    ],
)
def test_infinite_and_huge_values_are_refused_by_a_line_of_their_own(model, valid, name, value):
    given = {field: valid[field] for field in model.model_fields} | {name: value}
    with pytest.raises(InvalidParameters, match=rf"^{name} = .{{1,250}}: expected ") as error:
        parameters.check(model, given)
    assert len(str(error.value)) < 1000
    parameters.check(model, {field: valid[field] for field in model.model_fields})


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
        ("architectures", [[400], [0]], r"architectures = \[\[400\], \[0\]\]: expected a list of up to 100"),
        ("latent", "median", "expected mean .* or sample"),
        ("epochs", 0, "epochs = 0: expected a whole number from 1 to 100000"),
        ("first", 2.5, "first = 2.5: expected a number of training images"),
        ("device", "tpu", "expected cpu, cuda or mps"),
        ("recompute", "yes", "expected True or False"),
    ],
)
def test_an_impossible_value_is_named_with_what_was_expected(name, value, message):
    with pytest.raises(InvalidParameters, match=message) as error:
        parameters.check(parameters.Figure4, namespace(**{name: value}))
    assert "Valid parameters: " in str(error.value)
