"""An evaluation's measures without its images: a run in two kilobytes, so that hundreds of them can be published.

The run itself is not published with them. Where one is published without its weights, it was trained anew for its
measures here. On another processor that ends as far away as another seed would, so that its measures here and in the
published evaluation are two draws of one experiment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from vaelib import provenance
from vaelib.information import rounded
from vaelib.kinds import Experiment
from vaelib.novelty.evaluation import MEASURES, Evaluated, evaluate
from vaelib.novelty.experiments import HELD_OUT
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained, trained_with
from vaelib.store import Store

ON_TOP = "share with an image of their digit on top"  # of the weights; nothing where the training set has none


class OnDigit(Protocol):
    """What is known of a run on one digit's test images."""

    @property
    def experiment(self) -> Experiment: ...

    @property
    def digit(self) -> int: ...


@dataclass(frozen=True)
class Measures:
    """A run at its end, measured on the test images of one digit.

    ``values`` are ``evaluation.MEASURES`` by name and ``ON_TOP``, ``active`` the active dimensions as
    ``vaelib.information`` counts them, ``losses`` the objective's terms summed at the end, in nats per image: over the
    training set as it was optimised (``train``), over the test images of the seen digits (``seen``).
    """

    experiment: Experiment
    digit: int
    values: dict[str, float]
    active: dict[str, int]
    losses: dict[str, float]

    def __getitem__(self, measure: str) -> float:
        return self.values[measure]


@dataclass(frozen=True)
class Measured(Result[Measures]):
    """A run at its end on one digit's test images, by default nines."""

    experiment: Experiment
    digit: int = HELD_OUT

    @property
    def path(self) -> str:
        return f"{self.experiment.name}/measures-digit-{self.digit}.json"

    @property
    def about(self) -> dict:
        return {"experiment": self.experiment.model_dump(mode="json"), "digit": self.digit}

    def check(self) -> None:
        Evaluated(self.experiment, self.experiment.epochs, self.digit).check()

    def needs(self) -> tuple[Trained]:
        return (Trained(self.experiment, (self.experiment.epochs,)),)

    def make(self, store: Store) -> tuple[Measures, dict]:
        """Evaluate the run; the training's own provenance is kept beside that of the evaluation."""
        run = store.get(*self.needs())
        with provenance.record() as record:
            found = evaluate(run, Evaluated(self.experiment, self.experiment.epochs, self.digit))
        last = run.history[-1]
        losses = {where: rounded(sum(last[where].values())) for where in ("train", "seen")}
        values = {name: rounded(measure(found)) for name, measure in MEASURES.items()}
        values[ON_TOP] = rounded((found.top_classes[:, 0] == self.digit).double().mean())
        measures = Measures(self.experiment, self.digit, values, found.active, losses)
        return measures, record | {"training": trained_with(store, *self.needs())}

    def pack(self, value: Measures) -> Packed:
        return Packed({"measures": value.values, "active": value.active, "losses": value.losses}, {})

    def unpack(self, content: dict, arrays: Arrays) -> Measures | None:
        if not content["measures"].keys() >= {*MEASURES, ON_TOP}:  # written before a measure was made
            return None
        return Measures(self.experiment, self.digit, content["measures"], content["active"], content["losses"])


One = TypeVar("One", bound=OnDigit)


def by_model(found: Sequence[One]) -> list[list[One]]:
    """The seeds of each model together, on each digit, in the order in which the models come."""
    groups: dict[tuple[str, int], list[One]] = {}
    for one in found:
        groups.setdefault((_of_first_seed(one.experiment).name, one.digit), []).append(one)
    return list(groups.values())


def _of_first_seed(experiment: Experiment) -> Experiment:
    taken = getattr(experiment, "encoder_of", None)
    also = {} if taken is None else {"encoder_of": _of_first_seed(taken)}
    return experiment.model_copy(update={"seed": 0, **also})


def each(experiments: Sequence[Experiment], digit: int | None = None) -> list[Measured]:
    """All of these at their ends; on the digit that they never saw, or on this one."""
    return [Measured(e, e.held_out if digit is None else digit) for e in experiments]
