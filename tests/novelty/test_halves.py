"""Which half decides: how the variance is split, and what the page shows of it."""

import itertools

import numpy as np
import pytest
from made_up import measures

from vaelib.novelty.evaluation import MEASURES
from vaelib.novelty.study import code, figures, halves, tables
from vaelib.novelty.study.measured import by_model
from vaelib.pages import style


def design(far):
    """Made-up measures of every pair of halves, one seed; ``far`` of the depths and of what the halves know."""
    return [
        measures(one.experiment, **{name: float(far(*halves.depths(of), *halves.knows(of))) for name in MEASURES})
        for one in halves.apart((0,))
        for of in [measures(one.experiment)]
    ]


def test_a_half_that_alone_matters_explains_all():
    found = halves.shares(design(lambda encoder, decoder, *knows: decoder), code.AWAY)
    assert found["the decoder's depth"] == pytest.approx(1)
    assert sum(found.values()) == pytest.approx(1)
    found = halves.shares(design(lambda e, d, encoder_knows, decoder_knows: encoder_knows), code.AWAY)
    assert found["the encoder's training set"] == pytest.approx(1)


def test_what_two_halves_do_only_together_is_neithers():
    found = halves.shares(design(lambda encoder, decoder, *knows: encoder == decoder), code.AWAY)
    assert max(found.values()) == pytest.approx(0, abs=1e-12)


def test_where_all_pairs_answer_alike_nothing_is_explained():
    assert all(np.isnan(share) for share in halves.shares(design(lambda *levels: 1), code.AWAY).values())


def test_a_design_with_a_hole_is_refused():
    with pytest.raises(ValueError, match="as often as every other"):
        halves.shares(design(lambda *levels: 0)[1:], code.AWAY)


def test_the_figure_of_halves_has_a_line_an_encoder_over_the_decoders():
    found = design(
        lambda encoder, decoder, encoder_knows, decoder_knows: encoder / 8 + decoder / 4 + decoder_knows / 99
    )
    for axis in figures.by_half(found).axes:
        means = [line for line in axis.lines if line.get_marker() == "o"]
        lines = {(line.get_color(), line.get_linestyle()): line.get_ydata() for line in means}
        assert lines.keys() == set(itertools.product((style.SEEN, style.UNSEEN), ("--", "-")))
        for (_, dash), values in lines.items():
            encoder = 1 if dash == "--" else 3
            expected = [encoder / 8 + decoder / 4 + knows / 99 for knows in (1, 0) for decoder in (1, 3)]
            assert values == pytest.approx(expected)
        names = [label.get_text() for label in axis.get_xticklabels()]
        assert names == ["1 layer,\nsaw it", "3 layers,\nsaw it", "1 layer,\nnever saw it", "3 layers,\nnever saw it"]


def test_the_tables_of_halves_say_whose_levels_and_whose_answers():
    of_decoder = design(lambda encoder, decoder, *knows: decoder)
    cells = [line.split("|")[1:-1] for line in tables.shares_table(of_decoder).splitlines()[2:]]
    shares = {name.strip(): [cell.strip() for cell in row] for name, *row in cells}
    assert shares["the decoder's depth"] == 4 * ["1.00"]
    assert shares["the decoder's training set"] == ["", "", "0.00", "0.00"]
    asked = halves.together((0,))
    made = [measures(one.experiment, **{code.RECOGNISED: len(one.experiment.hidden) / 4}) for one in asked]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.together_table(made).splitlines()[2:]]
    assert [(row[1], *row[2:5]) for row in rows] == [
        (decoder, "10 to 10", share, share) for share in ("0.25", "0.75") for decoder in ("1", "3")
    ]


def test_the_seeds_of_a_frozen_encoder_are_one_model():
    made = [measures(one.experiment) for one in halves.apart((0, 1))]
    assert [len(seeds) for seeds in by_model(made)] == 16 * [2]
