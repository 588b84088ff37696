"""Findings at their thresholds, figures and tables, on made-up measures."""

import math

import pytest

from vaelib.pages import claims
from vaelib.pages.findings import verdicts
from vaelib.two_stage import checks, figures, protocol, subjects, tables
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.paper import PAPER
from vaelib.two_stage.samples import Sampled

EXPERIMENT = protocol.models().learned
AT_GAMMA = math.exp(-2)  # the error that log γ = −2 is of


def stage(log_gamma=(0.0, -1.0, -2.0, -2.0), end_mse=AT_GAMMA, variances=(0.01, 1.0), responses=(1.0, 0.001), rate=9.0):
    values = {"log_gamma": log_gamma, "mse": [0.2, 0.15, 0.14, 0.14], "end_mse": end_mse, "rate": rate}
    return Measured(EXPERIMENT, values | {"variances": variances, "responses": responses})


def code(mmd=0.1, accuracy=0.9):
    accuracies = {"perceptron": accuracy, "logistic": 0.5}
    moments = {"mmd": {"gaussian": mmd}, "null": {"gaussian": 0.001}}
    return moments | {"accuracy": accuracies, "singular_values": [1.1, 0.9]}


def latents(u=0.01, accuracy=0.6, rate=5.0, noise=0.3, spread=1.1):
    values = {"z": code(), "u": code(u, accuracy), "collapse": {"rate": rate, "noise": noise}, "spread": spread}
    return {"mnist": Measured(EXPERIMENT, values)}


def sample(distance, second=None):
    distances = {"convolutions": distance, "perceptron": distance if second is None else second}
    values = {"frechet": distances, "frechet_error": distances, "density": 1.0, "coverage": 0.5, "copying": -1.0,
              "copying_in_pixels": 0.0, "perplexity": 1.0, "top_weight": 1.0, "angle": [1.0, 2.0, 3.0]}  # fmt: skip
    return Measured(EXPERIMENT, values)


def samples(second=10.0, **others):
    distances = {"cross_entropy": 12.0, "fixed": 40.0, "learned": 20.0, "second": second} | others
    return {"mnist": {model: sample(distance) for model, distance in distances.items()}}


def holds(lines):
    return [line.holds for line in lines if line.role == "measure"]


def test_a_variance_that_falls_to_the_error_holds_and_one_that_rises_or_misses_it_does_not():
    assert all(holds(checks.variance({"mnist": {"fixed": stage(end_mse=1.0), "learned": stage()}})))
    rising = stage(log_gamma=(0.0, -3.0, -1.0, -1.0, -2.0))
    assert holds(checks.variance({"mnist": {"fixed": stage(end_mse=1.0), "learned": rising}})) == [False, True, True]
    missed = stage(end_mse=AT_GAMMA * 1.2)
    assert holds(checks.variance({"mnist": {"fixed": stage(end_mse=0.2), "learned": missed}})) == [True, False, False]


def test_the_slope_is_that_of_twice_the_rate():
    given = [stage(log_gamma=[-x], rate=3.0 * x / 2 + 1) for x in (2.0, 3.0, 5.0)]
    assert checks.slope(given) == pytest.approx(3)
    three = stage(variances=(0.1, 0.1, 0.1, 0.9), responses=(1.0, 1.0, 1.0, 0.001))
    assert all(holds(checks.manifolds({3: three}, {3: given})))
    assert holds(checks.manifolds({2: three}, {2: given}))[:2] == [False, False]


def test_directions_that_are_neither_or_are_not_blocked_do_not_hold():
    assert all(holds(checks.directions(stage())))
    assert holds(checks.directions(stage(variances=(0.5, 1.0), responses=(1.0, 0.001)))) == [False, False]
    assert holds(checks.directions(stage(responses=(1.0, 0.5)))) == [True, False]
    assert holds(checks.directions(stage(variances=(0.01, 0.02)))) == [True, False]  # nothing is there to be blocked


def test_codes_that_come_nearer_hold_and_those_that_do_not_or_collapsed_do_not():
    assert all(holds(checks.latents(latents())))
    assert all(holds(checks.latents(latents(u=-0.001))))  # unbiased: below 0 by chance
    assert verdicts(checks.latents(latents(u=0.06, accuracy=0.86))) == {"A4": "not reproduced", "A6": "reproduced"}
    assert verdicts(checks.latents(latents(rate=0.9, noise=0.91, spread=0.79)))["A6"] == "not reproduced"


def test_the_published_ratios_would_hold_and_a_second_stage_that_draws_worse_does_not():
    published = {name: {model: sample(fid) for model, fid in of.items()} for name, of in tables.PUBLISHED.items()}
    assert verdicts(checks.samples(published)) == {"A5": "reproduced"}
    assert verdicts(checks.samples(samples(second=50.0))) == {"A5": "not reproduced"}
    lines = checks.samples(samples(cross_entropy=1.0))
    assert all(holds(lines)) and not all(line.holds for line in lines)  # the baseline is shown and not counted


def test_dimensions_are_compared_from_fewest_to_most():
    steady = {8: sample(10), 64: sample(15), 16: sample(12)}
    growing = {8: sample(10), 64: sample(30), 16: sample(12)}
    assert all(holds(checks.dimensions(growing, steady)))
    assert holds(checks.dimensions({8: sample(30), 64: sample(10)}, growing)) == [False, False]


def test_every_claim_has_measures_and_every_measure_a_claim():
    of = {**samples()}
    lines = [*checks.variance({"m": {"fixed": stage(), "learned": stage()}}), *checks.directions(stage())]
    lines += checks.manifolds({2: stage()}, {2: [stage(), stage(log_gamma=[0.0])]})
    lines += [*checks.latents(latents()), *checks.samples(of), *checks.dimensions({8: sample(1)}, {8: sample(1)})]
    assert {line.claim for line in lines} == {claim.identity for claim in subjects.CLAIMS}


def test_a_claim_is_judged_over_its_seeds():
    subject = claims.Subject(lambda store, seed: latents(u=0.01 * seed), checks.latents, (1, 9))
    (judged,) = claims.judge([claims.Claim("A4", "Figure 4", "nearer", subject)], None)
    assert judged["verdict"] == "partly"
    assert judged["measures"][0]["holds"] == [True, False]


def test_the_declaration_asks_for_each_result_once_and_for_those_that_the_claims_need():
    paths = [one.path for one in PAPER.results()]
    assert len(paths) == len(set(paths))
    for ask in (subjects.stages, subjects.latents, subjects.samples, subjects.dimensions, subjects.manifolds):
        assert {one.path for one in subjects.flat(ask(2))} <= set(paths)
    assert sum(isinstance(one, Sampled) for one in PAPER.results()) == 3 * (2 * 4 + 3 * 2)
    assert PAPER.claims()[3].command == "make reproduce FIGURE=two-stage-4"
    assert set(PAPER.figures()) >= {name for claim in PAPER.claims() for name in claim.subject.figures}
    for figure in PAPER.figures().values():
        assert {one.path for one in figure.results()} <= {one.path for one in figure.published()} <= set(paths)


def test_tables_show_every_model_with_its_spread():
    found = {"mnist": {model: [sample(14), sample(7), one] for model, one in samples()["mnist"].items()}}
    text = tables.samples_table(found)
    assert "| two stages | 10.3 (7.0 to 14.0) | 14.00 | 10.3 (7.0 to 14.0) | 12.6 |" in text
    assert text.count("mnist") == 1
    assert "| mnist | u | 10.00 | 1.00 | 0.60 | 0.50 |" in tables.latents_table({"mnist": [latents()["mnist"]]})
    assert "| learned γ | 0.1353 | 0.1353 | 9.0 | 1 |" in tables.stages_table({"mnist": {"learned": [stage()]}})


def test_figures_draw_every_seed():
    pair = {"first": {8: sample(1), 16: sample(2)}, "second": {8: sample(1), 16: sample(1)}}
    figure = figures.by_dimension([pair | {"stage": {8: stage(), 16: stage()}}] * 2)
    assert [len(axis.lines) for axis in figure.axes] == [2, 2 * 2 + 2]
    assert len(figures.spectra({"mnist": [latents()["mnist"]]}).axes[0].lines) == 1 + 2 + 2
    given = [stage(log_gamma=[-x], rate=x) for x in (1.0, 2.0)]
    figure = figures.on_manifolds([{"learned": {2: stage()}, "given": {2: given}}])
    assert "slope 2.00" in figure.axes[1].get_legend().get_texts()[0].get_text()
    assert figures.mismatch({"mnist": [latents()["mnist"]]}).axes
    assert figures.copies({"mnist": {m: [one] for m, one in samples()["mnist"].items()}}).axes
