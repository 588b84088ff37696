"""What the figures show of one test image, from an evaluation and the data."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import data
from vaelib.errors import NotPublished, UnknownName
from vaelib.novelty.evaluation import Evaluation


class Pictures(NamedTuple):
    """What the figures show of one test image: images of 784 pixels, and the largest weights with their images."""

    input: Tensor
    output: Tensor
    average: Tensor
    neighbours: Float[Tensor, "3 784"]
    weights: Float[Tensor, "3"]


def pictures_of(evaluation: Evaluation, index: int) -> Pictures:
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
