"""A run held against Theorem 1, image by image.

Each test image x is encoded to z = m(x), the posterior mean, as in the paper's code (or to a sample z ~ q(z|x), the
theorem's own average). There the decoder's output x̂ is compared with the input x, with the weighted average μ(z) of
the training set that the run saw, and, as a yardstick, with a random training image of the test image's class.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int, UInt8, jaxtyped
from torch import Tensor

from vaelib import data
from vaelib.arithmetic import repeatable_arithmetic
from vaelib.data import CLASSES, Partition
from vaelib.errors import NotPublished, UnknownName
from vaelib.experiments import Experiment, Request
from vaelib.information import active_dimensions, information, rounded
from vaelib.models import VAE
from vaelib.objectives import cross_entropy, pixel_entropy
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.training import Run

NEIGHBOURS = 3
PICTURES = 10  # of the digit's first test images, whose output and weighted average are kept
EXTENT = 5.0  # the latent plane of Figure 3 is [-5, 5]²
STEPS = 600  # places along each side of it, as in the authors' code
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Evaluation:
    """A run at one snapshot on the test images of one digit, and a summary of the test images of every class.

    The n test images are those of partition ``test-<digit>``, in its order. ``top_indices`` are positions in the
    whole training set (partition ``train``), whatever part of it the run saw. ``outputs`` and ``averages`` are
    pictures of the first ten test images, rounded to 1/255. ``input_entropy`` is of the data and not stored.
    ``classes`` has one row per class: its name as a digit, the number of images, quantiles and mean of each measure,
    the shares that the paper's claims are about, and ``nearest``, how many images have their largest weight on a
    training image of each class. ``active`` is None where an evaluation was made before it was counted.
    """

    request: Request
    classes: list[dict]
    information: dict[str, dict[str, float]]  # as ``vaelib.information`` gives it
    input_entropy: Float[Tensor, "n"]  # H(x), the least value of BCE(x, ·), nats per image
    bce_input: Float[Tensor, "n"]  # BCE(x, x̂), nats per image
    bce_average: Float[Tensor, "n"]  # BCE(μ, x̂), nats per image
    average_entropy: Float[Tensor, "n"]  # H(μ), the least value of BCE(μ, ·), nats per image
    bce_random: Float[Tensor, "n"]  # BCE(r, x̂), r a random training image of the same class, seen or not
    perplexity: Float[Tensor, "n"]  # of the weights, in [1, N]
    top_weights: Float[Tensor, "n 3"]
    top_indices: Int[Tensor, "n 3"]
    top_classes: UInt8[Tensor, "n 3"]
    output_classes: UInt8[Tensor, "n"]  # of the training image most like x̂, among all classes
    outputs: UInt8[Tensor, "p 784"]  # x̂
    averages: UInt8[Tensor, "p 784"]  # μ
    active: dict[str, int] | None = None  # active dimensions of z, as ``vaelib.information`` counts them

    def __len__(self) -> int:
        return len(self.bce_input)

    def arrays(self) -> dict[str, Tensor]:
        """The tensors that are stored, by name."""
        return {name: value for name, value in vars(self).items() if name in ARRAYS}

    def check(self) -> None:
        """Raise ValueError where a tensor's type or shape is another than above; n is the number of test images."""
        with jaxtyped("context"):  # in which n and p are the same for all
            for field in fields(self):
                value = getattr(self, field.name)
                if field.name in (*ARRAYS, "input_entropy") and not isinstance(value, field.type):
                    raise ValueError(f"its {field.name} is {value.dtype} of shape {tuple(value.shape)}")

    @property
    def experiment(self) -> Experiment:
        """The experiment of the run."""
        return self.request.experiment

    @property
    def nearer_input(self) -> float:
        """Share of the test images with BCE(x, x̂) < BCE(μ, x̂), the output nearer to the input than to the average."""
        return (self.bce_input < self.bce_average).double().mean().item()

    @property
    def kl_input(self) -> Float[Tensor, "n"]:
        """The divergence from the input, KL(x ‖ x̂) = BCE(x, x̂) − H(x), nats per image."""
        return self.bce_input - self.input_entropy

    @property
    def kl_average(self) -> Float[Tensor, "n"]:
        """The divergence from the average, KL(μ ‖ x̂) = BCE(μ, x̂) − H(μ), nats per image; 0 for the optimal decoder."""
        return self.bce_average - self.average_entropy

    @property
    def nearer_input_by_kl(self) -> float:
        """Share of the test images with ``kl_input`` below ``kl_average``, so without each target's own entropy.

        A blurred average has much entropy, and BCE(μ, x̂) is never below it, however like the average the output is.
        """
        return (self.kl_input < self.kl_average).double().mean().item()

    @property
    def single(self) -> float:
        """Share of the test images whose largest weight is above 0.9, so that one image makes up the average."""
        return (self.top_weights[:, 0] > 0.9).double().mean().item()

    @property
    def almost_one(self) -> float:
        """Share of the test images whose perplexity is below 1.1, for which one weight has to be above 0.98."""
        return (self.perplexity < 1.1).double().mean().item()

    @property
    def recognised(self) -> float:
        """Share of the outputs whose most similar training image is of their digit, seen or not."""
        return (self.output_classes == self.request.digit).double().mean().item()


# One number of an evaluation each, in the words of the book
MEASURES: dict[str, Callable[[Evaluation], float]] = {
    "share nearer to the input": lambda e: e.nearer_input,
    "share nearer to the input by KL": lambda e: e.nearer_input_by_kl,
    "share recognised": lambda e: e.recognised,
    "median BCE(x, x̂)": lambda e: e.bce_input.median().item(),
    "median BCE(μ, x̂)": lambda e: e.bce_average.median().item(),
    "median KL(x ‖ x̂)": lambda e: e.kl_input.median().item(),
    "median KL(μ ‖ x̂)": lambda e: e.kl_average.median().item(),
    "medians, BCE(μ, x̂) / BCE(r, x̂)": lambda e: (e.bce_average.median() / e.bce_random.median()).item(),
    "median perplexity": lambda e: e.perplexity.median().item(),
    "share with largest weight > 0.9": lambda e: e.single,
    "share with perplexity < 1.1": lambda e: e.almost_one,
    "R": lambda e: e.information["rate"]["mean"],
    "I_q": lambda e: e.information["mutual_information"]["mean"],
    "distance from the best decoder": lambda e: (
        e.information["distortion"]["mean"] - e.information["best_distortion"]["mean"]
    ),
}
ARRAYS = {field.name for field in fields(Evaluation)} - {"request", "classes", "information", "input_entropy", "active"}


def inputs(request: Request) -> Float[Tensor, "n"]:
    """The entropies of the test images that an evaluation is of, nats per image."""
    return _entropies(f"{request.experiment.dataset}/test-{request.digit}")


@lru_cache
def _entropies(partition: str) -> Float[Tensor, "n"]:
    return pixel_entropy(data.partition(partition).images)


class Pictures(NamedTuple):
    """What the figures show of one test image: images of 784 pixels, and the largest weights with their images."""

    input: Tensor
    output: Tensor
    average: Tensor
    neighbours: Float[Tensor, "3 784"]
    weights: Float[Tensor, "3"]


def pictures(evaluation: Evaluation, index: int) -> Pictures:
    """Input, output, weighted average and top neighbours of the digit's test image number ``index``.

    Raises
    ------
    UnknownName
        When the digit has no such test image.
    NotPublished
        When an evaluation does not keep pictures of it (it keeps the first ten).
    """
    experiment, digit = evaluation.experiment, evaluation.request.digit
    if not 0 <= index < len(evaluation):
        raise UnknownName(f"There is no test image {index} of digit {digit}: expected 0 to {len(evaluation) - 1}.")
    if index >= len(evaluation.outputs):
        raise NotPublished(
            f"Test image {index} of digit {digit}: an evaluation keeps the pictures of the first "
            f"{len(evaluation.outputs)} alone. Choose one of 0 to {len(evaluation.outputs) - 1}."
        )
    return Pictures(
        data.images_at(f"{experiment.dataset}/test-{digit}", torch.tensor([index]))[0],
        evaluation.outputs[index] / 255,
        evaluation.averages[index] / 255,
        data.images_at(f"{experiment.dataset}/train", evaluation.top_indices[index].long()),
        evaluation.top_weights[index],
    )


def optimal_decoder(vae: VAE, train: Partition) -> OptimalDecoder:
    """Theorem 1's decoder for this encoder and this training set."""
    means, log_stds = vae.encode(train.images)
    return OptimalDecoder(means, log_stds, train.images)


class LatentPlane(NamedTuple):
    """Theorem 1 over the square [-extent, extent]² of a two-dimensional latent space; rows are z_2, columns z_1."""

    extent: float
    largest_weight: Float[Tensor, "s s"]
    owners: Int[Tensor, "s s"]  # position of the training point that it is on
    log_density: Float[Tensor, "s s"]
    means: Float[Tensor, "n 2"]  # of the training points' posteriors
    stds: Float[Tensor, "n 2"]


def latent_plane(optimal: OptimalDecoder, extent: float = EXTENT, steps: int = STEPS) -> LatentPlane:
    """The largest weight and log q(z) on a grid of steps × steps points."""
    z = plane_codes(extent, steps)
    with repeatable_arithmetic():  # far from all means the densities are denormal numbers, slow where they are kept
        weights, owners = optimal.top(z, 1)
        maps = [values.reshape(steps, steps) for values in (weights, owners, optimal.log_density(z))]
    return LatentPlane(extent, *maps, optimal.means, optimal.log_stds.exp())


def plane_codes(extent: float, steps: int) -> Float[Tensor, "k 2"]:
    """The grid's points, row after row."""
    line = torch.linspace(-extent, extent, steps, dtype=torch.float64)
    return torch.cartesian_prod(line, line).flip(1)


def stratified_latents(per_axis: int, seed: int) -> Float[Tensor, "k 2"]:
    """One z from each of per_axis × per_axis cells of equal probability under the prior N(0, I) of two dimensions."""
    random = torch.Generator().manual_seed(seed)
    corners = torch.cartesian_prod(torch.arange(per_axis), torch.arange(per_axis)).double()
    uniform = (corners + torch.rand(corners.shape, generator=random, dtype=torch.float64)) / per_axis
    return torch.special.ndtri(uniform)


@torch.no_grad()
def evaluate(run: Run, request: Request) -> Evaluation:
    """Hold a run's snapshot against Theorem 1, on all test images; keep those of one digit image by image.

    Needs about 1 GB of memory on top of the training set.
    """
    experiment = run.experiment
    everything = data.partition(f"{experiment.dataset}/train")
    train = data.partition(experiment.data).first(experiment.first)
    test = data.partition(f"{experiment.dataset}/test")
    with repeatable_arithmetic():
        vae = run.vae(request.epoch)
        z = _latent(vae, test, request)
        output = vae.decoder.output(z)
        optimal = optimal_decoder(vae, train)
        best = optimal.summary(z, NEIGHBOURS)
        measured = {
            "bce_input": cross_entropy(test.images, output),
            "bce_average": cross_entropy(best.average, output),
            "average_entropy": pixel_entropy(best.average),
            "bce_random": cross_entropy(_random_of_class(everything, test), output),
            "perplexity": best.perplexity.float(),
            "top_weights": best.top_weights.float(),
            "top_indices": train.indices[best.top_indices].int(),
            "top_classes": train.labels[best.top_indices].to(torch.uint8),
        }
        learned = information(vae, optimal, experiment.seed)
        wanted = test.labels == request.digit
        output_classes = everything.labels[most_alike(output[wanted], everything.images)]
    pictures = {"outputs": output, "averages": best.average}
    return Evaluation(
        request,
        _classes(measured, test),
        learned,
        inputs(request),
        output_classes=output_classes.to(torch.uint8),
        active=active_dimensions(optimal.means, optimal.log_stds),
        **{name: value[wanted] for name, value in measured.items()},
        **{name: value[wanted][:PICTURES].mul(255).round().to(torch.uint8) for name, value in pictures.items()},
    )


def most_alike(x: Float[Tensor, "n p"], images: Float[Tensor, "m p"], block: int = 8192) -> Int[Tensor, "n"]:
    """For each x the position of the image of highest cosine similarity, which a faint or blurred x does not change."""
    found = torch.zeros(len(x), dtype=torch.int64)
    highest = torch.full((len(x),), -math.inf)
    for start in range(0, len(images), block):
        near, at = (x @ torch.nn.functional.normalize(images[start : start + block]).T).max(1)
        better = near > highest
        highest[better], found[better] = near[better], start + at[better]
    return found


def _latent(vae: VAE, test: Partition, request: Request) -> Float[Tensor, "n d"]:
    mean, log_std = vae.encode(test.images)
    if request.latent == "mean":
        return mean
    random = torch.Generator().manual_seed(request.experiment.seed)
    return mean + log_std.exp() * torch.randn(mean.shape, generator=random)


def _random_of_class(train: Partition, test: Partition) -> Float[Tensor, "n p"]:
    random = torch.Generator().manual_seed(0)
    drawn = torch.empty(len(test), dtype=torch.int64)
    for label in range(CLASSES):
        candidates, wanted = (train.labels == label).nonzero().flatten(), test.labels == label
        drawn[wanted] = candidates[torch.randint(len(candidates), (int(wanted.sum()),), generator=random)]
    return train.images[drawn]


def _classes(measured: dict[str, Tensor], test: Partition) -> list[dict]:
    rows = []
    for label in range(CLASSES):
        here = {name: value[test.labels == label] for name, value in measured.items()}
        rows.append(
            {
                "class": label,
                "images": len(here["perplexity"]),
                "bce_input": _spread(here["bce_input"]),
                "bce_average": _spread(here["bce_average"]),
                "bce_random": _spread(here["bce_random"]),
                "perplexity": _spread(here["perplexity"]),
                "largest_weight": _spread(here["top_weights"][:, 0]),
                "share_nearer_input": _share(here["bce_input"] < here["bce_average"]),
                "share_perplexity_below_1.1": _share(here["perplexity"] < 1.1),
                "share_perplexity_below_1.2": _share(here["perplexity"] < 1.2),
                "share_largest_weight_above_0.9": _share(here["top_weights"][:, 0] > 0.9),
                "nearest": here["top_classes"][:, 0].int().bincount(minlength=CLASSES).tolist(),
            }
        )
    return rows


def _spread(values: Float[Tensor, "n"]) -> dict[str, float]:
    values = values.double()
    quantiles = values.quantile(torch.tensor(QUANTILES, dtype=torch.float64)).tolist()
    named = {f"q{q:.0%}": value for q, value in zip(QUANTILES, quantiles, strict=True)}
    return {name: rounded(value) for name, value in ({"mean": values.mean()} | named).items()}


def _share(condition: Tensor) -> float:
    return rounded(condition.double().mean())
