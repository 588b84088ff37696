"""The plan: which trainings, of what size and with which seeds; two cores compute all of it within an hour.

What was changed after the first runs, and why, is told in ``checks``.
"""

from collections.abc import Sequence

from vaelib.criteria.experiments import Made, Member, NoisyCode, Sequential
from vaelib.criteria.family import MEMBERS, Weights

SEEDS = (0, 1, 2)
HELD_OUT = 9
NOISES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
SMALL_SET = {"data": "mnist/train", "first": 1000}
STEPS, CODE = 4, 8


def schedule(epochs: int) -> dict:
    """So many epochs, and the last one's weights alone."""
    return {"epochs": epochs, "snapshots": (epochs,)}


def members(seed: int, **changes) -> dict[str, Member]:
    """The named members on a thousand images."""
    fields = SMALL_SET | {"latent_dim": 8, "seed": seed} | schedule(1600) | changes
    return {name: Member(**fields, beta=w.beta, mmd=w.mmd) for name, w in MEMBERS.items()}


def noisy_codes(seed: int, noises: Sequence[float] = NOISES, **changes) -> list[NoisyCode]:
    """The sweep of the encoder's noise on a thousand images."""
    fields = SMALL_SET | {"hidden": (512, 512), "latent_dim": 8, "seed": seed} | schedule(600) | changes
    return [NoisyCode(**fields, noise=noise) for noise in noises]


ELBO, UNREGULARISED, INFO = "ELBO", "unregularised", "InfoVAE"
WITH_MADE = {ELBO: Weights(1.0), UNREGULARISED: Weights(0.0), INFO: Weights(0.0, 1_000.0)}
NO_CODE = Weights(100.0)  # a rate too dear to pay: what the decoder does without a code
SIDES = (28, 14, 7)  # pixels


def with_made(seed: int, **changes) -> dict[str, Made]:
    """The members that differ in what a code says, with a strong decoder."""
    return {name: _made(seed, w, **changes) for name, w in WITH_MADE.items()}


def coarser(seed: int, sides: Sequence[int] = SIDES, **changes) -> dict[int, tuple[Made, Made]]:
    """By the images' side: the ELBO, and the same decoder without a code."""
    asked = (WITH_MADE[ELBO], NO_CODE)
    return {side: tuple(_made(seed, w, **changes, side=side) for w in asked) for side in sides}


def _made(seed: int, weights: Weights, **changes) -> Made:
    fields = {"data": "mnist/train", "first": 20_000, "latent_dim": 16, "seed": seed} | schedule(15) | changes
    return Made(**fields, beta=weights.beta, mmd=weights.mmd)


SEQUENTIAL, EQUAL_CODE, EQUAL_TOTAL = "sequential", "one step, equal code", "one step, equal total code"


def sequential(dataset: str, seed: int, without: int | None = None, **changes) -> dict[str, Sequential]:
    """The sequential VAE beside one step with the code of one of its steps, and one with the code of all."""
    partition = f"{dataset}/train" if without is None else f"{dataset}/train-without-{without}"
    fields = {"data": partition, "first": 20_000, "seed": seed} | schedule(20) | changes
    sizes = {SEQUENTIAL: (STEPS, CODE), EQUAL_CODE: (1, CODE), EQUAL_TOTAL: (1, STEPS * CODE)}
    return {name: Sequential(**fields, steps=steps, latent_dim=code) for name, (steps, code) in sizes.items()}
