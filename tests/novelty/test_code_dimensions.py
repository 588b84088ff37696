"""The study of depth against code: its models, and what is computed of them."""

import dataclasses

import pytest
from made_up import evaluated, of_digit

from vaelib.novelty import code_dimensions, experiments, figures_code, sweeps
from vaelib.novelty.evaluation import MEASURES
from vaelib.novelty.experiments import DEEP, SHALLOW
from vaelib.pages import style

FAR = MEASURES["median BCE(x, x̂)"]


def test_the_study_holds_the_models_of_figure_1_and_each_control_once():
    names = [request.experiment.name for request in code_dimensions.requests()]
    assert len(names) == len(set(names)) == 3 * (9 + 4 + 4)
    unseen = {e.name for seed in experiments.SEEDS for e in experiments.figure(1, seed=seed).unseen}
    assert unseen | {request.experiment.name for request in sweeps.controls()} <= set(names)


def models(far):
    """Made-up models of both depths and many codes, two seeds each; ``far`` gives the measure of depth and code."""
    found = []
    for hidden in (SHALLOW, DEEP):
        for active in (2, 4, 8, 16):
            for seed in (0, 1):
                shown = of_digit(evaluated(hidden, bce_input=float(far(len(hidden), active))), 9)
                experiment = shown.experiment.model_copy(update={"latent_dim": active, "seed": seed})
                request = dataclasses.replace(shown.request, experiment=experiment)
                counted = {"by_variance": active, "by_rate": active}
                found.append(dataclasses.replace(shown, request=request, active=counted))
    return found


def test_what_follows_the_code_alone_is_explained_by_it():
    found = code_dimensions.explained(models(lambda depth, active: 100 - 3 * active), FAR)
    assert found.depth_adds == pytest.approx(0, abs=1e-9)
    assert found.code_adds == pytest.approx(found.together)
    assert found.together > 0.95  # a parabola in the logarithm is close to a line


def test_what_follows_depth_alone_is_explained_by_it():
    found = code_dimensions.explained(models(lambda depth, active: 50 + depth), FAR)
    assert (found.code_adds, found.depth_adds) == pytest.approx((0, 1))


def test_both_are_told_apart_where_both_matter():
    found = code_dimensions.explained(models(lambda depth, active: 50 + 5 * depth - active), FAR)
    assert found.code_adds > 0.3 and found.depth_adds > 0.3
    assert found.code_interval[0] < found.code_adds < found.code_interval[1]


def test_pairs_of_equal_codes_differ_by_what_depth_does():
    assert code_dimensions.matched_difference(models(lambda depth, active: depth - active), FAR) == pytest.approx(2)


def test_what_tells_nothing_is_refused():
    with pytest.raises(ValueError, match="before active dimensions were counted"):
        code_dimensions.explained([evaluated()], FAR)
    with pytest.raises(ValueError, match="models of several depths"):
        code_dimensions.explained(models(lambda depth, active: active)[:8], FAR)


def test_the_figure_marks_every_model_by_depth_and_by_what_was_changed():
    figure = figures_code.by_code(models(lambda depth, active: 100 - active))
    for axis in figure.axes:
        squares = [line for line in axis.lines if line.get_marker() == "s"]
        assert sorted(x for line in squares for x in line.get_xdata()) == sorted(4 * [2, 4, 8, 16])
        assert {line.get_color() for line in squares} == {style.of_depth(1), style.of_depth(3)}
