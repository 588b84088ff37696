"""A decoder held against Theorem 1, with Gaussian pixels: what no decoder can do better, and how near this one comes.

For a fixed encoder, E ‖x − g(z)‖² = B(q) + E ‖g(z) − μ(z)‖² for every decoder g (derived here): the best is the
weighted average μ(z) of Theorem 1, whatever regulariser the encoder was trained with, and what is left is the
overlap of the posteriors, B(q) = E Tr Cov_{w(z)}[x] = E [Σ_i w_i(z) ‖x_i‖² − ‖μ(z)‖²].
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib.criteria.sharpness import sharpness
from vaelib.information import code_terms, rounded, sampled_codes, summarised
from vaelib.objectives import squared_error
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.two_sample import mmd_from_prior

SAMPLES = 2000  # codes z ~ q(z) behind every mean
SHOWN = 8  # of them, whose pictures are kept


def told_by_codes(
    optimal: OptimalDecoder, seed: int, samples: int
) -> tuple[Int[Tensor, "k"], Float[Tensor, "k d"], dict[str, float | Tensor]]:
    """Training images and their codes drawn with a seed, and what codes say: three means, and ``mmd`` from the prior.

    ``rate``, ``mutual_information`` and ``marginal_kl`` are as in ``vaelib.information``, nats per image.
    """
    rows, z = sampled_codes(optimal, seed, samples)
    terms = summarised(code_terms(optimal, rows, z, optimal.summary(z, 1)))
    return rows, z, {name: term["mean"] for name, term in terms.items()} | {"mmd": mmd_from_prior(z)}


def average_and_overlap(
    optimal: OptimalDecoder, z: Float[Tensor, "k d"]
) -> tuple[Float[Tensor, "k p"], Float[Tensor, "k"]]:
    """μ(z), and Tr Cov_{w(z)}[x] of the training images under the weights; float64, exact from the weights."""
    images = optimal.images.double()
    squared = images.square().sum(1, keepdim=True)
    found = OptimalDecoder(optimal.means, optimal.log_stds, torch.cat([images, squared], 1))(z)
    average = found[:, :-1]
    return average, (found[:, -1] - average.square().sum(1)).clamp(min=0)


def measure(
    optimal: OptimalDecoder, output: Callable[[Tensor], Tensor], seed: int, samples: int = SAMPLES
) -> tuple[dict[str, float], Float[Tensor, "3 s 784"]]:
    """Means over codes z ~ q(z), and pictures of a few: x, μ(z), x̂.

    - What codes tell (``told_by_codes``).
    - ``error``: ‖x − x̂‖², with ``error_se``; ``floor``: B(q); ``excess``: ‖x̂ − μ(z)‖²; ``variance``: E ‖x − E x‖².
    - ``sharpness`` of x̂, ``average_sharpness`` of μ(z), ``real_sharpness`` of x.
    """
    rows, z, told = told_by_codes(optimal, seed, samples)
    average, overlap = average_and_overlap(optimal, z)
    x, drawn = optimal.images[rows], output(z)
    error = squared_error(drawn, x)
    values = told | {
        "error": error.mean(),
        "error_se": error.std() / samples**0.5,
        "floor": overlap.mean(),
        "excess": squared_error(drawn.double(), average).mean(),
        "variance": optimal.images.double().var(0, correction=0).sum(),
        "sharpness": sharpness(drawn).mean(),
        "average_sharpness": sharpness(average).mean(),
        "real_sharpness": sharpness(x).mean(),
    }
    pictures = torch.stack([part[:SHOWN].float() for part in (x, average, drawn)])
    return {name: rounded(value) for name, value in values.items()}, pictures
