"""The collapse of a second stage: it takes the codes for noise, and what it draws is one point blurred.

γ_z begins at 1, which is about the variance of a code. The optimizer may then leave u unused: the rate is 0, γ_z is the
codes' whole variance. That is no result of the method, and is refused as an error.
"""

import torch
from torch import Tensor

from vaelib.codes import drawn_codes
from vaelib.errors import VaelibError
from vaelib.objectives import gaussian_rate
from vaelib.two_stage.models import SecondVAE

LEAST_RATE = 1.0  # nats of KL(q(u|z) ‖ N(0, I)) per code; with less, u says nothing of z
MOST_NOISE = 0.9  # the standard deviation √γ_z over that of the codes; with more, z is all noise
LOOKED_AT = 5000  # codes


class StageCollapsed(VaelibError):
    """A second stage that has learned nothing of the codes."""


@torch.no_grad()
def signs_of_collapse(model: SecondVAE, inputs: Tensor) -> dict[str, float]:
    """What a collapse shows in: the mean rate, in nats per code, and √γ_z over the standard deviation of the codes.

    ``inputs`` are means and log standard deviations of q(z|x), side by side; the codes are drawn with a seed.
    """
    mean, log_std = inputs[:LOOKED_AT].chunk(2, dim=1)
    random = torch.Generator().manual_seed(0)
    z = drawn_codes(mean, log_std, random)
    rate = gaussian_rate(*(found.to("cpu") for found in model.encode(z.to(model.decoder.log_variance.device))))
    std = (z - z.mean(0)).square().mean().sqrt()
    return {"rate": rate.mean().item(), "noise": model.decoder.variance**0.5 / std.item()}


def refuse_a_collapse(name: str, model: SecondVAE, inputs: Tensor) -> None:
    """Raise StageCollapsed where a second stage at its end has a rate near 0, or takes the codes for noise."""
    found = signs_of_collapse(model, inputs)
    if not (found["rate"] >= LEAST_RATE and found["noise"] <= MOST_NOISE):  # what is no number is refused as well
        raise StageCollapsed(
            f"{name} has collapsed: expected a rate of at least {LEAST_RATE:g} nat and √γ_z of at most {MOST_NOISE:g} "
            f"standard deviations of the codes, found {found['rate']:.3g} and {found['noise']:.3g}. It is not stored. "
            "Set warm_up, train the first stage longer, or take another seed."
        )
