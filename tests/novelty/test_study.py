"""The study of what decides: its models, and what is computed of them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_up import measures

from vaelib import data
from vaelib.kinds import Experiment
from vaelib.models import VAE
from vaelib.novelty import experiments
from vaelib.novelty.claims import SAYS
from vaelib.novelty.evaluation import MEASURES
from vaelib.novelty.experiments import DEEP, SHALLOW
from vaelib.novelty.study import code, figures, halves, search, spectrum, tables
from vaelib.novelty.study.measured import ON_TOP, Measured, by_model
from vaelib.pages import style
from vaelib.pages.findings import findings_table, verdicts


def models(far, digit=9):
    """Made-up models of both depths and many codes, two seeds each; ``far`` gives a measure of depth and code."""
    found = []
    for hidden, active, seed in itertools.product((SHALLOW, DEEP), (2, 4, 8, 16), (0, 1)):
        experiment = Experiment(data=f"mnist/train-without-{digit}", hidden=hidden, latent_dim=active, seed=seed)
        far_here = {name: float(far(len(hidden), active)) for name in (code.AWAY, code.RECOGNISED)}
        found.append(measures(experiment, digit, active, **far_here))
    return found


def test_every_model_of_the_study_is_asked_for_once():
    names = [one.path for one in code.models()]
    assert len(names) == len(set(names)) == 3 * (9 + 4 + 4)
    unseen = {e.name for seed in experiments.SEEDS for e in experiments.figure(1, seed=seed).unseen}
    assert unseen <= {one.experiment.name for one in code.models()}
    assert {one.digit for one in code.of_digits()} == set(code.DIGITS)
    assert len({one.experiment.name for one in halves.apart()}) == 3 * 16
    together = {one.experiment.name for one in halves.together()}
    assert len(together) == 3 * 8
    assert {one.experiment.encoder_of.name for one in halves.apart()} <= together


def test_what_follows_the_code_alone_is_explained_by_it():
    found = code.explained(models(lambda depth, active: 100 - 3 * active), code.AWAY)
    assert found.depth_adds == pytest.approx(0, abs=1e-9)
    assert found.code_adds == pytest.approx(found.together)
    assert found.together > 0.95  # a parabola in the logarithm is close to a line


def test_what_follows_depth_alone_is_explained_by_it():
    found = code.explained(models(lambda depth, active: 50 + depth), code.AWAY)
    assert (found.code_adds, found.depth_adds) == pytest.approx((0, 1))


def test_dimensions_are_counted_by_variance_or_by_their_rate():
    found = models(lambda depth, active: 100 - 3 * active)
    other = [replace(one, active={"by_variance": 50, "by_rate": one.active["by_rate"]}) for one in found]
    assert code.explained(other, code.AWAY).code_adds == pytest.approx(0, abs=1e-9)
    assert code.explained(other, code.AWAY, by="by_rate") == code.explained(found, code.AWAY)
    assert tables.explained_table(other, by="by_rate") == tables.explained_table(found)
    drawn = [[sorted(line.get_xdata()) for line in figures.by_code(*of).axes[0].lines] for of in (
        (found,), (other, "by_rate"), (other,)
    )]  # fmt: skip
    assert drawn[0] == drawn[1] != drawn[2]


def test_both_are_told_apart_where_both_matter():
    found = code.explained(models(lambda depth, active: 50 + 5 * depth - active), code.AWAY)
    assert found.code_adds > 0.3 and found.depth_adds > 0.3
    assert found.code_interval[0] < found.code_adds < found.code_interval[1]


def test_a_digit_that_is_harder_for_all_is_no_matter_of_depth_or_code():
    alike = models(lambda depth, active: active) + models(lambda depth, active: active + 40, digit=2)
    assert code.explained(alike, code.AWAY).together > 0.95


def test_pairs_of_equal_codes_differ_by_what_depth_does():
    found = models(lambda depth, active: depth - active)
    assert code.matched_difference(found, code.AWAY) == pytest.approx(2)
    harder = [one for one in models(lambda depth, active: 100, digit=2) if one.experiment.depth == 3]
    assert code.matched_difference(found + harder, code.AWAY) == pytest.approx(2)  # no pair is of two digits


def test_where_nothing_differs_or_no_codes_are_equal_there_is_no_number():
    alike = models(lambda depth, active: 1)
    assert np.isnan(code.explained(alike, code.AWAY).code_adds)
    apart = [one for one in alike if (one.experiment.depth == 1) == (one.active["by_variance"] > 4)]
    assert np.isnan(code.matched_difference(apart, code.AWAY))
    assert verdicts(code.findings(alike)) != {"depth-is-a-proxy": "reproduced"}


def test_models_of_one_depth_tell_nothing_of_depth():
    with pytest.raises(ValueError, match="models of several depths"):
        code.explained(models(lambda depth, active: active)[:8], code.AWAY)


def test_depth_is_a_proxy_where_the_code_alone_matters_and_not_where_depth_does():
    assert verdicts(code.findings(models(lambda depth, active: active / 16))) == {"depth-is-a-proxy": "reproduced"}
    assert verdicts(code.findings(models(lambda depth, active: depth / 3))) == {"depth-is-a-proxy": "not reproduced"}


def test_the_figure_marks_every_model_by_depth_and_by_what_was_changed():
    figure = figures.by_code(models(lambda depth, active: 100 - active))
    for axis in figure.axes:
        squares = [line for line in axis.lines if line.get_marker() == "s"]
        assert sorted(x for line in squares for x in line.get_xdata()) == sorted(4 * [2, 4, 8, 16])
        assert {line.get_color() for line in squares} == {style.of_depth(1), style.of_depth(3)}


def test_what_keeps_a_code_alive_is_told_apart_by_its_mark():
    kept = [measures(one.experiment, active=5 + k) for k, one in enumerate(code.kept_alive(seeds=(0,)))]
    lines = figures.by_code(kept).axes[0].lines
    marked = {line.get_marker(): sorted(line.get_xdata()) for line in lines if line.get_marker() in ("v", "D")}
    assert marked == {"v": [5, 6], "D": [7, 8, 9]}


def test_each_digit_has_a_panel_of_its_own_models():
    found = models(lambda depth, active: active / 16, digit=2) + models(lambda depth, active: 0, digit=7)
    panels = figures.by_code_and_digit(found).axes
    assert [axis.get_title(loc="left") for axis in panels] == [f"{d} withheld, and shown" for d in (2, 7)]
    highest = [max(max(line.get_ydata(), default=0) for line in axis.lines) for axis in panels]
    assert highest == [1, 0]


def test_an_arrow_leads_from_each_model_to_the_same_one_trained_longer():
    answers = lambda one: {code.RECOGNISED: one.experiment.epochs / 100}  # noqa: E731
    asked = code.of_digits((2, 7), (0,)), code.wide_codes((7,), (0,))
    found, longer = ([measures(m.experiment, m.digit, active=m.experiment.depth + m.digit, **answers(m)) for m in of]
                     for of in asked)  # fmt: skip
    panels = figures.by_code_and_digit(found, longer).axes
    arrows = [[(drawn.xyann, drawn.xy) for drawn in axis.texts] for axis in panels]
    assert arrows == [[], [((7 + depth, 0.1), (7 + depth, 0.5)) for depth in (1, 3)]]


def test_the_spectrum_counts_directions_above_the_pixels_own_noise():
    """Two independent groups of pixels that are all alike within, and one pixel alone: two eigenvalues above 1."""
    random = torch.Generator().manual_seed(0)
    groups = (torch.rand(4000, 2, generator=random) < 0.5).double()
    x = torch.cat([groups[:, :1].expand(-1, 5), groups[:, 1:].expand(-1, 3), torch.full((4000, 1), 0.5)], 1)
    found = spectrum.spectrum(x)
    torch.testing.assert_close(found[:3], torch.tensor([5.0, 3.0, 0.0]).double(), rtol=0.05, atol=0.05)
    assert spectrum.predicted(x) == 2
    assert spectrum.predicted(x, beta=4.0) == 1


def test_the_measures_of_a_run_are_those_of_its_evaluation(store, smoke):
    experiment = smoke.model_copy(update={"data": "mnist/train-without-9"})
    found = store.get(Measured(experiment))
    assert store.get(Measured(experiment)) == found
    assert found.values.keys() == {*MEASURES, ON_TOP}
    assert found[ON_TOP] == 0
    assert store.get(Measured(smoke.model_copy(update={"data": "mnist/train"}), 1)).active.keys() == found.active.keys()


def test_a_search_ends_where_the_penalised_loss_is_least():
    """A decoder of one pixel a dimension: its slope at the end is 0, and a penalty keeps codes near."""
    torch.manual_seed(0)
    vae, x = VAE((8,), 3), data.partition("mnist/test-9").images[:5]
    for strength in (0.1, 1.0):
        z = search.searched(vae, x, strength).requires_grad_()
        loss = search.bernoulli_distortion(vae.decoder(z), x).sum() + 0.5 * strength * z.square().sum()
        (slope,) = torch.autograd.grad(loss, z)
        assert slope.abs().max() < 0.5
    near, far = (search.searched(vae, x, strength).norm() for strength in (1.0, 0.1))
    assert near < far


def test_the_excess_is_the_encoders_and_the_decoders_part():
    experiment = Experiment(data="mnist/train", hidden=SHALLOW)

    def found(encoder, searched):
        rows = {search.ENCODER: {"kl": encoder}, "1": {"kl": searched}}
        return search.Found(experiment, 9, rows)

    parts = search.taken_apart(found(30.0, 25.0), found(80.0, 60.0), "1")
    assert parts == {"excess": 50.0, "encoder": 15.0, "decoder": 35.0}


@pytest.fixture
def found_codes():
    """Made-up searches: the models that saw the digit lose 20 nats at the encoder's code, the others 80, then 60."""
    found = []
    for one in search.results((0, 1)):
        far = 20.0 if one.experiment.held_out is None or one.digit != 9 else 80.0
        row = {"recognised": 0.5, "norm": 1.0, "moved": 0.0}
        searched = {f"{strength:g}": row | {"kl": 0.75 * far} for strength in search.STRENGTHS}
        rows = searched | {search.ENCODER: row | {"kl": far}}
        found.append(search.Found(one.experiment, one.digit, rows))
    return found


def test_a_loss_that_stays_after_the_search_is_the_decoders(found_codes):
    nines = [one for one in found_codes if one.digit == 9]
    found = verdicts(search.findings(nines))
    assert found == {"mostly-the-encoders": "not reproduced", "mostly-the-decoders": "reproduced"}
    rows = [line.split(" | ") for line in tables.parts_table(nines).splitlines()[2:]]
    assert {tuple(row[3:]) for row in rows} == {("+60.0", "+15.0", "+45.0 |")}


def test_the_figure_of_the_search_has_withheld_digits_on_the_left(found_codes):
    left, right = figures.by_search(found_codes, 9).axes
    assert max(line.get_ydata().max() for line in left.lines) == 80
    assert max(line.get_ydata().max() for line in right.lines) == 20
    assert left.lines[0].get_ydata()[0] == 20  # the encoder's code first
    assert [label.get_text() for label in left.get_xticklabels()][:2] == ["encoder's", "λ = 1"]


def test_tables_name_every_model_of_the_study_apart():
    found = [measures(one.experiment, one.digit) for one in (*code.models(), *code.kept_alive())]
    groups = by_model(found)
    assert len(groups) == 17 + 5 and {len(seeds) for seeds in groups} == {3}
    names = [(seeds[0].experiment.depth, tables.changed(seeds[0])) for seeds in groups]
    assert len(set(names)) == len(names)
    assert len(tables.code_table(found).splitlines()) == 2 + len(groups)


def test_a_claim_of_ours_holds_and_is_not_reproduced():
    lines = code.findings(models(lambda depth, active: active / 16))
    assert "**✓ holds** | **the number of code dimensions decides" in findings_table(lines, SAYS, ours=True)
    assert "**✓ reproduced** | **depth-is-a-proxy**" in findings_table(lines)
