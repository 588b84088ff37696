"""Runs and evaluations on disk, addressed by what they are: asking for one finds it or computes it.

Two layers: the published results (tracked in git, never written by a computation), and under them the local one, which
adds what was computed on this machine. In each, an experiment has a folder of its own name with these entries
(``vaelib.entries``):

- ``run.json``: experiment, history, provenance; beside it ``weights-epoch-50.safetensors`` for each snapshot.
  A published run may lack the weights.
- ``evaluation-epoch-50-digit-9.json`` and its ``.safetensors``: a run held against Theorem 1.
- ``unfinished.json`` and its ``.safetensors``, in the local layer alone: a training that goes on, or was stopped.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, get_args

from vaelib import data, entries, evaluation, experiments, paths, provenance, training
from vaelib.errors import FileIsDamaged, NotPublished, UnknownName
from vaelib.evaluation import Evaluation
from vaelib.experiments import Experiment, Latent, Request
from vaelib.locks import held
from vaelib.training import Run

Found = TypeVar("Found")


def run_path(experiment: Experiment) -> str:
    """Where a layer keeps a run."""
    return f"{experiment.name}/run.json"


def weights_name(epoch: int) -> str:
    """File of a snapshot's weights, beside the run."""
    return f"weights-epoch-{epoch}.safetensors"


def evaluation_path(request: Request) -> str:
    """Where a layer keeps an evaluation."""
    latent = "" if request.latent == "mean" else f"-{request.latent}"
    return f"{request.experiment.name}/evaluation-epoch-{request.epoch}-digit-{request.digit}{latent}.json"


class Store:
    """Runs and evaluations in two layers.

    Parameters
    ----------
    recompute
        Leave the published layer out, so that what the local layer does not hold yet is computed here.
    train
        Whether to train what is not found; otherwise that is an error. Evaluations, which take seconds, are always
        computed where the weights are there.
    local, published
        The layers' folders; by default ``paths.local()`` and ``paths.published()``.
    device
        Where to train, as in ``training.fit``.
    progress
        Whether to show progress bars; by default only on a terminal.
    """

    def __init__(
        self,
        *,
        recompute: bool = False,
        train: bool = True,
        local: Path | None = None,
        published: Path | None = None,
        device: str = "cpu",
        progress: bool | None = None,
    ):
        self.local = local or paths.local()
        self.published = published or paths.published()
        self.layers = (self.local,) if recompute else (self.published, self.local)
        self.recompute = recompute
        self.train = train
        self.device = device
        self.progress = progress

    @classmethod
    def for_notebook(cls, recompute: bool, device: str = "cpu") -> "Store":
        """Either both layers, training nothing; or the local layer alone, training what it lacks."""
        return cls(recompute=recompute, train=recompute, device=device, progress=recompute)

    def run(self, experiment: Experiment, epochs: tuple[int, ...] | None = None) -> Run:
        """The run, with its weights at these snapshots; by default at all of them."""
        epochs = experiment.snapshots if epochs is None else epochs
        _check_snapshots(experiment, epochs)
        return self._find_or_compute(
            run_path(experiment),
            lambda path: self._load_run(path, experiment, epochs),
            lambda path: self._train(path, experiment),
        )

    def history(self, experiment: Experiment) -> list[dict]:
        """The run's history, one row an epoch; it needs no weights."""
        return self.run(experiment, epochs=()).history

    def evaluation(
        self, experiment: Experiment, epoch: int | None = None, digit: int | None = None, latent: Latent = "mean"
    ) -> Evaluation:
        """The run at a snapshot (by default the last) on the test images of one digit (by default the held-out one)."""
        epoch = experiment.epochs if epoch is None else epoch
        digit = experiment.held_out if digit is None else digit
        if digit is None:
            raise UnknownName(f"{experiment.name} saw every digit; say on which one to evaluate it (digit=0 to 9).")
        request = Request(experiment, epoch, digit, latent)
        _check(request)
        return self._find_or_compute(
            evaluation_path(request),
            lambda path: self._load_evaluation(path, request),
            lambda path: self._evaluate(path, request),
        )

    def find_run(self, experiment: Experiment, epochs: tuple[int, ...] = ()) -> Path | None:
        """The run's file in the uppermost layer that has it with the weights at these snapshots, all unread."""
        return self._uppermost(run_path(experiment), *(f"{experiment.name}/{weights_name(epoch)}" for epoch in epochs))

    def find_evaluation(self, request: Request) -> Path | None:
        """The evaluation's file in the uppermost layer that has it with its arrays, all unread."""
        path = evaluation_path(request)
        return self._uppermost(path, path.replace(".json", ".safetensors"))

    def at_hand(self) -> list[Experiment]:
        """The experiments whose last weights a layer holds, by name; the weights stay unread."""
        names = sorted({path.parent.name for layer in self.layers for path in layer.glob("*/weights-*.safetensors")})
        runs = [self._find(f"{name}/run.json", entries.load) for name in names]
        found = []
        for run in filter(None, runs):
            with suppress(KeyError, TypeError, ValueError):  # of another version
                found.append(Experiment(**run["experiment"]))
        return [experiment for experiment in found if self.find_run(experiment, (experiment.epochs,))]

    def _uppermost(self, *files: str) -> Path | None:
        whole = (layer for layer in self.layers if all((layer / file).exists() for file in files))
        return next((layer / files[0] for layer in whole), None)

    def publish(self, requests: Sequence[Request], *, weights: bool = False) -> list[Path]:
        """Copy evaluations of one run, and the run, from the local layer into the published one; all or none.

        ``weights``: with those of the last snapshot. Returns the evaluations' files there.
        """
        experiment = requests[0].experiment
        run, found = self.local / run_path(experiment), [self.local / evaluation_path(request) for request in requests]
        for path, request in zip(found, requests, strict=True):  # what is damaged is not published
            if request.experiment != experiment or self._load_evaluation(path, request) is None:
                raise NotPublished(
                    f"{path} is not there, or lacks its arrays, or is of another run; nothing is copied."
                )
        if self._load_run(run, experiment, (experiment.epochs,) if weights else ()) is None:
            raise NotPublished(f"{run} lacks its last weights; nothing is published.")
        arrays = [path.with_suffix(".safetensors") for path in found]
        arrays += [run.with_name(weights_name(experiment.epochs))] if weights else []
        entries.copy([*arrays, run, *found], self.published / experiment.name)
        return [self.published / evaluation_path(request) for request in requests]

    def _load_run(self, path: Path, experiment: Experiment, epochs: tuple[int, ...]) -> Run | None:
        content = _content(path, experiment)
        files = {epoch: path.parent / weights_name(epoch) for epoch in epochs}
        if not all(file.exists() for file in files.values()):
            return None
        with entries.understood(path):
            weights = {epoch: entries.load_arrays(file, content["files"]) for epoch, file in files.items()}
            run = Run(experiment, weights, content["history"])
            for epoch in epochs:
                run.check(epoch)
            if [row["epoch"] for row in run.history] != list(range(1, experiment.epochs + 1)):
                raise ValueError("its history is not of its epochs")
        if path.parent.parent == self.local:
            Unfinished(path.with_name("unfinished.json"), experiment).clear()  # of a process killed after its last line
        return run

    def _train(self, path: Path, experiment: Experiment) -> Run:
        if not self.train:
            known = experiment.name in experiments.catalogue()
            command = f"`python -m vaelib train {experiment.name}` in a shell" if known else "Store().run(…) in Python"
            raise NotPublished(
                f"{experiment.name} is neither in {self.local} nor whole among the published results in "
                f"{self.published}. To train it here: recompute = True in a notebook, {command}."
            )
        data.fetch(experiment.dataset)  # not a part of the run's time
        unfinished = Unfinished(path.with_name("unfinished.json"), experiment)
        try:
            state = unfinished.load()
        except FileIsDamaged as error:
            self._set_aside(unfinished.path, error)
            state = None
        with provenance.record(unfinished.clock) as record:
            run = training.fit(
                experiment, device=self.device, progress=self.progress, state=state, keep=unfinished.keep
            )
        content = {"history": run.history, "provenance": record | {"device": self.device}}
        _save(path, experiment, content, {weights_name(epoch): weights for epoch, weights in run.weights.items()})
        unfinished.clear()
        return run

    def _load_evaluation(self, path: Path, request: Request) -> Evaluation | None:
        content = _content(path, request.experiment)
        arrays = path.with_suffix(".safetensors")
        if not arrays.exists():
            return None
        with entries.understood(path):
            if tuple(content[field] for field in ("epoch", "digit", "latent")) != request[1:]:
                raise ValueError("it holds another evaluation than its name says")
            loaded = entries.load_arrays(arrays, content["files"])
            if set(loaded) != evaluation.ARRAYS:
                raise ValueError("it was written by another version of vaelib, with other measures")
            described = (content["classes"], content["information"], evaluation.inputs(request))
            found = Evaluation(request, *described, **loaded, active=content.get("active"))
            found.check()
        return found

    def _evaluate(self, path: Path, request: Request) -> Evaluation:
        run = self.run(request.experiment, (request.epoch,))
        with provenance.record() as record:
            found = evaluation.evaluate(run, request)
        asked = {"epoch": request.epoch, "digit": request.digit, "latent": request.latent}
        content = asked | {"classes": found.classes, "information": found.information, "active": found.active}
        content |= {"provenance": record}
        _save(path, request.experiment, content, {path.with_suffix(".safetensors").name: found.arrays()})
        return found

    def _find_or_compute(
        self, relative: str, load: Callable[[Path], Found | None], compute: Callable[[Path], Found]
    ) -> Found:
        found = self._find(relative, load)
        if found is not None:
            return found
        locks = self.local / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with held(locks / relative.replace("/", ".")):
            found = self._find(relative, load, locked=True)  # another process may have computed it meanwhile
            return found if found is not None else compute(self.local / relative)

    def _find(self, relative: str, load: Callable[[Path], Found | None], *, locked: bool = False) -> Found | None:
        """What the uppermost layer has that has it whole. Only who holds the lock sets a damaged entry aside."""
        for layer in self.layers:
            path = layer / relative
            try:
                found = load(path) if path.exists() else None
            except FileNotFoundError:  # set aside meanwhile
                continue
            except FileIsDamaged as error:
                if layer == self.local and locked:
                    self._set_aside(path, error)
                elif layer == self.published and not locked:
                    warnings.warn(f"{error} This published result is not used; git can restore it.", stacklevel=4)
                continue
            if found is not None:
                return found
        return None

    def _set_aside(self, path: Path, error: FileIsDamaged) -> None:
        arrays = {"run.json": "weights-*", "unfinished.json": "unfinished-*.safetensors"}
        files = path.parent.glob(arrays.get(path.name, f"{path.stem}.safetensors"))
        kept = entries.set_aside([path, *files], self.local / "damaged" / path.parent.name)
        warnings.warn(f"{error} Its entry was set aside in {kept}.", stacklevel=5)


class Unfinished:
    """What is kept of a training while it goes on, so that a stopped one is taken up again and not begun anew.

    An entry like any other; each state has arrays of its own name, so that a torn one leaves the one before it whole.
    """

    def __init__(self, path: Path, experiment: Experiment):
        self.path, self.experiment = path, experiment
        self.clock = provenance.Clock()

    def load(self) -> training.State | None:
        """The state kept last, or None where nothing was."""
        if not self.path.exists():
            return None
        content = _content(self.path, self.experiment)
        with entries.understood(self.path):
            arrays = entries.load_arrays(self._arrays(content["epoch"]), content["files"])
            self.clock = provenance.Clock(content["seconds"])
            groups: dict[str, dict] = {}
            for name, value in arrays.items():
                group, _, rest = name.partition("/")
                groups.setdefault(group, {})[rest] = value
            tensors = groups.pop("state")
            weights = {int(epoch): values for epoch, values in groups.items()}
            return training.State(content["epoch"], content["history"], weights, tensors)

    def keep(self, state: training.State) -> None:
        """Write a state down in the place of the one before it."""
        groups = {"state": state.tensors} | state.weights
        arrays = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
        content = {"epoch": state.epoch, "history": state.history, "seconds": self.clock()}
        kept = self._arrays(state.epoch)
        _save(self.path, self.experiment, content, {kept.name: arrays})
        for older in set(self.path.parent.glob("unfinished-*")) - {kept}:
            older.unlink()

    def clear(self) -> None:
        """Remove it, with what a killed process may have left half-written."""
        self.path.unlink(missing_ok=True)
        for left in (*self.path.parent.glob("unfinished-*"), *self.path.parent.glob(".unfinished*")):
            left.unlink()

    def _arrays(self, epoch: int) -> Path:
        return self.path.with_name(f"unfinished-epoch-{epoch}.safetensors")


def _content(path: Path, experiment: Experiment) -> dict:
    content = entries.load(path)
    if content.get("experiment") != experiment.model_dump(mode="json"):
        raise FileIsDamaged(f"{path} holds another experiment than its folder's name says.")
    return content


def _save(path: Path, experiment: Experiment, content: dict, arrays: dict) -> None:
    entries.save(path, {"experiment": experiment.model_dump(mode="json")} | content, arrays)


def _check(request: Request) -> None:
    _check_snapshots(request.experiment, (request.epoch,))
    if request.digit not in range(data.CLASSES):
        raise UnknownName(f"There is no digit {request.digit!r}: expected 0 to {data.CLASSES - 1}.")
    if request.latent not in get_args(Latent):
        raise UnknownName(f"There is no latent {request.latent!r}: expected {' or '.join(get_args(Latent))}.")


def _check_snapshots(experiment: Experiment, epochs: tuple[int, ...]) -> None:
    for epoch in epochs:
        if epoch not in experiment.snapshots:
            raise UnknownName(
                f"{experiment.name} has no snapshot at epoch {epoch}. Expected one of "
                f"{', '.join(map(str, experiment.snapshots))}."
            )
