"""What the claims are measured on: a figure's models with the protocol, and what is not a figure of the paper's.

``FIGURES`` has a subject for each figure; ``DIGITS``, ``TRAINING`` and ``CODES`` are the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from vaelib import data
from vaelib.determinism import deterministic
from vaelib.information import optimal_decoder
from vaelib.novelty import checks, experiments
from vaelib.novelty.checks import Fit, Matched, WithoutDigit
from vaelib.novelty.evaluation import Evaluation, evaluated
from vaelib.novelty.experiments import APPENDIX, SEEDS, Four
from vaelib.novelty.latent_plane import LatentPlane, latent_plane
from vaelib.pages.claims import Subject
from vaelib.pages.findings import Finding
from vaelib.runs import Trained
from vaelib.store import Store

ROWS = 256  # test images whose distances from all training images are held at once, 110 MB


def of_figure(number: int, store: Store, seed: int = 0) -> Four[Evaluation] | list[Evaluation]:
    """The evaluations behind a figure with the protocol, in its order; not of Figure 3."""
    wanted = experiments.figure(number, seed=seed)
    found = [store.get(evaluated(experiment, digit=experiments.digit(number))) for experiment in wanted]
    return Four(*found) if isinstance(wanted, Four) else found


def plane(store: Store, seed: int = 0) -> LatentPlane:
    """The latent plane of Figure 3."""
    (experiment,) = experiments.figure(3, seed=seed)
    run = store.get(Trained(experiment, (experiment.epochs,)))
    return latent_plane(optimal_decoder(run.model(), experiment.inputs()))


def without_each_digit(store: Store, seed: int = 0) -> list[WithoutDigit]:
    """Both architectures without each digit, on it."""
    pairs = [experiments.figure(1, held_out=digit, seed=seed).unseen for digit in range(data.CLASSES)]
    return [WithoutDigit(*(store.get(evaluated(one)) for one in pair)) for pair in pairs]


def trained(store: Store, seed: int = 0) -> list[Fit]:
    """Figure 4's models and their objectives at the end."""
    return [_fit(evaluation, store) for evaluation in of_figure(4, store, seed)]


def codes(store: Store, seed: int = 0) -> list[Matched]:
    """The posteriors of Figure 1's models."""
    return [_matched(evaluation, store) for evaluation in of_figure(1, store, seed)]


def _fit(evaluation: Evaluation, store: Store) -> Fit:
    last = store.get(Trained(evaluation.experiment, ())).history[-1]
    return Fit(evaluation, *(sum(last[where].values()) for where in ("train", "seen")))


def _matched(evaluation: Evaluation, store: Store) -> Matched:
    """The shares of the test images whose largest weight is on the training image that a plain search finds."""
    experiment = evaluation.experiment
    vae = store.get(Trained(experiment, (experiment.epochs,))).model()
    train = experiment.train()
    test = data.partition(f"{experiment.dataset}/test-{evaluation.request.digit}")
    with deterministic():
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


def _drawn(evaluation: Evaluation, rows: Tensor) -> Evaluation:
    by_image = {k: v[rows] for k, v in vars(evaluation).items() if isinstance(v, Tensor) and len(v) == len(evaluation)}
    return replace(evaluation, **by_image)


def _images_drawn(found: Sequence[Evaluation], random: torch.Generator) -> list[Evaluation]:
    """Test images drawn again, the same ones for all models that are evaluated on one digit."""
    images = {one.request.digit: len(one) for one in found}
    rows = {digit: torch.randint(n, (n,), generator=random) for digit, n in images.items()}
    return [_drawn(one, rows[one.request.digit]) for one in found]


def _of_four(findings: Callable, found: Four[Evaluation], random: torch.Generator) -> list[Finding]:
    return findings(Four(*_images_drawn(found, random)))


def _of_digits(found: Sequence[WithoutDigit], random: torch.Generator) -> list[Finding]:
    drawn = iter(_images_drawn([one for pair in found for one in pair], random))
    return checks.all_digits([WithoutDigit(*pair) for pair in zip(drawn, drawn, strict=True)])


def _of_architectures(found: Sequence[Evaluation], random: torch.Generator) -> list[Finding]:
    """Test images drawn again for a measure of one model; architectures for one that compares them."""
    lines = checks.figure_4(_images_drawn(found, random))
    models = torch.randint(len(found), (len(found),), generator=random)
    across = checks.across_architectures([found[model] for model in models])
    compared = {line.claim for line in across}
    return [line for line in lines if line.claim not in compared] + across


def _figure(number: int, findings: Callable, redraw: Callable) -> Subject:
    seeds = SEEDS[:1] if number in APPENDIX else SEEDS
    return Subject(partial(of_figure, number), findings, seeds, (number,), redraw)


FIGURES = {
    1: _figure(1, checks.figure_1, partial(_of_four, checks.figure_1)),
    2: _figure(2, checks.figure_2, partial(_of_four, checks.figure_2)),
    3: Subject(plane, checks.figure_3, SEEDS, (3,)),
    4: _figure(4, checks.figure_4, _of_architectures),
} | {number: _figure(number, checks.figure_4, _of_architectures) for number in APPENDIX}
DIGITS = Subject(without_each_digit, checks.all_digits, SEEDS[:1], (4, *APPENDIX), _of_digits)
TRAINING = Subject(trained, checks.overfitting, SEEDS, (4,))
CODES = Subject(codes, checks.matching, SEEDS[:1], (1,))
