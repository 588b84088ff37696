"""A run held against Theorem 1, image by image.

Each test image x is encoded to z = m(x), the posterior mean, as in the paper's code (or to a sample z ~ q(z|x), the
theorem's own average). There the decoder's output x̂ is compared with the input x, with the weighted average μ(z) of
the training set that the run saw, and, as a yardstick, with a random training image of the test image's class.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal, get_args

import torch
from jaxtyping import Float, Int, UInt8, jaxtyped
from torch import Tensor

from vaelib import data, provenance
from vaelib.codes import drawn_codes
from vaelib.data import Partition
from vaelib.determinism import deterministic
from vaelib.distances import most_alike
from vaelib.errors import UnknownName
from vaelib.information import active_dimensions, information, optimal_decoder
from vaelib.kinds import Experiment
from vaelib.models import VAE
from vaelib.objectives import cross_entropy, pixel_entropy
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained, check_snapshot
from vaelib.store import Store
from vaelib.training import Run

NEIGHBOURS = 3
PICTURES = 10  # of the digit's first test images, whose output and weighted average are kept
Latent = Literal["mean", "sample"]  # z = m(x), or z ~ q(z|x)


@dataclass(frozen=True)
class Evaluation:
    """A run at one snapshot on the test images of one digit.

    The n test images are those of partition ``test-<digit>``, in its order. ``top_indices`` are positions in the
    whole training set (partition ``train``), whatever part of it the run saw. ``outputs`` and ``averages`` are
    pictures of the first ten test images, rounded to 1/255. ``input_entropy`` is of the data and not stored.
    ``active`` is None where an evaluation was made before it was counted.
    """

    request: "Evaluated"
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
ARRAYS = {field.name for field in fields(Evaluation)} - {"request", "information", "input_entropy", "active"}


@dataclass(frozen=True)
class Evaluated(Result[Evaluation]):
    """An evaluation that can be asked for: which run, after how many epochs, on which digit's test images, at which z.

    ``evaluated`` fills in what is usual.
    """

    experiment: Experiment
    epoch: int
    digit: int
    latent: Latent = "mean"

    @property
    def path(self) -> str:
        latent = "" if self.latent == "mean" else f"-{self.latent}"
        return f"{self.experiment.name}/evaluation-epoch-{self.epoch}-digit-{self.digit}{latent}.json"

    @property
    def about(self) -> dict:
        asked = {"epoch": self.epoch, "digit": self.digit, "latent": self.latent}
        return {"experiment": self.experiment.model_dump(mode="json")} | asked

    @property
    def files(self) -> tuple[str, ...]:
        return (self.pattern,)

    def check(self) -> None:
        check_snapshot(self.experiment, self.epoch)
        if self.digit not in range(data.CLASSES):
            raise UnknownName(f"There is no digit {self.digit!r}: expected 0 to {data.CLASSES - 1}.")
        if self.latent not in get_args(Latent):
            raise UnknownName(f"There is no latent {self.latent!r}: expected {' or '.join(get_args(Latent))}.")

    def needs(self) -> tuple[Trained]:
        return (Trained(self.experiment, (self.epoch,)),)

    def make(self, store: Store) -> tuple[Evaluation, dict]:
        (run,) = map(store.get, self.needs())
        with provenance.record() as record:
            found = evaluate(run, self)
        return found, record

    def pack(self, value: Evaluation) -> Packed:
        return Packed({"information": value.information, "active": value.active}, {self.pattern: value.arrays()})

    def unpack(self, content: dict, arrays: Arrays) -> Evaluation | None:
        loaded = arrays[self.pattern]
        if not loaded.keys() >= ARRAYS:  # written before a measure was made
            return None
        known = {name: loaded[name] for name in ARRAYS}
        entropies = _entropies(f"{self.experiment.dataset}/test-{self.digit}")
        found = Evaluation(self, content["information"], entropies, **known, active=content.get("active"))
        found.check()
        return found


def evaluated(
    experiment: Experiment, epoch: int | None = None, digit: int | None = None, latent: Latent = "mean"
) -> Evaluated:
    """The run at a snapshot (by default the last) on the test images of one digit (by default the held-out one)."""
    digit = experiment.held_out if digit is None else digit
    if digit is None:
        raise UnknownName(f"{experiment.name} saw every digit; say on which one to evaluate it (digit=0 to 9).")
    return Evaluated(experiment, experiment.epochs if epoch is None else epoch, digit, latent)


@lru_cache
def _entropies(partition: str) -> Float[Tensor, "n"]:
    return pixel_entropy(data.partition(partition).images)


@torch.no_grad()
def evaluate(run: Run, request: Evaluated) -> Evaluation:
    """Hold a run's snapshot against Theorem 1, on the test images of one digit.

    Needs about 1 GB of memory on top of the training set.
    """
    experiment = run.experiment
    everything = data.partition(f"{experiment.dataset}/train")
    train = experiment.train()
    test = data.partition(f"{experiment.dataset}/test")
    wanted = test.labels == request.digit
    x = test.images[wanted]
    with deterministic():
        vae = run.model(request.epoch)
        z = _latent(vae, test, request)[wanted]
        output = vae.decoder.output(z)
        optimal = optimal_decoder(vae, train.images)
        best = optimal.summary(z, NEIGHBOURS)
        return Evaluation(
            request,
            information(vae, optimal, experiment.seed),
            pixel_entropy(x),
            bce_input=cross_entropy(x, output),
            bce_average=cross_entropy(best.average, output),
            average_entropy=pixel_entropy(best.average),
            bce_random=cross_entropy(_random_of_class(everything, test)[wanted], output),
            perplexity=best.perplexity.float(),
            top_weights=best.top_weights.float(),
            top_indices=train.indices[best.top_indices].int(),
            top_classes=train.labels[best.top_indices].to(torch.uint8),
            output_classes=everything.labels[most_alike(output, everything.images)].to(torch.uint8),
            outputs=_pictures(output),
            averages=_pictures(best.average),
            active=active_dimensions(optimal.means, optimal.log_stds),
        )


def _latent(vae: VAE, test: Partition, request: Evaluated) -> Float[Tensor, "n d"]:
    mean, log_std = vae.encode(test.images)
    if request.latent == "mean":
        return mean
    random = torch.Generator().manual_seed(request.experiment.seed)
    return drawn_codes(mean, log_std, random)


def _random_of_class(train: Partition, test: Partition) -> Float[Tensor, "n p"]:
    """For each test image a random training image of its class."""
    random = torch.Generator().manual_seed(0)
    drawn = torch.empty(len(test), dtype=torch.int64)
    for label in range(data.CLASSES):
        candidates, wanted = (train.labels == label).nonzero().flatten(), test.labels == label
        drawn[wanted] = candidates[torch.randint(len(candidates), (int(wanted.sum()),), generator=random)]
    return train.images[drawn]


def _pictures(images: Float[Tensor, "n 784"]) -> UInt8[Tensor, "p 784"]:
    return images[:PICTURES].mul(255).round().to(torch.uint8)
