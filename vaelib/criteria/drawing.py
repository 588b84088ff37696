"""A picture as it forms, step by step: of test images, and from the prior. A plain VAE is a drawing of one step."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib import data
from vaelib.criteria.experiments import WithCode
from vaelib.criteria.sequential import SequentialVAE
from vaelib.criteria.sharpness import sharpness
from vaelib.distances import most_alike
from vaelib.information import rounded
from vaelib.kinds import Experiment
from vaelib.models import VAE
from vaelib.objectives import squared_error
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.two_sample import gaussian, mmd

IMAGES = 1000  # test images at most, and images drawn from the prior
SHOWN = 8  # of each, whose pictures are kept
Drawable = SequentialVAE | VAE


def draw(model: Drawable, z: Float[Tensor, "n d"]) -> list[Float[Tensor, "n 784"]]:
    """The picture after each step, from the codes of all steps side by side."""
    return model.draw(z) if isinstance(model, SequentialVAE) else [model.decoder.output(z)]


@torch.no_grad()
def measure(
    experiment: WithCode | Experiment, model: Drawable, part: str
) -> tuple[list[dict[str, float]], dict[str, float], dict[str, Tensor]]:
    """Step by step what a model draws of the test images of a part, at z = m(x), and from the prior.

    Of each step: ``error`` ‖x − x_t‖²; ``sharpness``; ``recognised``, the share whose most alike training image, among
    all classes, is of the image's class; ``perplexity``, the median of Theorem 1's weights at the codes so far, z_1 …
    z_t; ``on_top``, the share whose top neighbour is of the image's class; ``sample_sharpness`` and ``sample_mmd``, of
    pictures from the prior, the MMD² from test images. Of the data: ``real_sharpness``, ``real_mmd`` (of two sets of
    real images, the least that can be asked for).
    """
    test = data.partition(f"{experiment.dataset}/{part}").first(IMAGES)
    all_test = data.partition(f"{experiment.dataset}/test").images
    real, others = all_test[:IMAGES], all_test[IMAGES : 2 * IMAGES]
    everything, train = data.partition(f"{experiment.dataset}/train"), experiment.train()
    means, log_stds = model.encode(train.images)
    codes, _ = model.encode(test.images)
    random = torch.Generator().manual_seed(experiment.seed)
    drawn = draw(model, codes)
    sampled = draw(model, torch.randn(len(real), codes.shape[1], generator=random))
    width = real.var(0).sum().item()
    rows, neighbours = [], []
    for number, (picture, sample) in enumerate(zip(drawn, sampled, strict=True), 1):
        so_far = number * codes.shape[1] // len(drawn)
        optimal = OptimalDecoder(means[:, :so_far], log_stds[:, :so_far], train.images)
        top = _top(optimal, codes[:, :so_far])
        alike = everything.labels[most_alike(picture, everything.images)]
        row = {
            "error": squared_error(picture, test.images).mean(),
            "sharpness": sharpness(picture).mean(),
            "recognised": (alike == test.labels).double().mean(),
            "perplexity": optimal.perplexity(codes[:, :so_far]).median(),
            "on_top": (train.labels[top] == test.labels).double().mean(),
            "sample_sharpness": sharpness(sample).mean(),
            "sample_mmd": mmd(sample, real, gaussian, width, permutations=0)[0],
        }
        rows.append({name: rounded(value) for name, value in row.items()})
        neighbours.append(train.indices[top[:SHOWN]])
    values = {
        "real_sharpness": sharpness(test.images).mean(),
        "real_mmd": mmd(others, real, gaussian, width, permutations=0)[0],
    }
    pictures = {
        "drawn": torch.stack([picture[:SHOWN] for picture in drawn]),
        "samples": torch.stack([picture[:SHOWN] for picture in sampled]),
    }
    kept = {name: as_bytes(values) for name, values in pictures.items()} | {"neighbours": torch.stack(neighbours).int()}
    return rows, {name: rounded(value) for name, value in values.items()}, kept


def _top(optimal: OptimalDecoder, z: Float[Tensor, "n d"]) -> Int[Tensor, "n"]:
    return optimal.top(z, 1)[1][:, 0]


def as_bytes(pictures: Float[Tensor, "..."]) -> Tensor:
    """Grey values in [0, 1], rounded to 1/255."""
    return (pictures.clamp(0, 1) * 255).round().to(torch.uint8)
