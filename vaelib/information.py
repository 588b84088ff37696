"""What a code says of its image, and what the best decoder could make of it: rate, information, distortion."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib.codes import drawn_codes
from vaelib.models import VAE
from vaelib.objectives import cross_entropy, gaussian_rate
from vaelib.optimal_decoder import OptimalDecoder, Summary

SAMPLES = 2000  # training images behind ``information``
ACTIVE_VARIANCE = 0.01  # of m_d(x) over the training images, above which dimension d is active (Burda et al. 2016)
ACTIVE_RATE = 0.1  # nats of the rate, the mean over the training images, above which it is active


def optimal_decoder(vae: VAE, images: Float[Tensor, "n 784"]) -> OptimalDecoder:
    """Theorem 1's decoder for this encoder and this training set."""
    return OptimalDecoder(*vae.encode(images), images)


def information(vae: VAE, optimal: OptimalDecoder, seed: int, samples: int = SAMPLES) -> dict[str, dict[str, float]]:
    """What the code z says of the training image, and what the decoder makes of it, in nats per image.

    Means over training images drawn with a seed and z ~ q(z|x), each with its standard error:

    - ``rate``: R = KL(q(z|x) ‖ p(z)); it is the sum of the next two (Hoffman & Johnson 2016).
    - ``mutual_information``: I_q = log N − log perplexity(z), of z and the training image's number; at most log N.
    - ``marginal_kl``: KL(q(z) ‖ p(z)), of the aggregate posterior from the prior.
    - ``distortion``: BCE(x, x̂), of the decoder as it is.
    - ``best_distortion``: BCE(x, μ(z)), the least that any decoder can reach with this encoder (Theorem 1).
    """
    rows, z = sampled_codes(optimal, seed, samples)
    x, best = optimal.images[rows], optimal.summary(z, 1)
    terms = code_terms(optimal, rows, z, best)
    terms["distortion"] = cross_entropy(x, vae.decoder.output(z))
    terms["best_distortion"] = cross_entropy(x, best.average)
    return summarised(terms)


def sampled_codes(optimal: OptimalDecoder, seed: int, samples: int) -> tuple[Int[Tensor, "k"], Float[Tensor, "k d"]]:
    """Positions of training images drawn with a seed, and a code z ~ q(z|x) of each."""
    random = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(optimal), (samples,), generator=random)
    mean, log_std = optimal.means[rows], optimal.log_stds[rows]
    return rows, drawn_codes(mean, log_std, random)


def code_terms(
    optimal: OptimalDecoder, rows: Int[Tensor, "k"], z: Float[Tensor, "k d"], best: Summary
) -> dict[str, Float[Tensor, "k"]]:
    """``rate``, ``mutual_information`` and ``marginal_kl`` of ``information``, code by code."""
    log_prior = -0.5 * (z.double().square() + math.log(2 * math.pi)).sum(1)
    return {
        "rate": gaussian_rate(optimal.means[rows], optimal.log_stds[rows]),
        "mutual_information": math.log(len(optimal)) - best.perplexity.log(),
        "marginal_kl": best.log_density - log_prior,
    }


def summarised(terms: dict[str, Float[Tensor, "k"]]) -> dict[str, dict[str, float]]:
    """Each term's mean and its standard error."""
    return {
        name: {"mean": rounded(v.double().mean()), "error": rounded(v.double().std() / len(v) ** 0.5)}
        for name, v in terms.items()
    }


def rates(means: Float[Tensor, "n d"], log_stds: Float[Tensor, "n d"]) -> Float[Tensor, "d"]:
    """The rate of each of the code's dimensions, the mean over the images, in nats; their sum is the whole rate."""
    return gaussian_rate(means[..., None].double(), log_stds[..., None].double()).mean(0)


def active_dimensions(means: Float[Tensor, "n d"], log_stds: Float[Tensor, "n d"]) -> dict[str, int]:
    """How many of the code's dimensions say anything of the image: by the variance of m_d(x), and by their rate."""
    rate = rates(means, log_stds)
    variance = means.double().var(0, correction=0)
    return {"by_variance": int((variance > ACTIVE_VARIANCE).sum()), "by_rate": int((rate > ACTIVE_RATE).sum())}


def rounded(value: Tensor | float) -> float:
    """To six digits: more would only fill the published files."""
    return float(f"{float(value):.6g}")
