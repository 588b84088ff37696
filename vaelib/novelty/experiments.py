"""Which experiments the paper's figures are about."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from vaelib.errors import UnknownName
from vaelib.kinds import Experiment
from vaelib.models import decoder_parameters

SHALLOW = (400,)
DEEP = (400, 200, 100)
HELD_OUT = 9
One = TypeVar("One")


class Pair(NamedTuple, Generic[One]):
    """What there is once of a model that saw the digit, and once of one that did not."""

    seen: One
    unseen: One


class Four(NamedTuple, Generic[One]):
    """What there is of each of Figure 1's models."""

    shallow_seen: One
    shallow_unseen: One
    deep_seen: One
    deep_unseen: One

    @property
    def shallow(self) -> Pair[One]:
        """Both shallow ones."""
        return Pair(*self[:2])

    @property
    def deep(self) -> Pair[One]:
        """Both deep ones."""
        return Pair(*self[2:])

    @property
    def seen(self) -> tuple[One, One]:
        """Those that saw the digit, the shallow one first."""
        return self.shallow_seen, self.deep_seen

    @property
    def unseen(self) -> tuple[One, One]:
        """Those that did not, the shallow one first."""
        return self.shallow_unseen, self.deep_unseen


def _architectures() -> tuple[tuple[int, ...], ...]:
    found: list[tuple[int, ...]] = [()]
    for hidden in found:
        if len(hidden) < 3:
            found += [(*hidden, size) for size in (100, 200, 400) if not hidden or size <= hidden[-1]]
    return tuple(sorted(found, key=lambda hidden: decoder_parameters(hidden, 50)))


# Figure 4's: non-increasing sizes from {100, 200, 400}, none to three hidden layers (1 + 3 + 6 + 10 = 20), in order of
# decoder parameters
ARCHITECTURES = _architectures()


def training_partition(held_out: int | None, dataset: str = "mnist") -> str:
    """Name of the training set without one class, or of all of it for None."""
    return f"{dataset}/train" if held_out is None else f"{dataset}/train-without-{held_out}"


def mini(seed: int = 0, **changes) -> Experiment:
    """mini-MNIST of Figure 3: 100 images, full batch, two latent dimensions, 1,000 steps (one an epoch)."""
    fields = {"epochs": 1000, "snapshots": (10, 30, 100, 300, 1000), "test_every": 1000} | changes
    return Experiment(data=f"mnist/mini-seed-{seed}", hidden=DEEP, latent_dim=2, batch_size=100, seed=seed, **fields)


def pair(
    hidden: Sequence[int], *, held_out: int = HELD_OUT, seed: int = 0, dataset: str = "mnist", **changes
) -> Pair[Experiment]:
    """One architecture, trained on all classes and without one, with the protocol but for these changes."""
    found = (
        Experiment(data=training_partition(without, dataset), hidden=tuple(hidden), seed=seed, **changes)
        for without in (None, held_out)
    )
    return Pair(*found)


def figure(
    number: int,
    *,
    held_out: int = HELD_OUT,
    seed: int = 0,
    dataset: str = "mnist",
    architectures: Sequence[Sequence[int]] | None = None,
    **changes,
) -> "Four[Experiment] | list[Experiment]":
    """The experiments behind one figure of the paper, in the order in which the figure shows them.

    Parameters
    ----------
    number
        1 to 13. Figures 1 and 2 need the same four: shallow and deep, each on all digits and without the held-out one.
        Figures 5 to 13 are Figure 4 with another digit.
    held_out
        The digit d that the training set lacks; for Figures 5 to 13 it is 0 … 8.
    architectures
        In the place of the paper's: (shallow, deep) for Figures 1 and 2, the twenty for Figure 4.
    changes
        Fields of ``Experiment`` that differ from the protocol, for example a smoke size.

    Raises
    ------
    UnknownName
        When the paper has no such figure, or it is not about what is asked for.
    """
    protocol = {"held_out": held_out, "seed": seed, "dataset": dataset} | changes
    if number in (1, 2):
        shallow, deep = (pair(hidden, **protocol) for hidden in architectures or (SHALLOW, DEEP))
        return Four(*shallow, *deep)
    if number == 3:
        fixed = {"data", "hidden", "latent_dim", "batch_size"} & set(changes)
        if architectures or (held_out, dataset) != (HELD_OUT, "mnist") or fixed:
            raise UnknownName(
                "Figure 3 is of mini-MNIST, full batch, with two latent dimensions: it has no architectures, dataset, "
                f"held_out{''.join(f', {name}' for name in sorted(fixed))} to choose."
            )
        return [mini(seed, **changes)]
    if number in APPENDIX:
        if held_out not in (HELD_OUT, digit(number)):
            raise UnknownName(
                f"Figure {number} holds out {digit(number)}, not {held_out}; Figure 4 holds out any digit."
            )
        held_out = digit(number)
    elif number != 4:
        raise UnknownName(f"The paper has no Figure {number}: expected 1 to {APPENDIX[-1]}.")
    found = [pair(hidden, **protocol | {"held_out": held_out}).unseen for hidden in architectures or ARCHITECTURES]
    return sorted(found, key=lambda experiment: experiment.decoder_parameters)


SEEDS = (0, 1, 2)  # of the experiments behind Figures 1 to 4; those behind 5 to 13 have the first alone
APPENDIX = range(5, 14)  # Figure 4 again, with 0 … 8 held out
FIGURES = range(1, APPENDIX[-1] + 1)  # of the paper
SMOKE = {"epochs": 1, "snapshots": (1,), "first": 256}  # a training of seconds, to try the machinery
SHORTER = {"epochs": 10, "snapshots": (10,), "test_every": 10}  # of the study's models, where there are many of them
LONGER = {"epochs": 200, "snapshots": (1, 2, 5, 10, 20, 50, 100, 200)}


def digit(number: int) -> int:
    """The digit that a figure of the paper is about: held out, and looked at in the test set."""
    return number - APPENDIX[0] if number in APPENDIX else HELD_OUT
