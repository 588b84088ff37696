"""What the teaching pages show and compute with, written beside the explorer's data.

- ``vae.svg``: the drawn nine on its way through a VAE, for ``book/vae``;
- ``asked.svg``: what Theorem 1 answers it, for ``book/theorem``;
- ``four.js``: the four training images of ``notebooks/by_hand``, for the page ``book/theorem``, and ``four.png``, what
  it shows where scripts are off;
- ``course.js``: distortion and rate over the steps of mini-MNIST's training, for the page ``book/train``, and
  ``train.png``, what it shows where scripts are off.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure

from vaelib.codes import codes_at
from vaelib.determinism import deterministic
from vaelib.information import optimal_decoder, rates
from vaelib.novelty import experiments, explorer, figures_teaching, figures_theorem, nine
from vaelib.novelty.figures_teaching import Passage
from vaelib.novelty.latent_plane import EXTENT, latent_plane
from vaelib.objectives import bernoulli_distortion
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.runs import Trained
from vaelib.store import Store
from vaelib.training import Run

CLOUD = 200  # codes drawn to show its cloud
SEED = 1  # of these codes


class Four(NamedTuple):
    """Four training images of four pixels, their posteriors over codes of one number, and the code that is asked."""

    means: tuple[float, ...] = (-2.0, -1.0, 1.0, 3.0)
    stds: tuple[float, ...] = (1.0, 0.5, 1.0, 1.0)
    images: tuple[tuple[float, ...], ...] = ((1, 1, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1), (0, 0, 1, 1))
    z: float = 0.0

    def optimal(self) -> OptimalDecoder:
        """Theorem 1's decoder for them."""
        means, stds, images = (torch.tensor(values, dtype=torch.float64) for values in self[:3])
        return OptimalDecoder(means[:, None], stds.log()[:, None], images)


def write(target: Path, store: Store) -> list[Path]:
    """Write the teaching pages' files into a folder; returns their paths."""
    target.mkdir(parents=True, exist_ok=True)
    with deterministic():
        mini = store.get(Trained(experiments.mini()))
        contents = {"four": Four()._asdict(), "course": course(mini)}
        pictures = {
            "vae.svg": figures_teaching.passage(passage(store)),
            "asked.svg": figures_teaching.asked(nine.answers(store)),
            "four.png": figures_theorem.clouds(Four().optimal(), Four().z, shape=(2, 2)),
            "train.png": trained(mini),
        }
    written = [explorer.write_script(target, name, content) for name, content in contents.items()]
    for name, picture in pictures.items():
        picture.savefig(target / name, metadata={"Date": None} if name.endswith("svg") else {"Software": None})
        written.append(target / name)
    return written


def course(run: Run) -> dict:
    """The terms of the objective as each step met them, means over the images in nats per image."""
    return {
        term: explorer.packed(np.float32([row["train"][term] for row in run.history]))
        for term in ("distortion", "rate")
    }


@torch.no_grad()
def passage(store: Store) -> Passage:
    """The drawn nine through the shallow VAE of Figure 1 that was trained on all digits."""
    experiment = experiments.figure(1).shallow_seen
    vae = store.get(Trained(experiment, (experiment.epochs,))).model()
    x = nine.image()[0]
    mean, log_std = vae.encode(x[None])
    noise = torch.randn(CLOUD, mean.shape[1], generator=torch.Generator().manual_seed(SEED))
    codes = codes_at(mean, log_std, noise)
    rate = rates(mean, log_std)
    first, second = rate.topk(2).indices.tolist()
    distortion = bernoulli_distortion(vae.decoder(codes[:1]), x[None]).item()
    output = vae.decoder.output(codes[:1])[0]
    return Passage(x, (first, second), mean[0], log_std[0].exp(), codes, output, distortion, rate.sum().item())


@torch.no_grad()
def trained(run: Run) -> Figure:
    """The picture in the training's place: planes, and the course of distortion and rate."""
    images = run.experiment.train().images
    planes = {epoch: latent_plane(optimal_decoder(run.model(epoch), images), EXTENT) for epoch in explorer.PLANES}
    terms = {term: [row["train"][term] for row in run.history] for term in ("distortion", "rate")}
    return figures_teaching.training(planes, terms)
