"""The explorer's data: what the page ``book/explorer`` computes with, as files that a browser loads without a server.

A browser that reads a page from ``file://`` may run the scripts beside it and fetch nothing. So each file is a script
of one call, ``vaelibExplorer.receive(name, content)``, whose content is JSON with the arrays packed into text
(``packed``):

- ``plane.js``: the hundred training images of mini-MNIST, and their posteriors at each snapshot; ten test images, and
  where each snapshot's encoder puts them;
- ``decoder-<steps>.js``: a snapshot's decoder, its weights rounded so that it is small enough to wait for;
- ``gallery.js``: test images and the four models of Figure 1; ``gallery-<model>.js``: what each model and Theorem 1
  make of them;
- ``plane.png``: what the page shows where scripts are off.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from vaelib import data
from vaelib.data import CLASSES, Partition
from vaelib.determinism import deterministic
from vaelib.information import optimal_decoder
from vaelib.kinds import Experiment
from vaelib.novelty import experiments, figures_extensions
from vaelib.novelty.experiments import HELD_OUT
from vaelib.novelty.latent_plane import EXTENT, latent_plane
from vaelib.novelty.trained import Answer, TrainedVAEs
from vaelib.runs import Trained
from vaelib.store import Store
from vaelib.training import Run

OPENING = "deep-without"  # the model with which the gallery opens
NINES = 21  # test images of the held-out digit in the gallery; of every other digit there is one
ROUNDED_OFF = 5  # of the 23 bits after a weight's point; the outputs on the plane move by less than 1e-4
PLANES = (10, 100, 1000)  # steps of training whose planes the picture shows
ENDS = (7, 9)  # digits whose first training images are the ends of the walk, at first and in the picture
WALK = 11  # places between them in the picture, both ends included


def write(target: Path, store: Store) -> list[Path]:
    """Write the explorer's files into a folder; returns their paths.

    mini-MNIST is trained where the store does not hold all of its snapshots: about six seconds.
    """
    target.mkdir(parents=True, exist_ok=True)
    with deterministic():
        mini = store.get(Trained(experiments.mini()))
        contents = {"plane": plane(mini)}
        contents |= {f"decoder-{epoch}": decoder(mini, epoch) for epoch in mini.experiment.snapshots}
        names = {model_name(experiment): experiment for experiment in experiments.figure(1)}
        models = TrainedVAEs(store)
        answers = {name: [models[experiment].to(x) for x in test_images().images] for name, experiment in names.items()}
        contents["gallery"] = gallery(names, answers[OPENING])
        for name, found in answers.items():
            contents[f"gallery-{name}"] = answered(found, models[names[name]].train)
        picture = still(mini)
    written = [write_script(target, name, content) for name, content in contents.items()]
    picture.savefig(target / "plane.png", metadata={"Software": None})
    return [*written, target / "plane.png"]


def write_script(target: Path, name: str, content: dict) -> Path:
    """Write a script of one call, which hands its content over; returns its path."""
    path = target / f"{name}.js"
    path.write_text(f"vaelibExplorer.receive({json.dumps(name)}, {json.dumps(content, ensure_ascii=False)});\n")
    return path


def packed(values: np.ndarray) -> dict:
    """An array as JSON: its type, its shape, and its little-endian bytes, deflated, in base64.

    The first bytes of all numbers come first, then the second ones and so on, since like bytes deflate well.
    """
    values = np.ascontiguousarray(values)
    values = values.astype(values.dtype.newbyteorder("<"))
    planes = values.view(np.uint8).reshape(values.size, values.itemsize).T
    text = base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode()
    return {"type": values.dtype.name, "shape": list(values.shape), "data": text}


def plane(run: Run) -> dict:
    """The training images of mini-MNIST and their posteriors q(z|x) at each snapshot, and m(x) of a few test images."""
    train, unseen = data.partition(run.experiment.data), test_images(1)
    snapshots = []
    for epoch in run.experiment.snapshots:
        means, log_stds = run.model(epoch).encode(train.images)
        tests, _ = run.model(epoch).encode(unseen.images)
        arrays = {"means": means, "logStds": log_stds, "tests": tests}
        snapshots.append({"steps": epoch} | {name: packed(values.numpy()) for name, values in arrays.items()})
    return {
        "extent": EXTENT,
        "images": _pictures(train.images),
        "labels": train.labels.tolist(),
        "walk": ends(train),
        "tests": {"images": _pictures(unseen.images), "labels": unseen.labels.tolist()},
        "snapshots": snapshots,
    }


def ends(train: Partition) -> list[int]:
    """Positions of the walk's ends among the training images."""
    return [(train.labels == digit).nonzero()[0, 0].item() for digit in ENDS]


def decoder(run: Run, epoch: int) -> dict:
    """The decoder's layers at a snapshot, from z to the logits."""
    layers = [layer for layer in run.model(epoch).decoder.layers if isinstance(layer, torch.nn.Linear)]
    return {
        "layers": [
            {"weights": packed(rounded(layer.weight.detach().numpy())), "biases": packed(layer.bias.detach().numpy())}
            for layer in layers
        ]
    }


def rounded(weights: np.ndarray) -> np.ndarray:
    """float32 numbers whose last bits are zero, so that they deflate by a quarter more."""
    half = 1 << (ROUNDED_OFF - 1)
    return ((weights.view(np.uint32) + half) >> ROUNDED_OFF << ROUNDED_OFF).view(np.float32)


def model_name(experiment: Experiment) -> str:
    """One of Figure 1's models in two words."""
    depth = "shallow" if experiment.hidden == experiments.SHALLOW else "deep"
    return f"{depth}-{'with' if experiment.held_out is None else 'without'}"


def test_images(nines: int = NINES) -> Partition:
    """The first test nines, of which the gallery has 21, then the first test image of every other digit."""
    test = data.partition("mnist/test")
    first = [(test.labels == digit).nonzero().flatten() for digit in range(CLASSES)]
    chosen = torch.cat([first[HELD_OUT][:nines], *(places[:1] for d, places in enumerate(first) if d != HELD_OUT)])
    return Partition("mnist/test", test.images[chosen], test.labels[chosen], test.indices[chosen])


def gallery(models: dict[str, Experiment], answers: Sequence[Answer]) -> dict:
    """The gallery's test images, its models in words, and the image with which it opens.

    That is the nine whose output is nearest to the average beside its distance to the input.

    Parameters
    ----------
    answers
        Of the model with which the gallery opens, to each of the test images.
    """
    test = test_images()
    nearer_average = [answer.bce_input - answer.bce_average for answer in answers[:NINES]]
    return {
        "inputs": _pictures(test.images),
        "labels": test.labels.tolist(),
        "positions": test.indices.tolist(),
        "opening": nearer_average.index(max(nearer_average)),
        "models": [
            {"name": name, "hidden": list(model.hidden), "heldOut": model.held_out} for name, model in models.items()
        ],
    }


def answered(found: Sequence[Answer], train: Partition) -> dict:
    """What a model, with its training set, and Theorem 1 make of the gallery's test images, at z = m(x)."""
    nearest = torch.stack([answer.nearest for answer in found])
    needed, places = nearest.unique(return_inverse=True)  # several test images share neighbours
    return {
        "outputs": _pictures(torch.stack([answer.output for answer in found])),
        "averages": _pictures(torch.stack([answer.average for answer in found])),
        "images": _pictures(train.images[needed]),
        "labels": train.labels[needed].tolist(),
        "neighbours": places.tolist(),
        "weights": packed(torch.stack([answer.weights for answer in found]).float().numpy()),
        "perplexity": packed(np.float32([answer.perplexity for answer in found])),
        "bceInput": packed(np.float32([answer.bce_input for answer in found])),
        "bceAverage": packed(np.float32([answer.bce_average for answer in found])),
    }


@torch.no_grad()
def still(run: Run) -> Figure:
    """The picture in the explorer's place: planes, and the walk with which the explorer opens."""
    train = data.partition(run.experiment.data)
    planes = {}
    for epoch in PLANES:
        optimal = optimal_decoder(run.model(epoch), train.images)
        planes[epoch] = latent_plane(optimal, EXTENT)
    start, end = optimal.means[ends(train)].double()
    z = torch.lerp(start, end, torch.linspace(0, 1, WALK, dtype=torch.float64)[:, None])
    return figures_extensions.latent_walk(planes, z, run.model().decoder.output(z.float()), optimal(z))


def _pictures(images: Float[Tensor, "n 784"]) -> dict:
    return packed(images.mul(255).round().to(torch.uint8).numpy())
