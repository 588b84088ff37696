"""The training loop: an experiment in, a run out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from vaelib.determinism import deterministic
from vaelib.errors import TrainingDiverged, UnknownName
from vaelib.experiment import BaseExperiment
from vaelib.objectives import Objective
from vaelib.results import Keeper

BLOCKS = 10  # a stopped training goes on from the last tenth of its epochs that was finished
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Run:
    """An experiment carried out.

    ``weights`` holds the model's state at each snapshot by epoch. ``history`` has one row an epoch: ``train`` (the
    objective's terms as they were optimised: a running mean over the epoch, one draw of the noise an example), and what
    the kind of experiment monitors. For the VAE these are, every ``test_every`` epochs, ``seen`` and ``held_out`` (the
    same terms over the test images of the classes that were seen and of the one that was not), and there and at the
    snapshots ``median_std``, the median posterior σ over the training set's first 1,000 images. All terms are means
    over images, in nats per image.
    """

    experiment: BaseExperiment
    weights: dict[int, Weights]
    history: list[dict]

    def check(self, epoch: int) -> None:
        """Raise ValueError where a snapshot's weights are not of the experiment's architecture."""
        with torch.device("meta"):  # shapes without numbers
            expected = self.experiment.architecture().state_dict()
        shapes, found = ({k: (v.shape, v.dtype) for k, v in w.items()} for w in (expected, self.weights[epoch]))
        if found != shapes:
            unlike = sorted({name for name, _ in shapes.items() ^ found.items()})
            raise ValueError(f"weights {', '.join(unlike)} are not of the architecture's shapes")

    def model(self, epoch: int | None = None) -> nn.Module:
        """The model at a snapshot; by default the last."""
        model = self.experiment.architecture()
        model.load_state_dict(self.weights[epoch or self.experiment.epochs])
        return model.eval()


@dataclass(frozen=True)
class State:
    """A training between two epochs: everything that the epochs to come depend on, and what the past ones left."""

    epoch: int
    history: list[dict]
    weights: dict[int, Weights]
    model: Weights  # its state_dict
    optimizer: Weights  # the tensors of its state_dict, ``<parameter>/<name>``
    random: Tensor  # the stream of random numbers


def fit(
    experiment: BaseExperiment,
    inputs: Tensor | None = None,
    *,
    store: Keeper | None = None,
    device: str = "cpu",
    progress: bool | None = None,
    state: State | None = None,
    keep: Callable[[State], None] | None = None,
) -> Run:
    """Train as the experiment says, whatever its kind.

    Deterministic bit for bit on one machine: one thread, one stream of random numbers; a training that was stopped and
    taken up again ends in the same bits. ``device`` is a choice, not a part of the experiment: initial weights,
    shuffling and noise are the same on each, drawn on the processor; the arithmetic's rounding is not, so that a run on
    a GPU agrees with one on a processor in distribution, not in bits.

    Parameters
    ----------
    inputs
        What it is trained on, where that is at hand; by default ``experiment.inputs(store)``.
    store
        Where an experiment takes other models' results from that it builds on; most need none.
    device
        Where to compute: ``cpu``, ``cuda``, ``mps``.
    progress
        Whether to show a progress bar; by default only where somebody looks at a terminal or a notebook.
    state
        Where to take up a training that was stopped; by default it begins.
    keep
        Called with the state after each tenth of the epochs but the last, for example to write it down.

    Raises
    ------
    TrainingDiverged
        When a term of the objective is no longer finite.
    UnknownName
        When this machine has no such device.
    """
    _check(device)
    inputs = (experiment.inputs(store) if inputs is None else inputs).to(device)
    monitor = experiment.monitor(device)
    with deterministic(), torch.random.fork_rng():
        torch.manual_seed(experiment.seed)
        model = experiment.architecture().to(device)
        experiment.start(model, store)
        objective = experiment.objective(model, inputs)
        optimizer = torch.optim.Adam(objective.parameters, lr=experiment.learning_rate, fused=True)
        random = torch.Generator().manual_seed(experiment.seed)
        batches = Batches(len(inputs), experiment.batch_size, objective.noise, random, device)
        done, history, weights = 0, [], {}
        if state is not None:
            done, history, weights = state.epoch, list(state.history), dict(state.weights)
            _restore(state, model, optimizer, random)
        epochs = range(done + 1, experiment.epochs + 1)
        for epoch in (bar := _progress_bar(epochs, experiment, progress)):
            for group in optimizer.param_groups:
                group["lr"] = experiment.rate_in(epoch)
            terms = train_epoch(objective, optimizer, batches, (epoch - 1) * batches.count)
            _refuse_what_diverged(experiment, terms)
            history.append({"epoch": epoch, "train": terms, **monitor(model, inputs, epoch)})
            bar.set_postfix({name: f"{value:.1f}" for name, value in terms.items()})
            if epoch in experiment.snapshots:
                weights[epoch] = _copy(model.state_dict())
            if keep is not None and epoch % -(-experiment.epochs // BLOCKS) == 0 and epoch < experiment.epochs:
                keep(_state(epoch, history, weights, model, optimizer, random))
    return Run(experiment, weights, history)


class Batches:
    """An epoch's batches, shuffled anew each time they are walked through: positions of rows, and their noise.

    Parameters
    ----------
    rows, size
        How many rows there are, and how many a batch has; the last one has what is left.
    noise
        Shape of a row's noise, which is standard normal.
    """

    def __init__(self, rows: int, size: int, noise: tuple[int, ...], random: torch.Generator, device: str = "cpu"):
        self.size, self.random, self.device = size, random, device
        self.order = torch.empty(rows, dtype=torch.int64)
        self.noise = torch.empty(rows, *noise)

    def __len__(self) -> int:
        return len(self.order)

    @property
    def count(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        torch.randperm(len(self), generator=self.random, out=self.order)
        self.noise.normal_(generator=self.random)
        yield from zip(
            self.order.to(self.device).split(self.size), self.noise.to(self.device).split(self.size), strict=True
        )


def train_epoch(
    objective: Objective,
    optimizer: torch.optim.Optimizer,
    batches: Batches,
    step: int = 0,
) -> dict[str, float]:
    """A step of the optimizer a batch, counted from ``step``.

    Returns the objective's terms, means over the rows as they were met.
    """
    totals: dict[str, Tensor] = {}
    for number, (rows, noise) in enumerate(batches, step):
        for name, value in objective(rows, noise, number).items():
            totals[name] = totals[name] + value if name in totals else value
        optimizer.step()
    return {name: (total / len(batches)).item() for name, total in totals.items()}


def _refuse_what_diverged(experiment: BaseExperiment, terms: dict[str, float]) -> None:
    if not torch.tensor(list(terms.values())).isfinite().all():
        raise TrainingDiverged(
            f"{experiment.name}: {', '.join(f'{name} {value}' for name, value in terms.items())}. Lower learning_rate "
            f"({experiment.learning_rate}) or look at the data."
        )


def _state(epoch, history, weights, model: nn.Module, optimizer: torch.optim.Optimizer, random) -> State:
    by_parameter = optimizer.state_dict()["state"]
    moments = {f"{number}/{name}": v for number, found in by_parameter.items() for name, v in found.items()}
    tensors = (_copy(model.state_dict()), _copy(moments), random.get_state())
    return State(epoch, list(history), dict(weights), *tensors)


def _restore(state: State, model: nn.Module, optimizer: torch.optim.Optimizer, random: torch.Generator) -> None:
    model.load_state_dict(state.model)
    by_parameter: dict[int, dict[str, Tensor]] = {}
    for name, value in state.optimizer.items():
        number, _, moment = name.partition("/")
        by_parameter.setdefault(int(number), {})[moment] = value.clone()
    optimizer.load_state_dict(optimizer.state_dict() | {"state": by_parameter})
    random.set_state(state.random)


def _copy(tensors: Weights) -> Weights:
    return {k: v.detach().to("cpu", copy=True, memory_format=torch.contiguous_format) for k, v in tensors.items()}


def _check(device: str) -> None:
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device):
        usable = ", ".join(name for name, found in there.items() if found)
        raise UnknownName(f"device = {device!r}: expected one that this machine has, which are {usable}.")


def _progress_bar(epochs: range, experiment: BaseExperiment, progress: bool | None) -> tqdm:
    hidden = None if progress is None else not progress  # tqdm's None: a bar only on a terminal
    first = epochs.start - 1
    return tqdm(epochs, desc=experiment.name, unit="epoch", initial=first, total=experiment.epochs, disable=hidden)
