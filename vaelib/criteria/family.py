"""The family as one objective: distortion and any regulariser, and the members that have a name.

What is lowered is E distortion + R, with R = β · rate + λ · MMD²(q(z), p(z)); further regularisers are further terms. A
member is a pair of weights; the model, the likelihood and the training loop do not know which it is.
"""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from vaelib.objectives import gaussian_rate
from vaelib.two_sample import mmd_from_prior

Weighted = tuple[float, Float[Tensor, "n"]]


class Weights(NamedTuple):
    """What tells one member from another: weight β of the rate, and λ of the MMD² between q(z) and the prior."""

    beta: float
    mmd: float = 0.0


MEMBERS = {
    "ELBO": Weights(1.0),
    "β = 0.2": Weights(0.2),
    "unregularised": Weights(0.0),
    "InfoVAE": Weights(0.0, 10_000.0),  # the rate's part that presses on I_q dropped; λ as in the authors' later code
}


def criterion(
    distortion: Float[Tensor, "n"], **regularisers: Weighted
) -> tuple[Float[Tensor, "n"], dict[str, Float[Tensor, "n"]]]:
    """The loss of each row and its terms by name: distortion + Σ weight · regulariser; nats per image."""
    terms = {"distortion": distortion} | {name: values for name, (_, values) in regularisers.items()}
    loss = distortion
    for weight, values in regularisers.values():
        loss = loss + weight * values
    return loss, terms


def regularisers(
    weights: Weights, mean: Float[Tensor, "n d"], log_std: Float[Tensor, "n d"], z: Float[Tensor, "n d"]
) -> dict[str, Weighted]:
    """The regularisers of the named members; the MMD² is the batch's, and each row's the same."""
    found: dict[str, Weighted] = {"rate": (weights.beta, gaussian_rate(mean, log_std))}
    if weights.mmd:
        found["mmd"] = (weights.mmd, mmd_from_prior(z).expand(len(z)))
    return found
