"""What each method optimises, for one point: in nats, lower is better.

Every loss takes model, rows, noise and step, as ``vaelib.objectives.Autograd`` asks for it.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call

from vaelib import quadrature
from vaelib.likelihood_first.models import CurveVAE, Posterior
from vaelib.objectives import Loss, gaussian_distortion, gaussian_rate

SHIFTED_STEP = 0.025  # of the grid that the likelihood is trained on; it moves at each step of the optimizer


def log_joint(
    x: Float[Tensor, "n 2"], z: Float[Tensor, "n s"], outputs: Float[Tensor, "n s 2"], variance: float
) -> Float[Tensor, "n s"]:
    """log p(x, z) at places of each example's own."""
    log_prior = -0.5 * (z.square() + math.log(2 * math.pi))
    return log_prior - _distortion(x, outputs, variance)


def _distortion(x: Float[Tensor, "n 2"], outputs: Float[Tensor, "n s 2"], variance: float) -> Float[Tensor, "n s"]:
    return gaussian_distortion(outputs, x[:, None], x.new_tensor(variance).log())


def log_ratios(
    x: Float[Tensor, "n 2"],
    posterior: Posterior,
    z: Float[Tensor, "n s"],
    outputs: Float[Tensor, "n s 2"],
    variance: float,
) -> Float[Tensor, "n s"]:
    """log p(x, z) − log q(z|x) at samples of q: their mean is the ELBO, their log-mean-exp IWAE's bound."""
    return log_joint(x, z, outputs, variance) - posterior.log_density(z)


def joint(variance: float, beta: float = 1.0, samples: int = 1, lag: int = 0) -> Loss:
    """Encoder and decoder together.

    Parameters
    ----------
    variance
        s² of p(x|z).
    beta
        Weight of the rate; 1 for the ELBO.
    samples
        K of q(z|x) for each point; more than one makes it IWAE's bound (Burda et al. 2016, equation 8).
    lag
        How many steps the encoder takes alone before each step that the decoder takes with it.
    """

    def loss(vae: CurveVAE, x: Tensor, epsilon: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        posterior = vae.posterior(x)
        z = posterior.at(epsilon[:, None]).flatten(1)
        moves = step % (lag + 1) == lag
        decode = vae.decoder if moves else lambda places: _still(vae.decoder, places)
        outputs = decode(z.reshape(-1, 1)).reshape(*z.shape, 2)
        if samples > 1:
            bound = log_ratios(x, posterior, z, outputs, variance).logsumexp(1) - math.log(samples)
            return -bound, {"negative_bound": -bound}
        distortion = _distortion(x, outputs, variance)[:, 0]
        rate = gaussian_rate(posterior.means, posterior.log_stds)
        return distortion + beta * rate, {"distortion": distortion, "rate": rate}

    return loss


def likelihood(variance: float, step: float = SHIFTED_STEP) -> Loss:
    """−log p(x) of the decoder alone, by a sum over a grid that is shifted anew at each step.

    The shift keeps the decoder from serving the nodes alone: what lies between them comes up, too.
    """

    def loss(vae: CurveVAE, x: Tensor, noise: Tensor, number: int) -> tuple[Tensor, dict[str, Tensor]]:
        shift = torch.special.ndtr(noise[0, 0]) - 0.5  # uniform, from the batch's own noise
        grid = quadrature.grid(step, shift=shift, dtype=x.dtype)
        found = quadrature.gaussian_log_likelihoods(x, vae.curve(grid.nodes), variance) + grid.log_masses
        surprise = -found.logsumexp(1)
        return surprise, {"surprise": surprise}

    return loss


def inference(variance: float) -> Loss:
    """−ELBO in the encoder alone, a mixture of Gaussians, by samples of each component in proportion to its share."""

    def loss(vae: CurveVAE, x: Tensor, epsilon: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        posterior = vae.posterior(x)
        z = posterior.at(epsilon)
        places = z.flatten(1)
        outputs = vae.curve(places.reshape(-1, 1)).reshape(*places.shape, 2)
        ratios = log_ratios(x, posterior, places, outputs, variance).reshape(z.shape).mean(-1)
        negative_elbo = -(posterior.log_shares.exp() * ratios).sum(1)
        return negative_elbo, {"negative_elbo": negative_elbo}

    return loss


def regression(vae: CurveVAE, rows: Float[Tensor, "n 3"], noise: Tensor, step: int) -> tuple[Tensor, dict[str, Tensor]]:
    """The decoder alone, towards a given curve: rows are (z, f(z)); the mean of both columns' squared errors."""
    error = (vae.curve(rows[:, :1]) - rows[:, 1:]).square().mean(1)
    return error, {"error": error}


def _still(decoder: torch.nn.Module, z: Tensor) -> Tensor:
    """The decoder's answer, whose parameters get no gradient."""
    return functional_call(decoder, {name: value.detach() for name, value in decoder.named_parameters()}, (z,))
