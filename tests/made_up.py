"""Made-up evaluations and measures, for tests of what is computed from them."""

import dataclasses

import torch

from vaelib.kinds import Experiment
from vaelib.novelty.evaluation import MEASURES, Evaluated, Evaluation
from vaelib.novelty.experiments import SHALLOW
from vaelib.novelty.study.code import RECOGNISED
from vaelib.novelty.study.measured import ON_TOP, Measures


def evaluated(hidden=SHALLOW, held_out=9, bce_input=60.0, bce_average=90.0, perplexity=1.0, weight=1.0, random=200.0):
    """A made-up evaluation of four test images with these measures; a list gives one value an image."""
    partition = "mnist/train" if held_out is None else f"mnist/train-without-{held_out}"

    def each(value):
        return torch.tensor(value if isinstance(value, list) else [value] * 4)

    return Evaluation(
        Evaluated(Experiment(data=partition, hidden=hidden), 50, 9), {}, each(10.0),
        bce_input=each(bce_input), bce_average=each(bce_average), average_entropy=each(20.0), bce_random=each(random),
        perplexity=each(perplexity),
        top_weights=each(weight)[:, None].repeat(1, 3), top_indices=torch.zeros(4, 3, dtype=torch.int32),
        top_classes=torch.zeros(4, 3, dtype=torch.uint8), output_classes=torch.zeros(4, dtype=torch.uint8),
        outputs=torch.zeros(1, 784, dtype=torch.uint8),
        averages=torch.zeros(1, 784, dtype=torch.uint8),
    )  # fmt: skip


def measures(experiment, digit=9, active=10, **values):
    """Made-up measures, all 0 but for these."""
    filled = dict.fromkeys((*MEASURES, ON_TOP), 0.0) | {RECOGNISED: 0.5} | values
    return Measures(experiment, digit, filled, {"by_variance": active, "by_rate": active}, {"train": 100.0})


def of_digit(shown, digit, **fields):
    """A made-up evaluation of another digit, with these fields."""
    return dataclasses.replace(shown, request=dataclasses.replace(shown.request, digit=digit), **fields)


def flip(path, position):
    """Damage a file: one bit of one byte."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
