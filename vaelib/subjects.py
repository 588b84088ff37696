"""What the claims are measured on: a figure's models with the protocol, and what is not a figure of the paper's.

A subject is a figure's number or one of the words below. ``measure`` takes it from the store, ``FINDINGS`` has the
function of ``vaelib.claims`` that it goes to.
"""

import torch

from vaelib import claims, data, experiments
from vaelib.arithmetic import repeatable_arithmetic
from vaelib.claims import Finding, Fit, Matched
from vaelib.evaluation import Evaluation, LatentPlane, latent_plane, optimal_decoder
from vaelib.experiments import APPENDIX
from vaelib.store import Store

DIGITS = "digits"  # shallow and deep without each digit
TRAINING = "training"  # Figure 4's models and their objectives at the end
CODES = "codes"  # the posteriors of Figure 1's models
FIGURES = {DIGITS: (4, *APPENDIX), TRAINING: (4,), CODES: (1,)}  # the figures that a word is about
SEEDS = {DIGITS: experiments.SEEDS[:1], CODES: experiments.SEEDS[:1]}  # of the others: the protocol's three
ROWS = 256  # test images whose distances from all training images are held at once, 110 MB


def measure(
    subject: int | str, store: Store, seed: int = 0
) -> list[Evaluation] | list[Fit] | list[Matched] | LatentPlane:
    """What a subject's function of ``vaelib.claims`` is given, with the protocol, from the store."""
    if subject == DIGITS:
        return [store.evaluation(*request) for request in experiments.all_digits(seed)]
    if subject == TRAINING:
        return [_fit(evaluation, store) for evaluation in measure(4, store, seed)]
    if subject == CODES:
        return [_matched(evaluation, store) for evaluation in measure(1, store, seed)]
    wanted = experiments.figure(subject, seed=seed)
    if subject == 3:
        run = store.run(wanted[0], (wanted[0].epochs,))
        return latent_plane(optimal_decoder(run.vae(), data.partition(wanted[0].data)))
    return [store.evaluation(experiment, digit=experiments.digit(subject)) for experiment in wanted]


FINDINGS = {
    1: claims.figure_1,
    2: claims.figure_2,
    3: claims.figure_3,
    4: claims.figure_4,
    DIGITS: claims.all_digits,
    TRAINING: claims.overfitting,
    CODES: claims.matching,
} | dict.fromkeys(APPENDIX, claims.figure_4)


def findings(subject: int | str, store: Store, seed: int = 0) -> list[Finding]:
    """The findings of a subject for one seed."""
    return FINDINGS[subject](measure(subject, store, seed))


def _fit(evaluation: Evaluation, store: Store) -> Fit:
    last = store.history(evaluation.experiment)[-1]
    return Fit(evaluation, *(sum(last[where].values()) for where in ("train", "seen")))


def _matched(evaluation: Evaluation, store: Store) -> Matched:
    """The shares of the test images whose largest weight is on the training image that a plain search finds."""
    experiment = evaluation.experiment
    vae = store.run(experiment, (experiment.epochs,)).vae()
    train = data.partition(experiment.data)
    test = data.partition(f"{experiment.dataset}/test-{evaluation.request.digit}")
    with repeatable_arithmetic():
        (means, log_stds), (z, _) = vae.encode(train.images), vae.encode(test.images)
        # Σ ((z − m) / s)² less Σ (z / s)², which is the same for all
        shares = []
        for precision in (torch.ones_like(means).double(), (-2 * log_stds.double()).exp()):
            weighted, constant = means * precision, (means.square() * precision).sum(1)
            found = [
                (rows.square() @ precision.T - 2 * rows @ weighted.T + constant).argmin(1)
                for rows in z.double().split(ROWS)
            ]
            same = train.indices[torch.cat(found)] == evaluation.top_indices[:, 0]
            shares.append(same.double().mean().item())
    return Matched(evaluation, *shares)
