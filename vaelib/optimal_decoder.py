"""Theorem 1 (Shu et al. 2018; equation 1 of the paper): a decoder made of the training set.

For a fixed encoder q(z|x) = N(m(x), diag s(x)²) and a decoder of unlimited capacity, the best output at z is

    μ(z) = Σ_i w_i(z) x_i,   w_i(z) = q(z|x_i) / Σ_j q(z|x_j),   i over the training set.

Everything is computed in float64, in chunks over queries and over training points with a running log-sum-exp, so the
added memory depends on neither of their numbers (only ``log_weights`` and ``weights``, whose result is N wide, do).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import threshold

POINTS = 8192  # training points in a chunk
ENTRIES = 1 << 21  # queries × training points in a chunk: 16 MB a matrix
NEGLIGIBLE = 1e-9  # the weighted average leaves out training points whose weights sum to less than this
EXPANDED_UP_TO = 1e7  # size of the expanded square's terms whose rounding (× 2⁻⁵²) stays under 1e-8 nats
SMALLEST = -700.0  # nats from the highest term; e^-700 is nothing beside 1, and far below exp takes ten times as long


class Summary(NamedTuple):
    """Everything that Theorem 1 says of K queries, from one pass over the training set."""

    average: Float[Tensor, "k p"]  # μ(z)
    top_weights: Float[Tensor, "k t"]
    top_indices: Int[Tensor, "k t"]
    perplexity: Float[Tensor, "k"]
    log_density: Float[Tensor, "k"]


class _Reduced(NamedTuple):
    """What one pass over the training set leaves, for K queries."""

    log_total: Float[Tensor, "k"]  # log Σ_j exp(l_j), l_j = log q(z|x_j) + D/2 log 2π
    entropy: Float[Tensor, "k"]  # of the weights, in nats
    average: Float[Tensor, "k p"] | None
    top_logs: Float[Tensor, "k t"] | None
    top_indices: Int[Tensor, "k t"] | None


class OptimalDecoder:
    """The optimal decoder of Theorem 1: z → μ(z), with its weights, neighbours and aggregate posterior.

    Parameters
    ----------
    means, log_stds
        Mean m(x_i) and log standard deviation log s(x_i) of q(z|x_i) for each training point, shape (N, D).
    images
        The training images x_i, shape (N, P).

    Raises
    ------
    ValueError
        When shapes disagree, or a number is not finite; also for such a z.
    """

    def __init__(self, means: Float[Tensor, "n d"], log_stds: Float[Tensor, "n d"], images: Float[Tensor, "n p"]):
        if means.ndim != 2 or means.shape != log_stds.shape or len(images) != len(means) or len(means) == 0:
            raise ValueError(
                "Expected means (N, D), log_stds (N, D), images (N, P) with N ≥ 1; found "
                f"{tuple(means.shape)}, {tuple(log_stds.shape)}, {tuple(images.shape)}."
            )
        for name, values in (("means", means), ("log_stds", log_stds)):
            if not values.isfinite().all():
                raise ValueError(f"{name} must be finite; found NaN or infinity.")
        self.means, self.log_stds, self.images = means, log_stds, images
        self._range = tuple(value.item() for value in images.aminmax())

    def __len__(self) -> int:
        return len(self.means)

    def __call__(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k p"]:
        """μ(z), the weighted average, in the images' precision; leaves out weights that sum to less than 1e-9."""
        return self._average(self._reduce(z, average=True))

    def log_weights(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k n"]:
        """log w_i(z), float64; takes 8 K N bytes."""
        logs = torch.cat([torch.cat([part for _, part in self._chunks(rows)], dim=1) for rows in self._queries(z)])
        return logs - logs.logsumexp(dim=1, keepdim=True)

    def weights(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k n"]:
        """w_i(z), float64; each row sums to one; takes 8 K N bytes."""
        return self.log_weights(z).exp()

    def top(self, z: Float[Tensor, "k d"], k: int) -> tuple[Float[Tensor, "k t"], Int[Tensor, "k t"]]:
        """The largest weights, float64, and their training points' positions, largest first; t = min(k, N)."""
        return self._top(self._reduce(z, top=k))

    def perplexity(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k"]:
        """exp of the weights' entropy, in [1, N]: how many training points the weighted average is made of."""
        return self._perplexity(self._reduce(z))

    def log_density(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k"]:
        """log q(z) of the aggregate posterior q(z) = 1/N Σ_i q(z|x_i), in nats."""
        return self._log_density(self._reduce(z))

    def summary(self, z: Float[Tensor, "k d"], k: int) -> Summary:
        """``self(z)``, ``top(z, k)``, ``perplexity(z)`` and ``log_density(z)`` for the price of the first."""
        found = self._reduce(z, average=True, top=k)
        return Summary(self._average(found), *self._top(found), self._perplexity(found), self._log_density(found))

    def _average(self, found: "_Reduced") -> Float[Tensor, "k p"]:
        # a weighted average leaves the images' range by rounding alone, and then it is no picture any more
        return found.average.to(self.images.dtype).clamp(*self._range)

    def _top(self, found: "_Reduced") -> tuple[Float[Tensor, "k t"], Int[Tensor, "k t"]]:
        return (found.top_logs - found.log_total[:, None]).exp(), found.top_indices

    def _perplexity(self, found: "_Reduced") -> Float[Tensor, "k"]:
        return found.entropy.exp().clamp(1, len(self))

    def _log_density(self, found: "_Reduced") -> Float[Tensor, "k"]:
        return found.log_total - math.log(len(self)) - 0.5 * self.means.shape[1] * math.log(2 * math.pi)

    def _queries(self, z: Float[Tensor, "k d"]) -> tuple[Float[Tensor, "q d"], ...]:
        if z.ndim != 2 or z.shape[1] != self.means.shape[1] or len(z) == 0:
            raise ValueError(f"Expected z of shape (K, {self.means.shape[1]}) with K ≥ 1, found {tuple(z.shape)}.")
        if not z.isfinite().all():
            raise ValueError("z must be finite; found NaN or infinity.")
        return z.to(self.means.device, torch.float64).split(max(1, ENTRIES // min(POINTS, len(self))))

    def _chunks(self, z: Float[Tensor, "q d"]) -> Iterator[tuple[int, Float[Tensor, "q c"]]]:
        """log q(z|x_i) + D/2 log 2π for one chunk of training points after another, with the first one's position."""
        for start in range(0, len(self), POINTS):
            m = self.means[start : start + POINTS].double()
            log_s = self.log_stds[start : start + POINTS].double()
            yield start, _squared_distance(z, m, (-2 * log_s).exp()).mul_(-0.5).sub_(log_s.sum(1))

    def _reduce(self, z: Float[Tensor, "k d"], *, average: bool = False, top: int | None = None) -> _Reduced:
        if top is not None and top < 1:
            raise ValueError(f"Expected at least one neighbour, found k = {top}.")
        parts = [self._reduce_chunk(rows, average, top) for rows in self._queries(z)]
        return _Reduced(*(torch.cat(column) if column[0] is not None else None for column in zip(*parts, strict=True)))

    def _reduce_chunk(self, z: Float[Tensor, "q d"], average: bool, top: int | None) -> _Reduced:
        queries, device = len(z), z.device
        highest = torch.full((queries, 1), -math.inf, dtype=torch.float64, device=device)
        total, weighted_log = torch.zeros_like(highest), torch.zeros_like(highest)  # Σ e^(l−h), Σ e^(l−h) (l−h)
        image = torch.zeros(queries, self.images.shape[1], dtype=torch.float64, device=device) if average else None
        top_logs = torch.empty(queries, 0, dtype=torch.float64, device=device)
        top_indices = torch.empty(queries, 0, dtype=torch.int64, device=device)
        for start, logs in self._chunks(z):
            new_highest = torch.maximum(highest, logs.amax(1, keepdim=True))
            if top:
                here = logs.topk(min(top, logs.shape[1]), dim=1)
                top_logs = torch.cat([top_logs, here.values], dim=1)
                top_indices = torch.cat([top_indices, here.indices + start], dim=1)
                top_logs, order = top_logs.topk(min(top, top_logs.shape[1]), dim=1)
                top_indices = top_indices.gather(1, order)
            # rescale the running sums to the new highest term; nothing has been summed where the old one is −∞
            shift = (highest - new_highest).clamp(min=-1e300)
            scale = shift.exp()
            weighted_log = scale * (weighted_log + shift * total)
            total = scale * total
            logs.sub_(new_highest).clamp_(min=SMALLEST)
            terms = logs.exp()
            total += terms.sum(1, keepdim=True)
            weighted_log += torch.linalg.vecdot(terms, logs)[:, None]
            if average:
                # the final sum is at least 1, so a term left out here has a weight below NEGLIGIBLE / N
                points = (terms.amax(0) > NEGLIGIBLE / len(self)).nonzero().flatten()
                kept = threshold(terms[:, points], NEGLIGIBLE / len(self), 0).to(self.images.dtype)
                image = scale * image + kept @ self.images[start + points]
            highest = new_highest
        if not (weighted_log.isfinite().all() and total.isfinite().all()):
            raise ValueError("z is so far from a training point that log q(z|x) overflows float64.")
        return _Reduced(
            log_total=(highest + total.log()).squeeze(1),
            entropy=(total.log() - weighted_log / total).squeeze(1),
            average=image / total if average else None,
            top_logs=top_logs if top else None,
            top_indices=top_indices if top else None,
        )


def _squared_distance(
    z: Float[Tensor, "q d"], m: Float[Tensor, "c d"], precision: Float[Tensor, "c d"]
) -> Float[Tensor, "q c"]:
    """Σ_d ((z − m) / s)², with precision = 1 / s².

    Two matrix products by expanding the square, as long as its terms are small enough for float64 to hold the
    difference; one dimension after the other, exact but slower, when they are not (σ tiny, z far away).
    """
    largest = torch.maximum(z.abs().amax(0), m.abs().amax(0)).square() * precision.amax(0)
    if largest.sum() < EXPANDED_UP_TO:
        scaled = m * precision
        return (z.square() @ precision.T).sub_(z @ scaled.T, alpha=2).add_((m * scaled).sum(1))
    distance = torch.zeros(len(z), len(m), dtype=z.dtype, device=z.device)
    for d in range(z.shape[1]):
        distance += (z[:, d, None] - m[:, d]).square_().mul_(precision[:, d])
    return distance
