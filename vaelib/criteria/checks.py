"""The measures that decide this paper's claims, and their thresholds.

The thresholds were fixed before any run of this paper was begun. The claims are the abstract's, as far as we re-
derived them; the authors' own measures were not at hand, so these are ours. The distance of pictures from real ones
is the MMD² of their pixels, which asks for no classifier's features. The decoder is held to within a quarter of the
floor only where the floor is at least a tenth of the images' variance: where posteriors do not overlap it is next to
nothing, and no ratio to it says anything.

After seed 0 was seen three things of the trainings were changed and none of the thresholds, on the grounds of a seed
that is not judged (7). Members are trained four times as long: at 400 epochs their decoders were still learning. With
the MADE, InfoVAE's λ is 1,000 in the place of 10,000, which drove the code out in the first epoch, and 15 epochs took
the place of 30, to make room for coarser images within the hour. ``worth`` was added then, with its thresholds
fixed after the other seed alone: on 28 × 28 pixels the MADE still does better with a code than without one.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import scipy

from vaelib.criteria.measured import Measures
from vaelib.criteria.protocol import EQUAL_CODE, EQUAL_TOTAL, SEQUENTIAL
from vaelib.pages.findings import Finding, above, below

EXACT = 1e-6  # tables: nats that an identity on tables may be off
ABOVE_FLOOR = 1.25  # blur: the trained decoder's error, in floors, at most
OVERLAPPING = 0.1  # blur: share of the images' variance from which on a floor counts
ORDERED = 0.9  # blur: Spearman correlation of overlap and lost sharpness, at least
NEAR_AVERAGE = 0.1  # any member: distance of x̂ from its own μ(z), as a share of the images' variance, at most
SHARPER = 0.7  # steps: error after the last step, of that after the first, at most
IGNORED, IGNORED_PROBE = 0.5, 0.25  # information, ELBO: nats of I_q and share of the linear probe, at most
TOLD, TOLD_PROBE = 3.0, 0.7  # information, InfoVAE: nats of I_q and share of the linear probe, at least
AS_LIKELY = 1.05  # information: InfoVAE's −log p(x), of ELBO's, at most
AS_NEAR = 2.0  # information: InfoVAE's MMD² of codes from the prior, of ELBO's, at most
FAR = 10.0  # information, unregularised: nats of KL(q(z) ‖ p(z)), at least
WORTHLESS = 2.0  # worth: nats of I_q at the coarsest images, at most
DRAWN = 0.5  # share recognised from which on a withheld digit counts as drawn


def indifference(errors: Mapping[str, float]) -> list[Finding]:
    """The identities on tables (``tabular.identity_errors``)."""
    claim = "elbo-is-indifferent"
    return [
        below(claim, "ELBO: largest distance from −H(data) − KL(q(z) ‖ p), nats", errors["ELBO"], EXACT),
        below(claim, "unregularised: largest distance from I_q − H(data), nats", errors["unregularised"], EXACT),
        below(claim, "largest distance of what is generated from the data", errors["data"], EXACT),
    ]


def any_regulariser(found: Mapping[str, Measures]) -> list[Finding]:
    """Theorem 1 for every member: its trained decoder is near the weighted average of its own encoder."""
    return [
        below("any-regulariser", f"{name}: ‖x̂ − μ(z)‖², of the images' variance", share_from_average(one), NEAR_AVERAGE)
        for name, one in found.items()
    ]


def share_from_average(one: Measures) -> float:
    """‖x̂ − μ(z)‖² as a share of the images' variance."""
    return one["excess"] / one["variance"]


def blur(found: Sequence[Measures]) -> list[Finding]:
    """Blur is overlap of posteriors, over a sweep of the encoder's noise."""
    claim = "blur-is-overlap"
    counted = [one["error"] / one["floor"] for one in found if one["floor"] >= OVERLAPPING * one["variance"]]
    lost = [one["real_sharpness"] - one["sharpness"] for one in found]
    order = scipy.stats.spearmanr([one["floor"] for one in found], lost).statistic
    return [
        above(claim, "least error of the decoder less the floor B(q)", min(o["error"] - o["floor"] for o in found), 0),
        above(claim, "Spearman correlation of B(q) and the sharpness that is lost", order, ORDERED),
        below(claim, "greatest error in floors, where posteriors overlap", max(counted, default=1.0), ABOVE_FLOOR),
    ]


def information(found: Mapping[str, Measures]) -> list[Finding]:
    """A strong decoder ignores its code under the ELBO, and not under InfoVAE."""
    claim, elbo, info, none = "codes-are-ignored", *(found[name] for name in ("ELBO", "InfoVAE", "unregularised"))
    i_q, far = "mutual_information", none["marginal_kl"]
    return [
        below(claim, "ELBO: I_q, nats", elbo[i_q], IGNORED),
        below(claim, "ELBO: share that a linear probe names", elbo["probe"], IGNORED_PROBE),
        above(claim, "InfoVAE: I_q, nats", info[i_q], TOLD),
        above(claim, "InfoVAE: share that a linear probe names", info["probe"], TOLD_PROBE),
        below(claim, "InfoVAE: −log p(x), of the ELBO's", info["nll"] / elbo["nll"], AS_LIKELY),
        below(claim, "InfoVAE: MMD² of codes and prior, of the ELBO's", info["mmd"] / elbo["mmd"], AS_NEAR),
        above(claim, "unregularised: KL(q(z) ‖ p(z)), nats", far, FAR),
        above(claim, "unregularised: I_q less InfoVAE's, nats", none[i_q] - info[i_q], 0)._replace(role="shown"),
    ]


def worth(found: Mapping[int, tuple[Measures, Measures]]) -> list[Finding]:
    """Under the ELBO a code says the less, the better the decoder does without: by the images' side."""
    claim = "codes-say-what-they-are-worth"
    bought = {side: bought_by_code(*pair) for side, pair in found.items()}
    told = {side: elbo["mutual_information"] for side, (elbo, _) in found.items()}
    fine, *_, coarse = sides = sorted(found, reverse=True)
    lines = [below(claim, f"I_q of images of {coarse} × {coarse} pixels, nats", told[coarse], WORTHLESS)]
    for more, less in pairwise(sides):
        between = f"{more} × {more} pixels less {less} × {less}"
        lines.append(above(claim, f"I_q, {between}, nats", told[more] - told[less], 0))
        lines.append(above(claim, f"−log p(x) that a code saves, {between}, nats", bought[more] - bought[less], 0))
    saved = f"−log p(x) that a code saves, {fine} × {fine} pixels, nats"
    return [*lines, above(claim, saved, bought[fine], 0)._replace(role="shown")]


def bought_by_code(elbo: Measures, without: Measures) -> float:
    """How many nats of −log p(x) a code saves the decoder that has one."""
    return without["nll"] - elbo["nll"]


def steps(found: Mapping[str, Measures], claim: str) -> list[Finding]:
    """Each step lowers the error, and what is drawn from the prior gets sharper and more like real images."""
    drawn, real = found[SEQUENTIAL].steps, found[SEQUENTIAL]["real_sharpness"]
    errors = [step["error"] for step in drawn]
    ratios = [after / before for before, after in zip(errors, errors[1:], strict=False)]
    first, last = (abs(drawn[k]["sample_sharpness"] - real) for k in (0, -1))
    lines = [
        below(claim, "greatest error of a step, of the step's before", max(ratios, default=1.0), 1),
        below(claim, "error after the last step, of that after the first", errors[-1] / errors[0], SHARPER),
        below(claim, "samples: distance from real sharpness, last step of first", last / first, 1),
    ]
    for name, role in ((EQUAL_CODE, "measure"), (EQUAL_TOTAL, "shown")):
        other = abs(found[name].steps[-1]["sample_sharpness"] - real)
        line = below(claim, f"samples: distance from real sharpness, of that of {name}", last / other, 1)
        lines.append(line._replace(role=role))
    mmds = [step["sample_mmd"] for step in drawn]
    return [*lines, below(claim, "samples: MMD² from real images, last step of first", mmds[-1] / mmds[0], 1)]


def withheld(found: Mapping[str, Measures]) -> list[Finding]:
    """Our question: does a model draw the digit that it never saw? The share recognised after its last step."""
    return [
        above("draws-the-withheld", f"{name}: share recognised", one.steps[-1]["recognised"], DRAWN)
        for name, one in found.items()
    ]
