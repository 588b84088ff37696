"""The training loop: an experiment in, a run out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.adam import adam
from tqdm.auto import tqdm

from vaelib import data
from vaelib.arithmetic import repeatable_arithmetic
from vaelib.errors import TrainingDiverged, UnknownName
from vaelib.experiments import Experiment
from vaelib.gradients import ClosedForm
from vaelib.models import VAE
from vaelib.objectives import bernoulli_distortion, gaussian_rate

BLOCKS = 10  # a stopped training goes on from the last tenth of its epochs that was finished
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Run:
    """An experiment carried out.

    ``weights`` holds the parameters at each snapshot by epoch. ``history`` has one row an epoch: ``train`` (the
    objective's terms as they were optimised: a running mean over the epoch, one sample of z an image) and, every
    ``test_every`` epochs, ``seen`` and ``held_out`` (the same terms over the test images of the classes that were
    seen and of the one that was not); there and at the snapshots also ``median_std``, the median posterior σ over the
    training set's first 1,000 images. All terms are means over images, in nats per image.
    """

    experiment: Experiment
    weights: dict[int, Weights]
    history: list[dict]

    def check(self, epoch: int) -> None:
        """Raise ValueError where a snapshot's weights are not of the experiment's architecture."""
        with torch.device("meta"):  # shapes without numbers
            expected = VAE(self.experiment.hidden, self.experiment.latent_dim).state_dict()
        shapes, found = ({k: (v.shape, v.dtype) for k, v in w.items()} for w in (expected, self.weights[epoch]))
        if found != shapes:
            unlike = sorted({name for name, _ in shapes.items() ^ found.items()})
            raise ValueError(f"weights {', '.join(unlike)} are not of the architecture's shapes")

    def vae(self, epoch: int | None = None) -> VAE:
        """The model at a snapshot; by default the last."""
        vae = VAE(self.experiment.hidden, self.experiment.latent_dim)
        vae.load_state_dict(self.weights[epoch or self.experiment.epochs])
        return vae.eval()


@dataclass(frozen=True)
class State:
    """A training between two epochs: everything that the epochs to come depend on, and what the past ones left."""

    epoch: int
    history: list[dict]
    weights: dict[int, Weights]
    tensors: Weights  # parameters, the optimizer's moments and steps, the stream of random numbers


def fit(
    experiment: Experiment,
    *,
    device: str = "cpu",
    progress: bool | None = None,
    state: State | None = None,
    keep: Callable[[State], None] | None = None,
) -> Run:
    """Train as the experiment says.

    Deterministic bit for bit on one machine: one thread, one stream of random numbers; a training that was stopped and
    taken up again ends in the same bits. ``device`` is a choice, not a part of the experiment: initial weights,
    shuffling and noise are the same on each, drawn on the processor; the arithmetic's rounding is not, so that a run on
    a GPU agrees with one on a processor in distribution, not in bits.

    Parameters
    ----------
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
        When the objective is no longer finite.
    UnknownName
        When this machine has no such device.
    """
    _check(device)
    images = data.partition(experiment.data).first(experiment.first).images.to(device)
    test = _test_sets(experiment, device)
    with repeatable_arithmetic(), torch.random.fork_rng():
        torch.manual_seed(experiment.seed)
        vae = VAE(experiment.hidden, experiment.latent_dim).to(device)
        gradient = ClosedForm(vae, images, experiment.beta)
        optimizer = Adam(gradient.parameters, gradient.gradient, experiment.learning_rate)
        random = torch.Generator().manual_seed(experiment.seed)
        batches = Batches(experiment, len(images), random, device)
        done, history, weights = 0, [], {}
        if state is not None:
            done, history, weights = state.epoch, list(state.history), dict(state.weights)
            _restore(state.tensors, gradient.parameters, optimizer, random)
        epochs = range(done + 1, experiment.epochs + 1)
        for epoch in (bar := _progress_bar(epochs, experiment, progress)):
            row = {"epoch": epoch, "train": train_epoch(gradient, optimizer, batches)}
            if epoch % experiment.test_every == 0:
                row |= {name: _terms(vae, x, experiment) for name, x in test.items()}
            if epoch % experiment.test_every == 0 or epoch in experiment.snapshots:
                row["median_std"] = vae.encode(images[:1000])[1].exp().median().item()
            history.append(row)
            bar.set_postfix({name: f"{value:.1f}" for name, value in row["train"].items()})
            if epoch in experiment.snapshots:
                weights[epoch] = _copy(vae.state_dict())
            if keep is not None and epoch % -(-experiment.epochs // BLOCKS) == 0 and epoch < experiment.epochs:
                keep(State(epoch, list(history), dict(weights), _tensors(gradient.parameters, optimizer, random)))
    return Run(experiment, weights, history)


class Adam:
    """Adam (Kingma & Ba 2015) on one vector: PyTorch's own arithmetic, with its state in plain sight."""

    def __init__(self, parameters: Tensor, gradient: Tensor, learning_rate: float):
        self.parameters, self.gradient, self.learning_rate = parameters, gradient, learning_rate
        self.first_moment, self.second_moment = torch.zeros_like(parameters), torch.zeros_like(parameters)
        self.steps = parameters.new_zeros(())

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters against their gradient."""
        adam(
            [self.parameters],
            [self.gradient],
            [self.first_moment],
            [self.second_moment],
            [],
            [self.steps],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            eps=1e-8,
            lr=self.learning_rate,
            weight_decay=0.0,
            maximize=False,
        )


class Batches:
    """An epoch's batches, shuffled anew each time they are walked through: positions of images, and their noise ε."""

    def __init__(self, experiment: Experiment, images: int, random: torch.Generator, device: str = "cpu"):
        self.experiment, self.random, self.device = experiment, random, device
        self.order = torch.empty(images, dtype=torch.int64)
        self.noise = torch.empty(images, experiment.latent_dim)

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        torch.randperm(len(self), generator=self.random, out=self.order)
        self.noise.normal_(generator=self.random)
        size = self.experiment.batch_size
        yield from zip(self.order.to(self.device).split(size), self.noise.to(self.device).split(size), strict=True)


def train_epoch(gradient: ClosedForm, optimizer: Adam, batches: Batches) -> dict[str, float]:
    """A step of the optimizer a batch; the objective's terms, in nats, means over the images as they were met."""
    totals = torch.zeros(2, device=gradient.images.device)
    for rows, epsilon in batches:
        totals += torch.stack(gradient(rows, epsilon))
        optimizer.step()
    distortion, rate = (totals / len(batches)).tolist()
    if not torch.isfinite(totals).all():
        raise TrainingDiverged(
            f"{batches.experiment.name}: distortion {distortion}, rate {rate}. Lower learning_rate "
            f"({batches.experiment.learning_rate}) or look at the data."
        )
    return {"distortion": distortion, "rate": rate}


def _tensors(parameters: Tensor, optimizer: Adam, random: torch.Generator) -> Weights:
    moments = {"first_moment": optimizer.first_moment, "second_moment": optimizer.second_moment}
    everything = {"parameters": parameters, **moments, "steps": optimizer.steps, "random": random.get_state()}
    return _copy(everything)


def _restore(tensors: Weights, parameters: Tensor, optimizer: Adam, random: torch.Generator) -> None:
    parameters.copy_(tensors["parameters"])
    for name in ("first_moment", "second_moment", "steps"):
        getattr(optimizer, name).copy_(tensors[name])
    random.set_state(tensors["random"])


def _copy(tensors: Weights) -> Weights:
    return {k: v.detach().to("cpu", copy=True, memory_format=torch.contiguous_format) for k, v in tensors.items()}


@torch.no_grad()
def _terms(vae: VAE, x: Tensor, experiment: Experiment) -> dict:
    # the same noise at each epoch, and none of the training's own stream
    random = torch.Generator().manual_seed(experiment.seed)
    mean, log_std = vae.encode(x)
    z = mean + log_std.exp() * torch.randn(mean.shape, generator=random).to(x.device)
    parts = zip(z.split(4096), x.split(4096), strict=True)
    distortion = torch.cat([bernoulli_distortion(vae.decoder(part), image) for part, image in parts])
    return {"distortion": distortion.mean().item(), "rate": gaussian_rate(mean, log_std).mean().item()}


def _check(device: str) -> None:
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device):
        usable = ", ".join(name for name, found in there.items() if found)
        raise UnknownName(f"device = {device!r}: expected one that this machine has, which are {usable}.")


def _test_sets(experiment: Experiment, device: str) -> dict[str, Tensor]:
    d = experiment.held_out
    if d is None:
        return {"seen": data.partition(f"{experiment.dataset}/test").images.to(device)}
    names = {"seen": f"test-without-{d}", "held_out": f"test-{d}"}
    return {name: data.partition(f"{experiment.dataset}/{part}").images.to(device) for name, part in names.items()}


def _progress_bar(epochs: range, experiment: Experiment, progress: bool | None) -> tqdm:
    hidden = None if progress is None else not progress  # tqdm's None: a bar only on a terminal
    first = epochs.start - 1
    return tqdm(epochs, desc=experiment.name, unit="epoch", initial=first, total=experiment.epochs, disable=hidden)
