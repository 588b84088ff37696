"""Runs as the store keeps them: trained once, taken up again where they were stopped."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from torch import nn

from vaelib import provenance, store_files, training
from vaelib.errors import FileIsDamaged, NotPublished, UnknownName
from vaelib.experiment import BaseExperiment
from vaelib.results import Arrays, Keeper, Packed, Result, with_needs
from vaelib.store import Store
from vaelib.training import Run, State

Kind = TypeVar("Kind", bound=BaseExperiment)
TRAINING = ("cpu_seconds", "wall_seconds", "peak_memory_mb", "commit", "uncommitted_changes", "processor")


def weights_name(epoch: int) -> str:
    """File of a snapshot's weights, beside the run."""
    return f"weights-epoch-{epoch}.safetensors"


@dataclass(frozen=True)
class Trained(Result[Run]):
    """The run of an experiment, with its weights at some snapshots; by default at all of them.

    ``run.json`` holds the experiment, the history and the provenance; ``Trained(experiment, ())`` needs no weights.
    """

    experiment: BaseExperiment
    epochs: tuple[int, ...] | None = None

    @property
    def wanted(self) -> tuple[int, ...]:
        """The snapshots whose weights are wanted."""
        return self.experiment.snapshots if self.epochs is None else self.epochs

    @property
    def path(self) -> str:
        return f"{self.experiment.name}/run.json"

    @property
    def about(self) -> dict:
        return {"experiment": self.experiment.model_dump(mode="json")}

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(map(weights_name, self.wanted))

    @property
    def pattern(self) -> str:
        return "weights-*"

    def check(self) -> None:
        for epoch in self.wanted:
            check_snapshot(self.experiment, epoch)

    def needs(self) -> Sequence[Result]:
        return self.experiment.needs()

    def make(self, store: Keeper) -> tuple[Run, dict]:
        """Train, or go on where a training was stopped; the time before counts in."""
        if not store.train:
            raise NotPublished(
                f"{self.experiment.name} is neither in {store.local} nor whole among the published results in "
                f"{store.published}. To train it here: recompute = True in a notebook; in a shell, where "
                f"`python -m vaelib experiments` lists it, `python -m vaelib train {self.experiment.name}`; "
                "or Store().get(Trained(…)) in Python."
            )
        inputs = self.experiment.inputs(store)  # what is fetched for them is no part of the run's time
        unfinished = Unfinished(store.local / self.path, self.experiment)
        try:
            state = unfinished.load()
        except FileIsDamaged as error:
            store.set_aside(unfinished.path, "unfinished-*.safetensors", error)
            state = None
        with provenance.record(unfinished.clock) as record:
            run = training.fit(
                self.experiment,
                inputs,
                store=store,
                device=store.device,
                progress=store.progress,
                state=state,
                keep=unfinished.keep,
            )
        return run, record | {"device": store.device}

    def pack(self, value: Run) -> Packed:
        return Packed({"history": value.history}, {weights_name(epoch): w for epoch, w in value.weights.items()})

    def unpack(self, content: dict, arrays: Arrays) -> Run:
        weights = {epoch: arrays[weights_name(epoch)] for epoch in self.wanted}
        run = Run(self.experiment, weights, content["history"])
        for epoch in self.wanted:
            run.check(epoch)
        if [row["epoch"] for row in run.history] != list(range(1, self.experiment.epochs + 1)):
            raise ValueError("its history is not of its epochs")
        return run

    def tidy(self, store: Keeper) -> None:
        Unfinished(store.local / self.path, self.experiment).clear()


def experiments(found: Iterable[Result]) -> dict[str, BaseExperiment]:
    """By name the experiments whose runs these results are, or are made of, each once."""
    runs = [result for result in with_needs(found) if isinstance(result, Trained)]
    return {run.experiment.name: run.experiment for run in runs}


def model_of(run: Trained, store: Keeper | None, asked_by: BaseExperiment) -> nn.Module:
    """The model of a run that another training builds on.

    Raises
    ------
    NotPublished
        Without a store.
    """
    if store is None:
        raise NotPublished(
            f"{asked_by.name} builds on the run {run.experiment.name}: give `fit` the store that has it."
        )
    return store.get(run).model()


def trained_with(store: Store, run: Trained) -> dict:
    """What a training's provenance says, for results that are published without their run."""
    record = store_files.load(store.find(run))["provenance"]
    return {name: record[name] for name in TRAINING}


def check_snapshot(experiment: BaseExperiment, epoch: int) -> None:
    """Raise UnknownName where an experiment keeps no weights at this epoch."""
    if epoch not in experiment.snapshots:
        raise UnknownName(
            f"{experiment.name} has no snapshot at epoch {epoch}. Expected one of "
            f"{', '.join(map(str, experiment.snapshots))}."
        )


def at_hand(store: Store, kind: type[Kind]) -> list[Kind]:
    """The experiments of a kind whose last weights a layer holds, by name; the weights stay unread.

    What is of another kind, of another version or damaged is passed over.
    """
    files = {path.parent.name: path.with_name("run.json") for layer in reversed(store.layers)
             for path in sorted(layer.glob("*/weights-*.safetensors"))}  # fmt: skip
    found = []
    for _, path in sorted(files.items()):
        with suppress(FileIsDamaged, OSError, KeyError, TypeError, ValidationError):
            found.append(kind(**store_files.load(path)["experiment"]))
    return [experiment for experiment in found if store.find(Trained(experiment, (experiment.epochs,)))]


class Unfinished:
    """What is kept of a training while it goes on, beside its run's place in the local layer.

    An entry like any other; each state has arrays of its own name, so that a torn one leaves the one before it whole.
    """

    def __init__(self, run: Path, experiment: BaseExperiment):
        self.path, self.experiment = run.with_name("unfinished.json"), experiment
        self.clock = provenance.Clock()

    def load(self) -> State | None:
        """The state kept last, or None where nothing was."""
        if not self.path.exists():
            return None
        content = store_files.load(self.path)
        if content.get("experiment") != self.experiment.model_dump(mode="json"):
            raise FileIsDamaged(f"{self.path} holds another experiment than its folder's name says.")
        with store_files.understood(self.path):
            arrays = store_files.load_arrays(self._arrays(content["epoch"]), content["files"])
            self.clock = provenance.Clock(content["seconds"])
            groups: dict[str, dict] = {name: {} for name in ("model", "optimizer")}
            random = arrays.pop("random")
            for name, value in arrays.items():
                group, _, rest = name.partition("/")
                groups.setdefault(group, {})[rest] = value
            model, optimizer = groups.pop("model"), groups.pop("optimizer")
            weights = {int(epoch): values for epoch, values in groups.items()}
            return State(content["epoch"], content["history"], weights, model, optimizer, random)

    def keep(self, state: State) -> None:
        """Write a state down in the place of the one before it."""
        groups = {"model": state.model, "optimizer": state.optimizer} | state.weights
        arrays = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
        content = {"epoch": state.epoch, "history": state.history, "seconds": self.clock()}
        content["experiment"] = self.experiment.model_dump(mode="json")
        kept = self._arrays(state.epoch)
        store_files.save(self.path, content, {kept.name: arrays | {"random": state.random}})
        for older in set(self.path.parent.glob("unfinished-*")) - {kept}:
            older.unlink()

    def clear(self) -> None:
        """Remove it, with what a killed process may have left half-written."""
        self.path.unlink(missing_ok=True)
        for left in (*self.path.parent.glob("unfinished-*"), *self.path.parent.glob(".unfinished*")):
            left.unlink()

    def _arrays(self, epoch: int) -> Path:
        return self.path.with_name(f"unfinished-epoch-{epoch}.safetensors")
