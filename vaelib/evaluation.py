"""A run held against Theorem 1, image by image.

Each test image x is encoded to z = m(x), the posterior mean, as in the paper's code. There the decoder's output x̂ is
compared with the input x and with the weighted average μ(z) of the training set that the run saw.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from vaelib import data
from vaelib.data import CLASSES, Partition
from vaelib.experiments import Experiment
from vaelib.models import VAE
from vaelib.objectives import cross_entropy
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.training import Run, repeatable_arithmetic

NEIGHBOURS = 3
PICTURES = 10  # of the digit's first test images, whose output and weighted average are kept
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Evaluation:
    """A run at one snapshot on the test images of one digit, and ten lines on the test images of every class.

    The n test images are those of partition ``test-<digit>``, in its order. ``top_indices`` are positions in the
    whole training set (partition ``train``), whatever part of it the run saw. ``outputs`` and ``averages`` are
    pictures of the first ten test images, rounded to 1/255. ``classes`` has one row a class: its name as a digit,
    the number of images, quantiles and mean of each measure, the shares that the paper's claims are about, and
    ``nearest``, how many images have their largest weight on a training image of each class.
    """

    experiment: Experiment
    epoch: int
    digit: int
    classes: list[dict]
    bce_input: Float[Tensor, "n"]  # BCE(x, x̂), nats per image
    bce_average: Float[Tensor, "n"]  # BCE(μ, x̂), nats per image
    perplexity: Float[Tensor, "n"]  # of the weights, in [1, N]
    top_weights: Float[Tensor, "n 3"]
    top_indices: Int[Tensor, "n 3"]
    top_classes: UInt8[Tensor, "n 3"]
    outputs: UInt8[Tensor, "p 784"]  # x̂
    averages: UInt8[Tensor, "p 784"]  # μ

    def __len__(self) -> int:
        return len(self.bce_input)

    def arrays(self) -> dict[str, Tensor]:
        """The tensors by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}

    @property
    def nearer_input(self) -> float:
        """Share of the test images whose output is nearer to the input than to the average: BCE(x, x̂) < BCE(μ, x̂)."""
        return (self.bce_input < self.bce_average).double().mean().item()


def optimal_decoder(vae: VAE, train: Partition) -> OptimalDecoder:
    """Theorem 1's decoder for this encoder and this training set."""
    means, log_stds = vae.encode(train.images)
    return OptimalDecoder(means, log_stds, train.images)


@torch.no_grad()
def evaluate(run: Run, epoch: int, digit: int) -> Evaluation:
    """Hold a run's snapshot against Theorem 1, on all test images; keep those of one digit image by image.

    Needs about 1 GB of memory on top of the training set.
    """
    experiment = run.experiment
    train = data.partition(experiment.data).first(experiment.first)
    test = data.partition(f"{experiment.dataset}/test")
    with repeatable_arithmetic():
        vae = run.vae(epoch)
        measured = _measure(vae, optimal_decoder(vae, train), train, test)
    kept = {name: value[test.labels == digit] for name, value in measured.items()}
    pictures = {name: kept.pop(name)[:PICTURES].mul(255).round().to(torch.uint8) for name in ("outputs", "averages")}
    return Evaluation(experiment, epoch, digit, _classes(measured, test), **kept, **pictures)


def _measure(vae: VAE, optimal: OptimalDecoder, train: Partition, test: Partition) -> dict[str, Tensor]:
    z, _ = vae.encode(test.images)
    output = vae.decoder.output(z)
    best = optimal.summary(z, NEIGHBOURS)
    return {
        "bce_input": cross_entropy(test.images, output),
        "bce_average": cross_entropy(best.average, output),
        "perplexity": best.perplexity.float(),
        "top_weights": best.top_weights.float(),
        "top_indices": train.indices[best.top_indices].int(),
        "top_classes": train.labels[best.top_indices].to(torch.uint8),
        "outputs": output,
        "averages": best.average,
    }


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
    return {"mean": values.mean().item()} | {f"q{q:.0%}": value for q, value in zip(QUANTILES, quantiles, strict=True)}


def _share(condition: Tensor) -> float:
    return condition.double().mean().item()
