"""Which half decides, encoder or decoder? Both are crossed, by depth and by whether they saw nines.

Together: encoder and decoder of every pair of depths, trained as one. Apart: a decoder trained anew on the frozen
encoder of a VAE of one depth, for every pair of depths and every pair of training sets, so that a half that knows nines
meets one that does not. The shares of variance are of a balanced design: the mean squares between the levels of one
factor, of all.

All train for 10 epochs, not for the protocol's 50, since there are 72 of them; by then the two depths of Figure 1 are
apart (page Length).

The thresholds were committed before the runs of this module were begun.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from vaelib.kinds import Experiment, VariedExperiment
from vaelib.novelty.experiments import DEEP, HELD_OUT, SEEDS, SHALLOW, SHORTER, training_partition
from vaelib.novelty.study.code import AWAY, RECOGNISED
from vaelib.novelty.study.measured import Measured, Measures, each
from vaelib.pages.findings import Finding, above

DECIDES = 0.5  # share of a measure's variance that a half has to explain to be the one that decides
DEPTHS = (SHALLOW, DEEP)


def together(seeds: Sequence[int] = SEEDS, held_out: int = HELD_OUT, **changes) -> list[Measured]:
    """Both halves trained as one, of every pair of depths, with and without the digit; seed after seed.

    ``changes`` are fields of ``Experiment`` that differ from the protocol of this page.
    """
    found: list[Experiment] = []
    for seed, without, encoder, decoder in product(seeds, (None, held_out), DEPTHS, DEPTHS):
        fields = {"data": training_partition(without), "hidden": encoder, "seed": seed} | SHORTER | changes
        unlike = encoder != decoder
        found.append(VariedExperiment(**fields, decoder_hidden=decoder) if unlike else Experiment(**fields))
    return each(found, held_out)


def apart(seeds: Sequence[int] = SEEDS, held_out: int = HELD_OUT, **changes) -> list[Measured]:
    """A decoder of each depth trained anew, with and without the digit, on each frozen encoder, with and without it."""
    found, sets, protocol = [], (None, held_out), SHORTER | changes
    for seed, known, without, encoder, decoder in product(seeds, sets, sets, DEPTHS, DEPTHS):
        of = Experiment(data=training_partition(known), hidden=encoder, seed=seed, **protocol)
        fields = {"hidden": encoder, "decoder_hidden": decoder, "encoder_of": of} | protocol
        found.append(VariedExperiment(data=training_partition(without), seed=seed, **fields))
    return each(found, held_out)


def results() -> list[Measured]:
    """All that the page shows."""
    return [*together(), *apart()]


def depths(one: Measures) -> tuple[int, int]:
    """Hidden layers of encoder and decoder."""
    decoder = getattr(one.experiment, "decoder_hidden", None)
    return len(one.experiment.hidden), len(one.experiment.hidden if decoder is None else decoder)


def knows(one: Measures) -> tuple[bool, bool]:
    """Whether the encoder saw the digit, and whether the decoder did."""
    encoder = getattr(one.experiment, "encoder_of", None) or one.experiment
    return encoder.held_out is None, one.experiment.held_out is None


FACTORS: dict[str, Callable[[Measures], object]] = {
    "the encoder's depth": lambda one: depths(one)[0],
    "the decoder's depth": lambda one: depths(one)[1],
    "the encoder's training set": lambda one: knows(one)[0],
    "the decoder's training set": lambda one: knows(one)[1],
}


def shares(found: Sequence[Measures], measure: str) -> dict[str, float]:
    """Share of a measure's variance between the levels of each factor that varies, over a balanced design.

    Where all answer alike, there is nothing to explain: all NaN.

    Raises
    ------
    ValueError
        When the models are not balanced: every combination of levels as often as every other.
    """
    levels = {name: [factor(one) for one in found] for name, factor in FACTORS.items()}
    varied = {name: values for name, values in levels.items() if len(set(values)) > 1}
    counts = dict.fromkeys(product(*(sorted(set(values)) for values in varied.values())), 0)
    for cell in zip(*varied.values(), strict=True):
        counts[cell] += 1
    if len(set(counts.values())) != 1:
        raise ValueError(f"Expected every combination of {', '.join(varied)} as often as every other, found {counts}.")
    y = np.array([one[measure] for one in found])
    total = np.square(y - y.mean()).mean()
    explained = {}
    for name, values in varied.items():
        means = [y[[value == level for value in values]].mean() for level in set(values)]
        explained[name] = float(np.var(means) / total) if total else np.nan
    return explained


def unseen(found: Sequence[Measures]) -> list[Measures]:
    """Those of which neither half saw the digit."""
    return [one for one in found if knows(one) == (False, False)]


def findings(found: Sequence[Measures]) -> list[Finding]:
    """Whether the decoder decides: by its depth, of halves that never saw the digit; by its training set, of all."""
    lines = []
    for measure in (RECOGNISED, AWAY):
        by_depth, by_all = shares(unseen(found), measure), shares(found, measure)
        for claim, half in (("the-encoder-decides", "encoder"), ("the-decoder-decides", "decoder")):
            depth, training = f"the {half}'s depth", f"the {half}'s training set"
            what = f"{measure}: variance by {depth}, neither half saw the digit"
            lines.append(above(claim, what, by_depth[depth], DECIDES))
            lines.append(above(claim, f"{measure}: variance by {training}, all pairs", by_all[training], DECIDES))
    return lines
