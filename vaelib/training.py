"""The training loop: an experiment in, a run out."""

from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm.auto import tqdm

from vaelib import data
from vaelib.errors import TrainingDiverged
from vaelib.experiments import Experiment
from vaelib.models import VAE
from vaelib.objectives import bernoulli_distortion, gaussian_rate

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

    def vae(self, epoch: int | None = None) -> VAE:
        """The model at a snapshot; by default the last."""
        vae = VAE(self.experiment.hidden, self.experiment.latent_dim)
        vae.load_state_dict(self.weights[epoch or self.experiment.epochs])
        return vae.eval()


def fit(experiment: Experiment, *, device: str = "cpu", progress: bool | None = None) -> Run:
    """Train as the experiment says.

    Deterministic bit for bit on one machine: one thread, one stream of random numbers. ``device`` is a choice, not a
    part of the experiment: initial weights, shuffling and noise are the same on each, drawn on the processor; the
    arithmetic's rounding is not, so that a run on a GPU agrees with one on a processor in distribution, not in bits.

    Parameters
    ----------
    device
        Where to compute: ``cpu``, ``cuda``, ``mps``.
    progress
        Whether to show a progress bar; by default only where somebody looks at a terminal or a notebook.

    Raises
    ------
    TrainingDiverged
        When the objective is no longer finite.
    """
    train = data.partition(experiment.data).first(experiment.first)
    images = train.images.to(device)
    test = _test_sets(experiment, device)
    with repeatable_arithmetic(), torch.random.fork_rng():
        torch.manual_seed(experiment.seed)
        vae = VAE(experiment.hidden, experiment.latent_dim).to(device)
        random = torch.Generator().manual_seed(experiment.seed)
        optimizer = torch.optim.Adam(vae.parameters(), lr=experiment.learning_rate, fused=True)
        weights, history = {}, []
        bar = tqdm(range(1, experiment.epochs + 1), desc=experiment.name, unit="epoch", disable=_disable(progress))
        for epoch in bar:
            row = {"epoch": epoch, "train": _train_epoch(vae, optimizer, images, experiment, random)}
            if epoch % experiment.test_every == 0:
                row |= {name: _terms(vae, x, experiment) for name, x in test.items()}
            if epoch % experiment.test_every == 0 or epoch in experiment.snapshots:
                row["median_std"] = vae.encode(images[:1000])[1].exp().median().item()
            history.append(row)
            bar.set_postfix({name: f"{value:.1f}" for name, value in row["train"].items()})
            if epoch in experiment.snapshots:
                weights[epoch] = {name: value.detach().cpu().clone() for name, value in vae.state_dict().items()}
    return Run(experiment, weights, history)


def _train_epoch(vae: VAE, optimizer, images: Tensor, experiment: Experiment, random: torch.Generator) -> dict:
    order = torch.randperm(len(images), generator=random)
    noise = torch.randn(len(images), experiment.latent_dim, generator=random).to(images.device)
    totals = torch.zeros(2, device=images.device)
    batches = zip(
        images[order.to(images.device)].split(experiment.batch_size), noise.split(experiment.batch_size), strict=True
    )
    for x, epsilon in batches:
        mean, log_std = vae.encoder(x)
        z = mean + log_std.exp() * epsilon  # z ~ q(z|x)
        distortion = bernoulli_distortion(vae.decoder(z), x)
        rate = gaussian_rate(mean, log_std)
        loss = (distortion + experiment.beta * rate).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        totals += torch.stack([distortion.detach().sum(), rate.detach().sum()])
    distortion, rate = (totals / len(images)).tolist()
    if not torch.isfinite(totals).all():
        raise TrainingDiverged(
            f"{experiment.name}: distortion {distortion}, rate {rate}. Lower learning_rate "
            f"({experiment.learning_rate}) or look at the data."
        )
    return {"distortion": distortion, "rate": rate}


@torch.no_grad()
def _terms(vae: VAE, x: Tensor, experiment: Experiment) -> dict:
    # the same noise at each epoch, and none of the training's own stream
    random = torch.Generator().manual_seed(experiment.seed)
    mean, log_std = vae.encode(x)
    z = mean + log_std.exp() * torch.randn(mean.shape, generator=random).to(x.device)
    parts = zip(z.split(4096), x.split(4096), strict=True)
    distortion = torch.cat([bernoulli_distortion(vae.decoder(part), image) for part, image in parts])
    return {"distortion": distortion.mean().item(), "rate": gaussian_rate(mean, log_std).mean().item()}


def _test_sets(experiment: Experiment, device: str) -> dict[str, Tensor]:
    d = experiment.held_out
    if d is None:
        return {"seen": data.partition(f"{experiment.dataset}/test").images.to(device)}
    names = {"seen": f"test-without-{d}", "held_out": f"test-{d}"}
    return {name: data.partition(f"{experiment.dataset}/{part}").images.to(device) for name, part in names.items()}


def _disable(progress: bool | None) -> bool | None:
    return None if progress is None else not progress  # tqdm's None: a bar only on a terminal


@contextmanager
def repeatable_arithmetic():
    """One thread, so that the bits stay the same, and denormal numbers taken as zero, for speed.

    One thread is also the fastest way: two processes of one thread each train more than one process of two.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
