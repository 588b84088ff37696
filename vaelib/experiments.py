"""Experiment: one training, fully described; and which experiments each figure of the paper needs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from vaelib.data import CLASSES, parse_name
from vaelib.errors import UnknownName
from vaelib.models import decoder_parameters

SHALLOW = (400,)
DEEP = (400, 200, 100)
HELD_OUT = 9
MOST_LAYERS, MOST_UNITS, MOST_DIMENSIONS, MOST_EPOCHS = 16, 10_000, 1_000, 100_000  # far beyond any use of them here
SEED_BELOW = 2**32


def canonical_json(content: object) -> str:
    """The one way in which vaelib writes a JSON text that is hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Experiment(BaseModel):
    """One training, fully described: all that changes its numbers, and nothing else.

    Same experiment, same machine, same library versions: same bits. The defaults are the project's protocol.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    data: str = Field(description="the partition trained on, a name of vaelib.data")
    first: int | None = Field(None, ge=1, description="train on the partition's first images alone (smoke size)")
    hidden: tuple[Annotated[int, Field(ge=1, le=MOST_UNITS)], ...] = Field(
        max_length=MOST_LAYERS, description="the architecture h: sizes of the encoder's hidden layers"
    )
    latent_dim: int = Field(50, ge=1, le=MOST_DIMENSIONS, description="dim z")
    likelihood: Literal["bernoulli"] = "bernoulli"
    beta: float = Field(1.0, ge=0, allow_inf_nan=False, description="weight β of the rate")
    optimizer: Literal["adam"] = "adam"
    learning_rate: float = Field(1e-3, gt=0, allow_inf_nan=False)
    batch_size: int = Field(128, ge=1)
    epochs: int = Field(50, ge=1, le=MOST_EPOCHS)
    snapshots: tuple[int, ...] = Field((10, 20, 50), description="epochs whose weights are kept; the last is the end")
    test_every: int = Field(1, ge=1, description="epochs between two measurements on the test set")
    precision: Literal["float32"] = "float32"
    seed: int = Field(0, ge=0, lt=SEED_BELOW, description="of the initial weights, the shuffling and the noise")

    @field_validator("data")
    @classmethod
    def _is_a_training_partition(cls, name: str) -> str:
        try:
            split = parse_name(name).split
        except UnknownName as error:
            raise ValueError(str(error)) from None
        if split != "train":
            raise ValueError(f"{name!r} is a part of the test set; an experiment trains on a part of the training set.")
        return name

    @model_validator(mode="after")
    def _ends_with_a_snapshot(self):
        if list(self.snapshots) != sorted(set(self.snapshots)) or not self.snapshots or self.snapshots[0] < 1:
            raise ValueError(f"snapshots must be increasing epochs from 1, found {self.snapshots}.")
        if self.snapshots[-1] != self.epochs:
            raise ValueError(f"the last snapshot must be the last epoch ({self.epochs}), found {self.snapshots}.")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Experiment":
        """A copy with other fields, validated, which has a key and a name of its own."""
        return type(self)(**(self.model_dump() | dict(update or {})))

    @cached_property
    def key(self) -> str:
        """Short SHA-256 of the canonical JSON."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json")).encode()).hexdigest()[:12]

    @cached_property
    def name(self) -> str:
        """What matters most, legibly, and the key."""
        layers = "-".join(map(str, self.hidden)) or "linear"
        return f"{self.data.replace('/', '.')}.h-{layers}.z-{self.latent_dim}.seed-{self.seed}.{self.key}"

    @property
    def dataset(self) -> str:
        """The data set that the partition is cut from."""
        return parse_name(self.data).dataset

    @property
    def held_out(self) -> int | None:
        """The held-out digit d, or None where every class was seen."""
        return parse_name(self.data).digit

    @property
    def is_mini(self) -> bool:
        """Whether it trains on mini-MNIST, a hundred images, in the place of a whole training set."""
        return parse_name(self.data).seed is not None

    @property
    def depth(self) -> int:
        """Number of the encoder's hidden layers, and of the decoder's."""
        return len(self.hidden)

    @property
    def decoder_parameters(self) -> int:
        """Number of weights and biases of the decoder."""
        return decoder_parameters(self.hidden, self.latent_dim)


Latent = Literal["mean", "sample"]  # z = m(x), or z ~ q(z|x)


class Request(NamedTuple):
    """An evaluation that is asked for: which run, after how many epochs, on which digit's test images, at which z."""

    experiment: Experiment
    epoch: int
    digit: int
    latent: Latent = "mean"


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


def figure(
    number: int,
    *,
    held_out: int = HELD_OUT,
    seed: int = 0,
    dataset: str = "mnist",
    architectures: Sequence[Sequence[int]] | None = None,
    **changes,
) -> list[Experiment]:
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

    def trained(without: int | None, hidden: Sequence[int]) -> Experiment:
        partition = training_partition(without, dataset)
        return Experiment(data=partition, hidden=tuple(hidden), seed=seed, **changes)

    if number in (1, 2):
        return [trained(without, h) for h in architectures or (SHALLOW, DEEP) for without in (None, held_out)]
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
    return sorted((trained(held_out, h) for h in architectures or ARCHITECTURES), key=lambda e: e.decoder_parameters)


SEEDS = (0, 1, 2)  # of the experiments behind Figures 1 to 4; those behind 5 to 13 have the first alone
APPENDIX = range(5, 14)  # Figure 4 again, with 0 … 8 held out
FIGURES = range(1, APPENDIX[-1] + 1)  # of the paper
SMOKE = {"epochs": 1, "snapshots": (1,), "first": 256}  # a training of seconds, to try the machinery
LONGER = {"epochs": 200, "snapshots": (1, 2, 5, 10, 20, 50, 100, 200)}


def digit(number: int) -> int:
    """The digit that a figure of the paper is about: held out, and looked at in the test set."""
    return number - APPENDIX[0] if number in APPENDIX else HELD_OUT


def requests(numbers: Sequence[int] = FIGURES, seeds: Sequence[int] | None = None, **changes) -> list[Request]:
    """Every evaluation behind these figures with the protocol, each once, on the held-out digit.

    With the protocol's seeds, three for Figures 1 to 4 and one for the others, or with these. At every snapshot for
    Figures 1 to 3 and for the first seed of Figure 4, else at the last one.
    """
    found = []
    for number in numbers:
        for seed in (SEEDS[:1] if number in APPENDIX else SEEDS) if seeds is None else seeds:
            for experiment in figure(number, seed=seed, **changes):
                last_only = number in APPENDIX or (number == 4 and seed != SEEDS[0])
                snapshots = experiment.snapshots[-1:] if last_only else experiment.snapshots
                found += [Request(experiment, epoch, digit(number)) for epoch in snapshots]
    return _each_once(found)


def all_digits(seed: int = SEEDS[0]) -> list[Request]:
    """Shallow and deep without each digit, at the end: what the claim about all digits rests on."""
    pairs = [figure(1, held_out=d, seed=seed)[1::2] for d in range(CLASSES)]
    return [Request(e, e.epochs, e.held_out) for pair in pairs for e in pair]


def longer() -> list[Request]:
    """Beyond the paper: Figure 1's models trained four times as long, at many snapshots."""
    return [Request(e, epoch, HELD_OUT) for e in figure(1, **LONGER) for epoch in e.snapshots]


def seen_digits() -> list[Request]:
    """Beyond the paper: the two models that saw every digit, on each of them."""
    return [Request(e, e.epochs, d) for e in figure(1) if e.held_out is None for d in range(CLASSES)]


def fashion() -> list[Request]:
    """Beyond the paper: Figures 1, 2 and 4 with clothes, at the end."""
    wanted = [e for number in (1, 4) for e in figure(number, dataset="fashion-mnist")]
    return _each_once([Request(e, e.epochs, HELD_OUT) for e in wanted])


def controls() -> list[Request]:
    """Beyond the paper: depth and code apart. Shallow with six dimensions, deep with more of its fifty in use."""
    partition = training_partition(HELD_OUT)
    changed = ({"hidden": SHALLOW, "latent_dim": 6}, {"hidden": DEEP, "beta": 0.2})
    found = [Experiment(data=partition, seed=seed, **fields) for fields in changed for seed in SEEDS]
    return [Request(e, e.epochs, HELD_OUT) for e in found]


def sweep() -> list[Request]:
    """The whole paper, and what it could not see: what is published in ``results/``."""
    return _each_once([*requests(), *all_digits(), *longer(), *seen_digits(), *fashion(), *controls()])


def with_weights() -> set[str]:
    """Names of the experiments whose last weights are published too: Figure 1's, and Figure 3's of every seed."""
    return {e.name for e in (*figure(1), *(figure(3, seed=seed)[0] for seed in SEEDS))}


def smoke() -> list[Request]:
    """A sweep of minutes, to try the machinery: Figure 4 with trainings of a second."""
    return requests((4,), SEEDS[:1], **SMOKE)


def by_name(found: Sequence[Request]) -> dict[str, Experiment]:
    """The experiments behind these requests, each once."""
    return {request.experiment.name: request.experiment for request in found}


def catalogue() -> dict[str, Experiment]:
    """All experiments that have a name on the command line: the sweep's and the smoke sweep's."""
    return by_name([*sweep(), *smoke()])


def _each_once(found: Sequence[Request]) -> list[Request]:
    return list({(request.experiment.name, *request[1:]): request for request in found}.values())
