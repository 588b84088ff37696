"""Claims as code: each measure against a closed form, each verdict on both sides of its threshold."""

import pytest
import torch
from made_up import evaluated

from vaelib.novelty import checks, parameters
from vaelib.novelty.experiments import DEEP, SHALLOW, Four
from vaelib.novelty.latent_plane import LatentPlane
from vaelib.pages.findings import Finding, findings_table, verdicts


def holds(findings, claim):
    return [finding.holds for finding in findings if finding.claim == claim]


def test_nearer_input_counts_images_below_the_diagonal():
    shown = evaluated(bce_input=[50.0, 60.0, 70.0, 80.0], bce_average=[60.0, 60.0, 60.0, 90.0])
    assert shown.nearer_input == 0.5  # a tie is not nearer


@pytest.mark.parametrize(("shallow", "deep"), [(True, True), (True, False), (False, True)])
def test_figure_2_judges_shallow_and_deep_by_their_own_shares(shallow, deep):
    found = Four(
        evaluated(SHALLOW, None), evaluated(SHALLOW, 9, bce_input=60.0 if shallow else 95.0),
        evaluated(DEEP, None), evaluated(DEEP, 9, bce_input=120.0 if deep else 60.0),
    )  # fmt: skip
    findings = checks.figure_2(found)
    assert holds(findings, "shallow-nearer-input") == [shallow]
    assert holds(findings, "deep-nearer-average") == [deep]


def test_figure_1_asks_most_test_images_to_rest_on_one():
    same = [evaluated(SHALLOW, None), evaluated(SHALLOW), evaluated(DEEP, None)]
    spread = evaluated(DEEP, 9, perplexity=[1.0, 1.5, 1.5, 1.5], weight=[1.0, 0.95, 0.95, 0.5])
    findings = checks.figure_1(Four(*same, spread))
    assert holds(findings, "one-example") == [True] * 9 + [True, False, False]  # its mode lies in the bin of 1.5
    assert [f.role for f in findings if f.claim == "one-example"] == ["measure", "measure", "shown"] * 4
    assert holds(findings, "depth-keeps-perplexity") == [True, False]  # Kolmogorov–Smirnov distance 0 and 0.75
    assert verdicts(findings)["one-example"] == "partly"


def test_seen_similar_needs_the_average_nearer_than_a_random_image():
    alike, unlike = evaluated(SHALLOW, None), evaluated(DEEP, None, bce_average=190.0)
    findings = checks.figure_1(Four(alike, evaluated(bce_average=195.0), unlike, evaluated(DEEP, bce_average=195.0)))
    assert holds(findings, "seen-similar") == [True, False, False, False]
    assert verdicts(findings)["seen-similar"] == "partly"


def test_seen_similar_is_not_decided_where_models_that_never_saw_the_digit_pass_too():
    findings = checks.figure_1(Four(evaluated(SHALLOW, None), evaluated(), evaluated(DEEP, None), evaluated(DEEP)))
    assert [f.role for f in findings if f.claim == "seen-similar"] == ["measure", "control", "measure", "control"]
    assert verdicts(findings)["seen-similar"] == "not decided"


@pytest.mark.parametrize(("average", "far", "close"), [(90.0, False, False), (140.0, True, False), (40.0, False, True)])
def test_distances_from_input_and_average_are_compared_by_kl(average, far, close):
    """KL(x ‖ x̂) is 60 − 10 nats, KL(μ ‖ x̂) the average's BCE less 20."""
    findings = checks.figure_1(
        Four(*(evaluated(h, d, bce_average=average) for h in (SHALLOW, DEEP) for d in (None, 9)))
    )
    (not_average,) = (f for f in findings if f.claim == "not-the-average")
    assert not_average.ours == pytest.approx((average - 20) / 50)
    assert not_average.holds is far
    assert holds(findings, "close-to-neighbours") == [close, close]


def test_complexity_changes_the_decoder_where_outputs_differ_and_perplexities_do_not():
    shallow, deep = (evaluated(h, d, bce_input=b) for h, d, b in ((SHALLOW, None, 50.0), (DEEP, None, 80.0)))
    findings = checks.figure_1(Four(shallow, evaluated(), deep, evaluated(DEEP)))
    assert holds(findings, "changes-the-decoder") == [True, True, True, False]  # without the digit both are alike


def test_overfitting_needs_a_gap_that_grows_and_a_deep_model_that_fits_better():
    architectures = ((100,), SHALLOW, (400, 400), DEEP)
    found = [
        checks.Fit(evaluated(h, bce_input=60.0 + 10 * rank), train=100.0 - rank, test=101.0 + rank)
        for rank, h in enumerate(architectures)
    ]
    assert holds(checks.overfitting(found), "overfit")[1:] == [True, True, True]
    worse = [one._replace(train=one.train + 10 * (one.evaluation.experiment.hidden == DEEP)) for one in found]
    assert holds(checks.overfitting(worse), "overfit")[-1] is False


def test_nearest_neighbours_match_where_nearly_all_shares_do():
    findings = checks.matching([checks.Matched(evaluated(), 0.3, 0.95)])
    assert holds(findings, "k-nn") == [False, True]


def test_figure_3_counts_the_plane_and_compares_widths_with_distances():
    means = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])  # nearest distances 1, 1, 4
    weights = torch.tensor([[1.0, 0.995], [0.5, 1.0]])
    owners = torch.tensor([[0, 2], [0, 1]])  # of the corners (−5, −5), (5, −5), (−5, 5), (5, 5)
    stds = torch.tensor([[0.2, 0.2], [0.2, 0.2], [0.2, 0.2]])
    plane = LatentPlane(5, weights, owners, torch.zeros(2, 2), means, stds)
    deltas, cells, eroded, nearest, in_own_widths = checks.figure_3(plane)
    assert (eroded.ours, eroded.role) == (0.0, "shown")  # each place has a neighbour of weight one half
    assert nearest.ours == in_own_widths.ours == 0.75  # of the last corner the third mean is nearest
    assert deltas.ours == pytest.approx(0.2)
    assert deltas.holds
    assert cells.ours == 0.75
    assert not cells.holds


def test_figure_4_tells_depth_from_parameters():
    shares = {(): 1.0, (400,): 1.0, (100,): 1.0, (200,): 0.75, (100, 100): 0.5, (400, 400): 0.25, (100, 100, 100): 0.0}
    found = []
    for hidden, share in shares.items():
        nearer = [50.0] * int(4 * share) + [120.0] * (4 - int(4 * share))
        found.append(evaluated(hidden, bce_input=nearer))
    findings = checks.figure_4(found)
    assert holds(findings, "layers-over-parameters") == [True]
    assert holds(findings, "single-layer-always") == [True] * 3


@pytest.mark.parametrize(("reconstructs", "sign"), [(True, -1), (False, 1)])
def test_capacity_needs_the_output_to_leave_the_input_as_the_network_grows(reconstructs, sign):
    found = []
    for rank, size in enumerate((10, 20, 40, 80)):
        far = 3 - rank if reconstructs else rank
        found.append(evaluated((size,), bce_input=[50.0 + far] * (4 - far) + [100.0 + far] * far, bce_average=90.0))
    of_share, of_median = (f for f in checks.figure_4(found) if f.claim == "capacity")  # one depth, one average
    assert (of_share.ours, of_share.holds) == (pytest.approx(-sign), not reconstructs)
    assert (of_median.ours, of_median.holds) == (pytest.approx(sign), not reconstructs)


@pytest.mark.parametrize("hidden", [[(100,), (200,), (400,)], [(100,), (400, 400)], [(100,)]])
def test_figure_4_says_nothing_that_like_or_few_models_leave_open(hidden):
    findings = checks.figure_4([evaluated(h) for h in hidden])
    assert {finding.claim for finding in findings} == {"single-layer-always"}
    linear = findings_table(checks.figure_4([evaluated(())]))
    assert linear == "These models are too few, or too like each other, for the claims."


@pytest.mark.parametrize(("without", "deep", "expected"), [(75, 130, [True, True]), (85, 130, [False, True]),
                                                           (75, 70, [True, False])])  # fmt: skip
def test_shallow_generalises_asks_for_little_loss_and_for_less_than_the_deep_one_has(without, deep, expected):
    found = Four(
        evaluated(SHALLOW, None), evaluated(SHALLOW, bce_input=float(without)),
        evaluated(DEEP, None), evaluated(DEEP, bce_input=float(deep)),
    )  # fmt: skip
    assert holds(checks.figure_2(found), "shallow-generalises") == expected


def test_figure_4_compares_pairs_of_equal_size_and_unequal_depth():
    shares = {(400,): 1.0, (400, 100): 0.75, (400, 100, 100): 0.5, (400, 200): 0.25, (100,): 0.0}
    found = []
    for hidden, share in shares.items():
        nearer = [50.0] * int(4 * share) + [120.0] * (4 - int(4 * share))
        found.append(evaluated(hidden, bce_input=nearer))
    pairs = checks.equal_pairs(found)
    assert [tuple(e.experiment.hidden for e in pair) for pair in pairs] == [
        ((400,), (400, 100)),
        ((400, 100), (400, 100, 100)),
        ((400, 200), (400, 100, 100)),
    ]
    (measured,) = (f for f in checks.figure_4(found) if f.measure.startswith("pairs of equal size"))
    assert measured.ours == pytest.approx(2 / 3)
    assert not measured.holds


@pytest.mark.parametrize(("shallow", "deep"), [(60.0, 120.0), (95.0, 120.0), (60.0, 60.0)])
def test_all_digits_judges_each_digit_by_both_shares(shallow, deep):
    good = checks.WithoutDigit(evaluated(SHALLOW, 3), evaluated(DEEP, 3, bce_input=120.0))
    other = checks.WithoutDigit(evaluated(SHALLOW, 4, bce_input=shallow), evaluated(DEEP, 4, bce_input=deep))
    findings = checks.all_digits([good, other])
    assert holds(findings, "all-digits") == [True, True, shallow < 90, deep > 90]


def test_capacity_is_judged_by_layers_too_and_by_the_average_itself():
    found = [
        evaluated(h, bce_input=[60.0, 60.0, 100.0 + d, 100.0 + d], bce_average=80.0 - d)
        for d, h in enumerate(((), (400,), (200, 200), (100, 100, 100)))
    ]
    lines = {f.measure: f for f in checks.across_architectures(found) if f.claim == "capacity"}
    assert lines["rank correlation of layers with the median BCE(μ, x̂)"].ours == pytest.approx(-1)
    assert {measure.split(" with ")[0] for measure in lines} == {
        "rank correlation of parameters",
        "rank correlation of layers",
    }


def test_a_verdict_needs_every_measure():
    def finding(claim, good):
        return Finding(claim, "", 0.0, "", good)

    found = verdicts([finding("a", True), finding("a", True), finding("b", True), finding("b", False),
                                finding("c", False)])  # fmt: skip
    assert found == {"a": "reproduced", "b": "partly", "c": "not reproduced"}


def test_figure_3_is_the_papers_with_its_plane_and_its_steps_alone():
    given = {"steps": 1000, "extent": 5.0, "strata": 4, "seed": 0, "recompute": False, "device": "cpu"}
    assert parameters.Figure3(**given).is_the_protocols
    assert parameters.Figure3(**given | {"seed": 2}).is_the_protocols
    assert not parameters.Figure3(**given | {"steps": 100}).is_the_protocols
    assert not parameters.Figure3(**given | {"extent": 20.0}).is_the_protocols
