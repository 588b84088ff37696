"""The output beside the training image of largest weight alone, in the place of the average of all."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import data
from vaelib.determinism import deterministic
from vaelib.novelty.evaluation import Evaluation
from vaelib.objectives import cross_entropy, pixel_entropy
from vaelib.runs import Trained
from vaelib.store import Store


class Neighbour(NamedTuple):
    """How far each test image's output is from the training image x₁ of largest weight, in nats per image."""

    bce: Float[Tensor, "n"]  # BCE(x₁, x̂)
    kl: Float[Tensor, "n"]  # KL(x₁ ‖ x̂)


def top_neighbour(evaluation: Evaluation, store: Store) -> Neighbour:
    """The third thing that an output may be near to: neither blurred as the average is, nor the input.

    Raises
    ------
    NotPublished
        When the store has no weights for the evaluation's model, and may not train it.
    """
    experiment, request = evaluation.experiment, evaluation.request
    vae = store.get(Trained(experiment, (request.epoch,))).model(request.epoch)
    test = data.partition(f"{experiment.dataset}/test-{request.digit}")
    nearest = data.images_at(f"{experiment.dataset}/train", evaluation.top_indices[:, 0].long())
    with deterministic(), torch.no_grad():
        outputs = vae.decoder.output(vae.encode(test.images)[0])
        bce = cross_entropy(nearest, outputs)
    return Neighbour(bce, bce - pixel_entropy(nearest))
