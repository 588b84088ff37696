"""The results of this paper: what is measured of its trainings, page by page."""

from collections.abc import Mapping, Sequence

from vaelib.criteria import protocol
from vaelib.criteria.measured import Measured, Measures
from vaelib.criteria.protocol import HELD_OUT, SEEDS
from vaelib.kinds import Experiment
from vaelib.store import Store

DATASETS = ("mnist", "fashion-mnist")
MAIN_BOOK = {"shallow VAE": (400,), "deep VAE": (400, 200, 100)}  # the architectures of its Figure 1


def got(store: Store, asked: Mapping[str, Measured]) -> dict[str, Measures]:
    """Results by name, found or made."""
    return {name: store.get(one) for name, one in asked.items()}


def members(seed: int, **changes) -> dict[str, Measured]:
    """Every named member, held against its own weighted average."""
    return {name: Measured(e) for name, e in protocol.members(seed, **changes).items()}


def sweep(seed: int, noises: Sequence[float] = protocol.NOISES, **changes) -> list[Measured]:
    """The encoder's noise, from the least to the most."""
    return [Measured(e) for e in protocol.noisy_codes(seed, noises, **changes)]


def information(seed: int, **changes) -> dict[str, Measured]:
    """The members with a strong decoder."""
    return {name: Measured(e) for name, e in protocol.with_made(seed, **changes).items()}


def coarser(seed: int, sides: Sequence[int] = protocol.SIDES, **changes) -> dict[int, tuple[Measured, Measured]]:
    """By the images' side: the ELBO with a strong decoder, and that decoder without a code."""
    return {side: tuple(map(Measured, pair)) for side, pair in protocol.coarser(seed, sides, **changes).items()}


def steps(dataset: str, seed: int, **changes) -> dict[str, Measured]:
    """The sequential VAE and its two controls."""
    return {name: Measured(e) for name, e in protocol.sequential(dataset, seed, **changes).items()}


def withheld(seed: int, digit: int = HELD_OUT, **changes) -> dict[str, Measured]:
    """The same without a digit, on its test images."""
    of = protocol.sequential("mnist", seed, digit, **changes)
    return {name: Measured(e, f"test-{digit}") for name, e in of.items()}


def main_book(seed: int, digit: int = HELD_OUT, **changes) -> dict[str, Measured]:
    """The main book's shallow and deep VAE without a digit, on its test images."""
    fields = {"data": f"mnist/train-without-{digit}", "seed": seed} | changes
    return {name: Measured(Experiment(**fields, hidden=h), f"test-{digit}") for name, h in MAIN_BOOK.items()}


def of_family(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """All of the page on the family."""
    return [one for seed in seeds for one in members(seed).values()]


def of_blur(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """All of the page on blur."""
    return [one for seed in seeds for one in sweep(seed)]


def of_information(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """All of the page on information."""
    pairs = [one for seed in seeds for pair in coarser(seed).values() for one in pair]
    return list(dict.fromkeys([*(one for seed in seeds for one in information(seed).values()), *pairs]))


def of_steps(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """All of the page on the sequential VAE."""
    return [one for dataset in DATASETS for seed in seeds for one in steps(dataset, seed).values()]


def of_withheld(seeds: Sequence[int] = SEEDS) -> list[Measured]:
    """All of the page on the withheld digit; of the main book's VAEs those whose weights it publishes."""
    return [one for seed in seeds for one in withheld(seed).values()] + list(main_book(0).values())


def results() -> list[Measured]:
    """All that is published."""
    return [*of_family(), *of_blur(), *of_information(), *of_steps(), *of_withheld()]
