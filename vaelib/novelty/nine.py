"""The nine that the book opens with: drawn by code, answered by the models in the page, the same on every page.

``image`` is that nine. ``write`` gives the landing page what it computes with, as scripts of data like the explorer's
(``vaelib.novelty.explorer``):

- ``nine.js``: the drawing, some test nines, and what the other files are about;
- ``model-<name>.js``: a model of Figure 1, its weights as small whole numbers with a scale a row;
- ``images.js``, ``nines.js``: the part of the training set that Theorem 1 averages there, in sixteen greys;
- ``codes-<name>.js``: that part's posteriors, in the dimensions that the model uses;
- ``lengths-<name>.js``: what a model and Theorem 1 made of the test nines after each length of training;
- ``canvas.js``: the notebook's canvas as a script that runs from the disk, where modules may not.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib.figure import Figure
from torch import Tensor, nn

from vaelib import data
from vaelib.determinism import deterministic
from vaelib.information import ACTIVE_RATE, rates
from vaelib.kinds import Experiment
from vaelib.models import BernoulliDecoder, Encoder
from vaelib.novelty import experiments, figures_live, handwriting
from vaelib.novelty.evaluation import Evaluation, evaluated
from vaelib.novelty.experiments import HELD_OUT, LONGER
from vaelib.novelty.explorer import model_name, packed, write_script
from vaelib.novelty.trained import Answer, TrainedVAEs
from vaelib.results import Result
from vaelib.runs import Trained
from vaelib.store import Store

FIRST = 1500  # training images: of the first so many of MNIST, Theorem 1 averages those that the model saw
NINES = 5  # test nines to choose from, the first ones, of the ten whose pictures an evaluation keeps
MEAN_STEP, LOG_STD_STEP = 2**-12, 2**-10  # of the codes; weights move by less than 0.1 on test nines
BITS, BITS_OF_PIXELS = 8, 6  # of a weight; of those at the pixels, nine in ten, which the page's weight is made of
GREYS = 15  # the highest of an image's sixteen
CANVAS = Path(__file__).with_name("canvas.js")


def image() -> Float[Tensor, "1 784"]:
    """The nine: ``handwriting.NINE`` as an image like MNIST's."""
    return handwriting.as_mnist(handwriting.ink(handwriting.NINE))[None]


def answers(store: Store) -> list[Answer]:
    """What the two VAEs of Figure 1 that never saw a nine make of this one, shallow and deep."""
    trained = TrainedVAEs(store)
    return [trained[experiment].to(image()[0]) for experiment in experiments.figure(1).unseen]


def models() -> dict[str, Experiment]:
    """Figure 1's four by their names in the page."""
    return {model_name(experiment): experiment for experiment in experiments.figure(1)}


def lengths() -> dict[str, list[Result[Evaluation]]]:
    """By model the evaluations at each length of training."""
    return {
        model_name(e): [evaluated(e, epoch, HELD_OUT) for epoch in e.snapshots] for e in experiments.figure(1, **LONGER)
    }


def write(target: Path, store: Store) -> list[Path]:
    """Write the landing page's files into a folder; returns their paths."""
    target.mkdir(parents=True, exist_ok=True)
    part, others = shown_part()
    contents = {"nine": opening(others)}
    contents["images"], contents["nines"] = pictured(part, others), pictured(part, ~others)
    with deterministic():
        for name, experiment in models().items():
            vae = store.get(Trained(experiment, (experiment.epochs,))).model()
            contents[f"model-{name}"] = {half: layers(getattr(vae, half)) for half in ("encoder", "decoder")}
            seen = part.images[others]
            if experiment.held_out is None:
                seen = torch.cat([seen, part.images[~others]])
            contents[f"codes-{name}"] = coded(*vae.encode(seen))
        for name, requests in lengths().items():
            contents[f"lengths-{name}"] = followed([store.get(request) for request in requests])
    written = [write_script(target, name, content) for name, content in contents.items()]
    (target / "canvas.js").write_text(as_script(CANVAS.read_text(encoding="utf-8")), encoding="utf-8")
    return [*written, target / "canvas.js"]


def shown_part() -> tuple[data.Partition, Tensor]:
    """The training images that Theorem 1 averages in the page, and which of them are no nines."""
    part = data.partition(experiments.training_partition(None)).first(FIRST)
    return part, part.labels != HELD_OUT


def opening(others: Tensor) -> dict:
    """What the page starts from."""
    test = data.partition(f"mnist/test-{HELD_OUT}").first(NINES)
    return {
        "strokes": handwriting.NINE,
        "inputs": packed(test.images.mul(255).round().to(torch.uint8).numpy()),
        "positions": test.indices.tolist(),
        "first": FIRST,
        "averaged": {"with": FIRST, "without": int(others.sum())},
        "meanStep": MEAN_STEP,
        "logStdStep": LOG_STD_STEP,
        "epochs": experiments.figure(1).deep_unseen.epochs,
        "lengths": list(LONGER["snapshots"]),
    }


def pictured(part: data.Partition, which: Tensor) -> dict:
    """Training images in sixteen greys, two pixels a byte, and their classes."""
    return {"greys": packed(in_greys(part.images[which])), "labels": part.labels[which].tolist()}


def in_greys(images: Float[Tensor, "n 784"]) -> np.ndarray:
    """Pixels as whole numbers up to 15, two a byte, the left one in its upper half: (n, 392)."""
    greys = images.mul(GREYS).round().to(torch.uint8).numpy()
    return greys[:, ::2] << 4 | greys[:, 1::2]


def layers(half: Encoder | BernoulliDecoder) -> list[dict]:
    """The layers of an encoder, without the rows of log s(x), which the page does not ask for, or of a decoder."""
    found = [layer for layer in half.layers if isinstance(layer, nn.Linear)]
    numbers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in found]
    if isinstance(half, Encoder):
        numbers[-1] = tuple(np.split(values, 2)[0] for values in numbers[-1])
    return [
        quantised(weights, BITS_OF_PIXELS if data.PIXELS in weights.shape else BITS) | {"biases": packed(biases)}
        for weights, biases in numbers
    ]


def quantised(weights: Float[np.ndarray, "o i"], bits: int) -> dict:
    """Weights as whole numbers of so many bits, times a scale a row."""
    scales = np.abs(weights).max(1) / np.float32(2 ** (bits - 1) - 1)
    return {"whole": packed(np.rint(weights / scales[:, None]).astype(np.int8)), "scales": packed(scales)}


def coded(means: Float[Tensor, "n d"], log_stds: Float[Tensor, "n d"]) -> dict:
    """Posteriors in whole steps, in the active dimensions: in the others all posteriors are nearly the prior.

    Raises
    ------
    ValueError
        When a number is too large for sixteen bits.
    """
    active = (rates(means, log_stds) > ACTIVE_RATE).nonzero().flatten()
    steps = {"means": means.double() / MEAN_STEP, "logStds": log_stds.double() / LOG_STD_STEP}
    chosen = {name: values[:, active].round().numpy() for name, values in steps.items()}
    if any(np.abs(values).max() >= 2**15 for values in chosen.values()):
        raise ValueError("A posterior's mean or log standard deviation is too large for its step.")
    return {"dimensions": active.tolist()} | {name: packed(v.astype(np.int16)) for name, v in chosen.items()}


def followed(found: Sequence[Evaluation]) -> dict:
    """The published answers to the test nines, one evaluation a length of training."""
    train = data.partition(experiments.training_partition(None))
    top = torch.stack([one.top_indices[:NINES, 0] for one in found])
    needed, places = top.unique(return_inverse=True)

    def of_all(value) -> dict:
        return packed(torch.stack([value(one)[:NINES] for one in found]).float().numpy())

    def pictures(value) -> dict:
        kept: list[UInt8[Tensor, "p 784"]] = [value(one)[:NINES] for one in found]
        return packed(torch.stack(kept).numpy())

    return {
        "averaged": len(found[0].experiment.train()),
        "outputs": pictures(lambda one: one.outputs),
        "averages": pictures(lambda one: one.averages),
        "greys": packed(in_greys(train.images[needed])),
        "labels": train.labels[needed].tolist(),
        "nearest": places.tolist(),
        "weights": of_all(lambda one: one.top_weights[:, 0]),
        "klInput": of_all(lambda one: one.kl_input),
        "klAverage": of_all(lambda one: one.kl_average),
    }


def as_script(module: str) -> str:
    """A module that exports one object as a script that gives it to the page."""
    export = "export default {"
    before, found, names = module.partition(export)
    if not found:
        raise ValueError(f"The canvas is expected to end in `{export} … }};`.")
    return f"(() => {{\n{before}vaelibExplorer.canvas = {{{names}}})();\n"


def still(store: Store) -> Figure:
    """The picture in the landing page's place where nothing moves, and in the README: the nine and its answers."""
    return figures_live.one_nine(*answers(store))
