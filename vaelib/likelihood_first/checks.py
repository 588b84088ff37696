"""What decides each claim: measures with thresholds that were fixed before any run.

They were committed after log p of one seed on two families had been seen, while the length of trainings was tried, and
were not changed for it. A measure has to hold for every seed.

The first three claims and the fifth are the abstract's, in words of ours; the rest are this project's own.
"""

from collections.abc import Sequence
from typing import NamedTuple

from vaelib.likelihood_first import closed_forms
from vaelib.likelihood_first.digits import DigitsEnds
from vaelib.likelihood_first.drift import Drift, Twins
from vaelib.likelihood_first.measured import Ends
from vaelib.pages.findings import Finding, above, below

SAME = 1e-3  # nats: less is no difference of likelihoods
APART = 0.05  # nats: more is a difference of ELBOs, or of likelihoods
SAID = 1.0  # nats of information between the code that says nothing and the one that says most
ERRORS = 2.0  # standard errors of a paired difference
FITTED = 1e-4  # mean squared error of a curve that counts as the true one
GAIN = 0.05  # nats that likelihood first is ahead of the ELBO
SHORT_OF_TRUTH = 0.02  # nats that it may lie below the family's own likelihood
FROM_PRIOR = 0.05  # nats of KL(q(z) ‖ p(z)) of an aggregate posterior that matches the prior
BENIGN = 0.02  # nats that two methods may differ by where nothing is to be gained
NO_DIFFERENCE = 0.0


class OfFamily(NamedTuple):
    """One family and seed: where the ELBO ends, and likelihood first with each q."""

    elbo: Ends
    exact: Ends
    mean_field: Ends
    mixture: Ends


def closed() -> list[Finding]:
    """Both observations, where all is known: no training, no seed."""
    silent, telling = closed_forms.collapsing(0), closed_forms.collapsing(0.99)
    rotated = closed_forms.rotated(45)
    level = closed_forms.rotated(0)
    best = closed_forms.correlated(closed_forms.best_scale(0.8), 0.8)
    truth = closed_forms.correlated(1, 0.8)
    return [
        below("equal-optima", "(a) ELBOs of w = 0 and w = 0.99 differ by", abs(silent.elbo - telling.elbo), SAME),
        above("equal-optima", "(a) information, w = 0.99", telling.information - silent.information, SAID),
        below("equal-optima", "(b) likelihoods of two rotations differ by",
              abs(rotated.log_likelihood - level.log_likelihood), SAME),
        above("equal-optima", "(b) their ELBOs differ by", level.elbo - rotated.elbo, APART),
        above("biased-objective", "(c) likelihood lost at the ELBO's optimum, c = 0.8",
              truth.log_likelihood - best.log_likelihood, APART),
        above("biased-objective", "(c) ELBO gained there", best.elbo - truth.elbo, APART),
    ]  # fmt: skip


def twins(found: dict[str, Twins]) -> list[Finding]:
    """Curves of one p(x) that the ELBO tells apart, by family."""
    lines = []
    for name, both in found.items():
        likelihoods, elbos = (abs(one - other) for one, other in (both.log_likelihood, both.elbo))
        lines.append(below("unidentifiable", f"{name}: likelihoods of the twins differ by", likelihoods, SAME))
        lines.append(above("unidentifiable", f"{name}: their best ELBOs differ by", elbos, APART))
    return lines


def drift(found: dict[str, Drift]) -> list[Finding]:
    """Joint training from the truth on, by family: in standard errors of the paired differences."""
    lines = []
    for name, one in found.items():
        (likelihood, its_error), (elbo, error) = one.likelihood_change, one.elbo_change
        lines.append(below("leaves-the-truth", f"{name}: squared error of the start", one.fitted, FITTED))
        lines.append(above("leaves-the-truth", f"{name}: ELBO gained / s.e.", elbo / error, ERRORS))
        lines.append(above("leaves-the-truth", f"{name}: log-likelihood lost / s.e.", -likelihood / its_error, ERRORS))
    return lines


def ends(found: dict[str, OfFamily]) -> list[Finding]:
    """Where the ELBO and likelihood first end, by family; ``abs`` is the family where nothing is to be gained."""
    lines = []
    for name, one in found.items():
        ahead = one.exact.log_likelihood - one.elbo.log_likelihood
        if name == "abs":
            lines.append(below("benign-case", f"{name}: likelihoods of both methods differ by", abs(ahead), BENIGN))
            continue
        short = one.exact.truth - one.exact.log_likelihood
        lines.append(above("captures-the-data", f"{name}: likelihood first is ahead of the ELBO by", ahead, GAIN))
        lines.append(below("captures-the-data", f"{name}: it is short of the truth by", short, SHORT_OF_TRUTH))
    for name, one in found.items():
        if name == "abs":
            continue
        further = one.exact.squared_mmd - one.elbo.squared_mmd
        lines.append(below("samples-match", f"{name}: squared MMD of samples, likelihood first less ELBO", further,
                           NO_DIFFERENCE))  # fmt: skip
        lines.append(below("prior-matches", f"{name}: KL(q(z) ‖ p), exact q", one.exact.from_prior, FROM_PRIOR))
        for what, q in (("mixture q", one.mixture), ("mean-field q", one.mean_field), ("ELBO", one.elbo)):
            lines.append(below("prior-matches", f"{name}: KL(q(z) ‖ p), {what}", q.from_prior, FROM_PRIOR)
                         ._replace(role="shown"))  # fmt: skip
    return lines


def digits(elbo: DigitsEnds, first: DigitsEnds) -> list[Finding]:
    """Likelihood first on digits: whether test images are likelier, and the training set less apart from them."""
    return [
        above("digits-likelier", "test images: log p, likelihood first less ELBO", first.test - elbo.test,
              NO_DIFFERENCE),
        below("digits-memorised-less", "log p of training less test images, likelihood first less ELBO",
              first.memorised - elbo.memorised, NO_DIFFERENCE),
        below("digits-nearer-the-theorem", "distance from Theorem 1's decoder, likelihood first less ELBO",
              first.from_best - elbo.from_best, NO_DIFFERENCE),
    ]  # fmt: skip


def over_seeds(lines: Sequence[Sequence[Finding]]) -> list[Finding]:
    """Findings of several seeds as one list: a measure holds where it holds for every seed; its number is the mean."""
    return [
        same[0]._replace(ours=sum(line.ours for line in same) / len(same), holds=all(line.holds for line in same))
        for same in zip(*lines, strict=True)
    ]
