"""The numbers of the page of exercises: what each one gives, its answer, and what usual mistakes lead to.

    python -m vaelib exercises book/static/exercises/data

The page types none of them: ``book/extensions/exercises.py`` takes them from the file that this writes.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from vaelib import data
from vaelib.information import code_terms
from vaelib.models import decoder_parameters
from vaelib.novelty import experiments
from vaelib.novelty.evaluation import Evaluation, evaluated
from vaelib.novelty.experiments import DEEP, HELD_OUT, SHALLOW
from vaelib.objectives import cross_entropy, gaussian_rate
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.store import Store

Numbers = dict[str, float]
SEEDS = (0, 1, 2)
LATENT_DIM = 50
EPOCH = 50


class Exercise(NamedTuple):
    """One number to be found.

    ``given`` is what the question tells, ``mistakes`` what one gets by each usual mistake, ``others`` what only the
    solution tells. An answer counts as right when it is off by ``tolerance`` at most.
    """

    answer: float
    tolerance: float
    given: Numbers
    mistakes: Numbers
    others: Numbers = {}


def exercises(store: Store) -> dict[str, Exercise]:
    """Every exercise by its name on the page."""
    return {
        "weight": weight(),
        "rate": rate(),
        "perplexity": perplexity(),
        "grey": grey(),
        "border": border(),
        "information": information(),
        "parameters": parameters(),
        "verdict": verdict(store),
        "share": share(store),
        "denoiser": denoiser(),
    }


def write(target: Path, store: Store) -> Path:
    """Write the numbers into a folder, as JSON; returns the file."""
    target.mkdir(parents=True, exist_ok=True)
    path = target / "numbers.json"
    numbers = {name: exercise._asdict() for name, exercise in exercises(store).items()}
    path.write_text(json.dumps(numbers, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def line(*clouds: tuple[float, float], images: torch.Tensor | None = None) -> OptimalDecoder:
    """Theorem 1's decoder for clouds on a line, each with its mean and its standard deviation."""
    means, stds = torch.tensor(clouds, dtype=torch.float64).T
    pictures = torch.eye(len(clouds), dtype=torch.float64) if images is None else images
    return OptimalDecoder(means[:, None], stds.log()[:, None], pictures)


def code(z: float) -> torch.Tensor:
    """A code of one number."""
    return torch.tensor([[z]], dtype=torch.float64)


def weight() -> Exercise:
    """w_1(z) of two clouds that z is equally far from, each in its own standard deviations."""
    given = {"m1": -1.0, "s1": 0.5, "m2": 2.0, "s2": 1.0, "z": 0.0}
    clouds = (given["m1"], given["s1"]), (given["m2"], given["s2"])
    found = line(*clouds).weights(code(given["z"]))[0]
    by_nearness = line(*((m, 1.0) for m, _ in clouds)).weights(code(given["z"]))[0]
    return Exercise(
        found[0].item(),
        0.005,
        given,
        {"no-width": 0.5, "other": found[1].item(), "same-width": by_nearness[0].item()},
    )


def rate() -> Exercise:
    """KL(q(z|x) ‖ p(z)) of a cloud in two dimensions, one of which is the prior's."""
    given = {"m1": 1.0, "s1": 0.5, "m2": 0.0, "s2": 1.0}
    mean, std = (torch.tensor([[given[f"{of}1"], given[f"{of}2"]]], dtype=torch.float64) for of in "ms")
    found = gaussian_rate(mean, std.log()).item()
    log_variance = 2 * std.log().sum().item()
    mistakes = {"no-half": 2 * found, "sign": found + log_variance, "no-one": found + mean.numel() / 2}
    return Exercise(found, 0.005, given, mistakes)


def perplexity() -> Exercise:
    """The perplexity of three weights: of clouds in one place, whose heights go as one over their widths."""
    given = {"w1": 0.5, "w2": 0.25, "w3": 0.25}
    found = line(*((0.0, 1 / w) for w in given.values())).perplexity(code(0.0)).item()
    mistakes = {"entropy": math.log(found), "base": 2 ** math.log(found), "count": float(len(given))}
    return Exercise(found, 0.01, given, mistakes)


def grey() -> Exercise:
    """BCE(x, x) of a picture of one grey."""
    given = {"pixels": float(data.PIXELS), "grey": 0.5}
    image = torch.full((1, data.PIXELS), given["grey"], dtype=torch.float64)
    found = cross_entropy(image, image).item()
    return Exercise(found, 0.3, given, {"zero": 0.0, "pixel": found / data.PIXELS, "bits": found / math.log(2)})


def border() -> Exercise:
    """The z between a wide cloud and a narrow one at which both weigh the same, and the one behind the narrow one."""
    given = {"m1": 0.0, "s1": 1.0, "m2": 3.0, "s2": 0.5}
    wide, narrow = (given["m1"], given["s1"]), (given["m2"], given["s2"])

    def even(low: float, high: float, *clouds: tuple[float, float]) -> float:
        return _crossing(lambda z: line(*clouds).weights(code(z))[0, 0].item(), 0.5, low, high)

    in_own = wide[0] + (narrow[0] - wide[0]) * wide[1] / (wide[1] + narrow[1])  # as many standard deviations from both
    return Exercise(
        even(wide[0], narrow[0], wide, narrow),
        0.01,
        given,
        {"no-height": in_own, "middle": even(wide[0], narrow[0], wide, (narrow[0], wide[1]))},
        {"behind": even(narrow[0], 4 * narrow[0], wide, narrow)},
    )


def information() -> Exercise:
    """What a code tells of a hundred images when each shares its cloud with one other."""
    given = {"images": 100.0, "perplexity": 2.0}
    pairs = [(1000.0 * (i // 2), 1.0) for i in range(int(given["images"]))]
    optimal = line(*pairs)
    at = optimal.means[:1]
    found = code_terms(optimal, torch.tensor([0]), at, optimal.summary(at, 1))["mutual_information"].item()
    most = math.log(given["images"])
    return Exercise(found, 0.01, given, {"most": most, "bits": found / math.log(2), "added": most + most - found})


def parameters() -> Exercise:
    """Weights and biases of the deep VAE's decoder."""
    sizes = (LATENT_DIM, *reversed(DEEP), data.PIXELS)
    given = {f"h{i}": float(size) for i, size in enumerate(DEEP, 1)} | {"code": float(LATENT_DIM)}
    found, shallow = (decoder_parameters(hidden, LATENT_DIM) for hidden in (DEEP, SHALLOW))
    mistakes = {"no-biases": float(found - sum(sizes[1:])), "shallow": float(shallow)}
    return Exercise(float(found), 0.5, given, mistakes, {"shallow": float(shallow), "more": found / shallow - 1})


def verdict(store: Store) -> Exercise:
    """The first test nine of the deep VAE without nines that BCE puts nearer to the input and KL nearer to the average.

    Everything is computed from the numbers as the question prints them, with one decimal.
    """
    found = _deep_unseen(store, SEEDS[0])
    turned = (found.bce_input < found.bce_average) & (found.kl_input > found.kl_average + 1)
    place = int(turned.nonzero()[0])
    of = {
        "bce-input": found.bce_input,
        "entropy-input": found.input_entropy,
        "bce-average": found.bce_average,
        "entropy-average": found.average_entropy,
    }
    given = {name: round(values[place].item(), 1) for name, values in of.items()}
    by_bce = given["bce-average"] - given["bce-input"]
    kl_input = given["bce-input"] - given["entropy-input"]
    kl_average = given["bce-average"] - given["entropy-average"]
    nearer = kl_input - kl_average
    return Exercise(
        nearer,
        0.15,
        given,
        {"bce": by_bce, "added": by_bce + given["entropy-average"] - given["entropy-input"]},
        {"kl-input": kl_input, "kl-average": kl_average, "by-bce": by_bce, "place": float(place)},
    )


def share(store: Store) -> Exercise:
    """The standard error of a share of the test nines, in percentage points, beside the spread of three seeds."""
    of_seeds = [_deep_unseen(store, seed) for seed in SEEDS]
    shares = torch.tensor([found.nearer_input for found in of_seeds], dtype=torch.float64)
    given = {"images": float(len(of_seeds[0])), "percent": float(round(100 * shares[0].item()))}
    p = given["percent"] / 100
    found = 100 * math.sqrt(p * (1 - p) / given["images"])
    mistakes = {"fraction": found / 100, "one": 100 * math.sqrt(p * (1 - p)), "no-root": 100 * p * (1 - p)}
    others = {f"seed-{seed}": shares[place].item() for place, seed in enumerate(SEEDS)}
    return Exercise(found, 0.05, given, mistakes, others | {"spread": 100 * shares.std().item()})


def denoiser() -> Exercise:
    """The noise at which Theorem 1's denoiser still gives one of two images a weight of 0.99, at that image itself."""
    given = {"pixels": 100.0, "weight": 0.99}
    images = torch.zeros(2, int(given["pixels"]), dtype=torch.float64)
    images[1] = 1

    def weight(sigma: float) -> float:
        optimal = OptimalDecoder(images, torch.full_like(images, math.log(sigma)), images)
        return optimal.weights(images[:1])[0, 0].item()

    found = _crossing(weight, given["weight"], 0.1, 100.0)
    return Exercise(found, 0.05, given, {"no-half": found * math.sqrt(2), "variance": found**2})


def _crossing(of: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Where a function takes a value that it passes once between two places, by halving."""
    rises = of(high) > level
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if (of(middle) > level) == rises else (middle, high)
    return (low + high) / 2


def _deep_unseen(store: Store, seed: int) -> Evaluation:
    experiment = experiments.figure(1, seed=seed).deep_unseen
    return store.get(evaluated(experiment, epoch=EPOCH, digit=HELD_OUT))
