"""Four models of which likelihood and gap are known without training: what the ELBO prefers, and what it cannot tell.

Minus the ELBO, averaged over the data, is a sum of two parts (the identity is exact, and elementary):

    −E log p_θ(x) + E KL(q(z|x) ‖ p_θ(z|x)):   minus the log-likelihood, and the gap of the posteriors.

Of a linear model x = W z + N(0, s² I), z ~ N(0, I), and data with covariance C₀, both parts are known, with the best
factorised Gaussian q: its precisions are the diagonal of the posterior's, Λ = I + WᵀW / s².
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import quadrature
from vaelib.likelihood_first import posteriors
from vaelib.toys import FAMILIES, log_density, normal_cdf

ROTATED, ROTATED_VARIANCE = (2.0, 0.5), 0.1  # W₀ = diag(2, 0.5), s²
CORRELATED_VARIANCE = 0.1  # s²
SEARCH = (0.3, 1.2, 0.0005)  # of a: from, to, step


@dataclass(frozen=True)
class Parts:
    """The two parts of the objective at its best q, and what the code says of x; means over the data, in nats."""

    log_likelihood: float
    gap: float
    information: float

    @property
    def elbo(self) -> float:
        """The log-likelihood less the gap."""
        return self.log_likelihood - self.gap


def linear(weights: Float[Tensor, "p d"], variance: float, covariance: Float[Tensor, "p p"]) -> Parts:
    """A linear model, with noise s² = ``variance``, on data with mean 0 and this covariance.

    ``information`` is I(x; z) of the model, ½ log det Λ.
    """
    p, d = weights.shape
    own = weights @ weights.T + variance * torch.eye(p, dtype=weights.dtype)
    log_likelihood = -0.5 * (p * math.log(2 * math.pi) + own.logdet() + torch.linalg.solve(own, covariance).trace())
    precision = torch.eye(d, dtype=weights.dtype) + weights.T @ weights / variance
    gap = 0.5 * (precision.diagonal().log().sum() - precision.logdet())
    return Parts(log_likelihood.item(), gap.item(), (0.5 * precision.logdet()).item())


def collapsing(w: float) -> Parts:
    """(a) x = w z + N(0, 1 − w²), data N(0, 1): every w in [0, 1) has the same p(x) and ELBO; w = 0 says nothing of x.

    Raises
    ------
    ValueError
        When w is outside [0, 1).
    """
    if not 0 <= w < 1:
        raise ValueError(f"w = {w}: expected a number from 0 to below 1, so that noise is left.")
    return linear(_matrix([[w]]), 1 - w**2, _matrix([[1.0]]))


def rotated(degrees: float) -> Parts:
    """(b) x = W₀ R z + noise, with data of the same model unrotated: the same p(x), another gap."""
    angle = math.radians(degrees)
    rotation = _matrix([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    weights = torch.diag(_matrix(ROTATED))
    covariance = weights @ weights.T + ROTATED_VARIANCE * torch.eye(2, dtype=torch.float64)
    return linear(weights @ rotation, ROTATED_VARIANCE, covariance)


def correlated(a: float, c: float, variance: float = CORRELATED_VARIANCE) -> Parts:
    """(c) x = a [[1, c], [c, 1]] z + noise, data of a = 1: ELBO and likelihood are highest at different a."""
    weights = _matrix([[1.0, c], [c, 1.0]])
    return linear(a * weights, variance, weights @ weights.T + variance * torch.eye(2, dtype=torch.float64))


def best_scale(c: float, variance: float = CORRELATED_VARIANCE) -> float:
    """The a of ``correlated`` with the highest ELBO, by a search in steps of 0.0005."""
    low, high, step = SEARCH
    scales = [low + step * n for n in range(round((high - low) / step) + 1)]
    return max(scales, key=lambda a: correlated(a, c, variance).elbo)


def monotone(z: Float[Tensor, "k 1"]) -> Float[Tensor, "k 2"]:
    """(g(z), g(z)) with g(z) = Φ⁻¹((1 + Φ(z)) / 2), which rises and has the law of ``|z|``."""
    beyond = torch.erfc(z / math.sqrt(2)) / 2  # 1 − Φ(z); by erfc it stays above 0 far out, too
    return (-torch.special.ndtri(beyond / 2)).expand(-1, 2)


def half_swapped(curve: posteriors.Curve) -> posteriors.Curve:
    """f ∘ T with T(z) = Φ⁻¹((Φ(z) + ½) mod 1), which leaves N(0, 1) as it is: the same p(x), another posterior."""

    def swapped(z: Tensor) -> Tensor:
        shifted = torch.where(z < 0, 0.5 + normal_cdf(z), 0.5 - normal_cdf(-z))
        return curve(torch.special.ndtri(shifted.clamp(1e-12, 1 - 1e-12)))

    return swapped


def folded(fold: bool, variance: float = 0.01, points: int = 160) -> Parts:
    """(d) ``x = (|z|, |z|)`` + noise, or (g(z), g(z)) + noise with a g that rises: the same p(x), another gap.

    Only the mean of x's two columns bears on z, so the data are a sum over that one number; the best Gaussian q is
    searched for. Both models are judged on the same data.
    """
    abs_ = FAMILIES["abs"].curve
    curve = abs_ if fold else monotone
    # the mean of the columns is |z| + N(0, s²/2); its density, on a grid that the noise cannot step over
    spread = math.sqrt(variance / 2)
    means = torch.linspace(-5 * spread, 5, points, dtype=torch.float64)
    nodes = quadrature.grid(0.002)
    squares = (means[:, None] - nodes.nodes[:, 0].abs()).square() / spread**2
    density = (nodes.log_masses - 0.5 * squares).logsumexp(1).exp()
    mass = density / density.sum()
    x = means[:, None].expand(-1, 2)
    best = posteriors.best_gaussian(curve, variance, x)
    log_likelihood = log_density(curve, variance, x, FAMILIES["abs"].step)
    # the difference of the columns is noise alone: N(0, 2 s²), of which x has none; its part is a constant
    off_line = -0.5
    mean = (mass @ log_likelihood).item() + off_line
    noise = 1 + math.log(2 * math.pi * variance)  # entropy of the noise, two columns
    return Parts(mean, (mass @ (log_likelihood - best.elbo)).item(), -mean - noise)


def _matrix(rows: object) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)
