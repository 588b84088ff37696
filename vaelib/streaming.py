"""One walk over the training set of Theorem 1: chunks of training points, and the sums that run along.

log q(z|x_i) is an inner product of the query (z², z, 1) with a key made of m(x_i) and s(x_i), so that all weights of
many queries are one matrix product and a softmax. The sums run over chunks of training points with a running highest
term. What is summed is computed in float64. A product in float32 goes before it and screens out the points whose
weights, all together, stay below 1e-12: for a trained encoder that is nearly all of them.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import threshold

SCREENED_OUT = 1e-12  # sum of the weights that are taken for zero
NEGLIGIBLE = 1e-9  # the weighted average leaves out training points whose weights sum to less than this
EXPANDED_UP_TO = 4e5  # size of the expanded square's terms whose rounding (× 2⁻⁵²) stays under 1e-10 nats
FITS_FLOAT32 = 1e30  # and its square, too, times a number of dimensions
ROUNDING = 2.0**-23  # of float32
SMALLEST = -700.0  # nats from the highest term; e^-700 is nothing beside 1, and far below exp takes ten times as long
FARTHEST = -1e307  # nats; a term that overflows float64 is taken for this
CERTAIN = 2e-10  # nats; an error of the logarithms that no weight shows
DECIDED = 25.0  # nats below the highest term, and log N: all such terms together are nothing beside it


class Reduced(NamedTuple):
    """What one walk over the training set leaves, for K queries."""

    highest: Float[Tensor, "k"]  # h = max_j l_j, l_j = log q(z|x_j) + D/2 log 2π
    log_sum: Float[Tensor, "k"]  # log Σ_j exp(l_j − h)
    entropy: Float[Tensor, "k"]  # of the weights, in nats
    certain: Bool[Tensor, "k"]  # whether float64 could tell the l_j apart
    average: Float[Tensor, "k p"] | None
    top_logs: Float[Tensor, "k t"] | None  # l − h
    top_indices: Int[Tensor, "k t"] | None


class Points:
    """A chunk of c training points as keys: l_i = log q(z|x_i) + D/2 log 2π = (z², z, 1) · key_i."""

    def __init__(self, start: int, m: Float[Tensor, "c d"], log_s: Float[Tensor, "c d"], largest_z: Float[Tensor, "d"]):
        self.start, self.m, self.log_s = start, m, log_s
        self.log_size = log_s.abs().sum(1).max().item()  # Σ |log s|
        precision = (-2 * log_s).exp()
        largest = torch.maximum(largest_z, m.abs().amax(0)).square()
        size = (largest * precision.amax(0)).sum().item()
        keys = max(precision.max().item(), (m.abs() * precision).max().item())
        self.expanded = size + self.log_size < EXPANDED_UP_TO and max(largest.max().item(), keys) < FITS_FLOAT32
        if self.expanded:
            constant = -0.5 * (m.square() * precision).sum(1) - log_s.sum(1)
            self.keys = torch.cat([-0.5 * precision, m * precision, constant[:, None]], dim=1)
            self.screening_keys = torch.cat([self.keys, torch.ones_like(constant)[:, None]], dim=1).float()
            # the product in float32 is off by less than this; the last term is for what is too small for float32
            self.error = (2 * m.shape[1] + 4) * ROUNDING * (2 * size + log_s.sum(1).abs().max().item()) + 1e-6

    def __len__(self) -> int:
        return len(self.m)

    def logs(self, z: Float[Tensor, "q d"], chosen: Int[Tensor, "c"] | None = None) -> Float[Tensor, "q c"]:
        """l_i of the chosen points, float64: a matrix product by expanding the square of (z − m) / s.

        That is exact as long as the square's terms are small enough for float64 to hold the difference; one dimension
        after the other, slower, when they are not (σ tiny, z far away).
        """
        chosen = torch.arange(len(self), device=z.device) if chosen is None else chosen
        if self.expanded:
            return features(z) @ self.keys.index_select(0, chosen).T
        distance = z.new_zeros(len(z), len(chosen))
        log_s = self.log_s[chosen]
        for m, inverse, z_d in zip(self.m[chosen].T, (-log_s).exp().T, z.T, strict=True):
            difference = z_d[:, None] - m
            nothing = (difference == 0) | (inverse == 0)  # whatever the other factor is, infinity too
            distance += (difference * inverse).masked_fill_(nothing, 0).square_()
        return distance.mul_(-0.5).sub_(log_s.sum(1)).clamp_(min=FARTHEST)

    def rounding(self, logs: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """How far these l_i may be off: the relative error of a sum of D squares, times its size."""
        return (self.m.shape[1] + 8) * 2.0**-53 * (logs.abs() + 2 * self.log_size)

    def above(self, running: "Running", place: Tensor) -> Int[Tensor, "c"]:
        """Points that matter to any query of a block: all whose l_i may lie above its floor, the one that it knows or
        the one that these points give it.
        """
        if not self.expanded:
            return torch.arange(len(self), device=self.m.device)
        known = running.floor().clamp(min=-1e30).float()
        base = torch.where(known > -1e30, known, 0.0)
        screen = place[: len(known) * len(self)].view(len(known), len(self))
        torch.mm(torch.cat([running.features, -base], dim=1), self.screening_keys.T, out=screen)  # l_i − base
        error = self.error + 2 * ROUNDING * base.abs().max().item()
        floor = known - base
        if len(self) >= running.needed:
            # the highest of each of t groups are t terms, so the t-th highest of all is at least the lowest of them
            whole = len(self) // running.needed * running.needed
            highest = screen[:, :whole].unflatten(1, (running.needed, -1)).amax(2)
            here = torch.minimum(highest.amax(1) + running.depth, highest.amin(1) if running.top else highest.amax(1))
            floor = torch.maximum(floor, here[:, None] - error)
        return (screen.sub_(floor).amax(0) > -error).nonzero().flatten()


class Running:
    """Sums over the training points met so far, for a block of queries, relative to the highest term h among them."""

    def __init__(self, z: Float[Tensor, "q d"], n: int, pixels: int | None, top: int | None):
        self.z, self.n, self.top = z, n, top
        self.needed = top or 1
        self.depth = math.log(SCREENED_OUT / n)  # nats from the highest term to the floor
        self.features = features(z).float()
        self.highest = z.new_full((len(z), 1), -math.inf)
        self.total, self.weighted_log = z.new_zeros(len(z), 1), z.new_zeros(len(z), 1)  # Σ e^(l−h), Σ e^(l−h) (l−h)
        self.image = None if pixels is None else z.new_zeros(len(z), pixels)
        self.top_logs = z.new_empty(len(z), 0)
        self.top_indices = torch.empty(len(z), 0, dtype=torch.int64, device=z.device)
        self.second = z.new_full((len(z), 1), -math.inf)  # the highest term but one, where rounding may matter
        self.rounded: Points | None = None  # the chunk whose terms are rounded most

    def add(self, points: Points, images: Float[Tensor, "n p"], place: Tensor) -> None:
        """Meet a chunk of training points."""
        chosen = points.above(self, place)
        if not len(chosen):
            return
        logs = points.logs(self.z, chosen)
        if self.top:
            self._add_top(logs, chosen + points.start)
        here = logs.amax(1, keepdim=True)
        self._add_second(logs, here, points)
        highest = torch.maximum(self.highest, here)
        # rescale the sums to the new highest term; nothing has been summed where the old one is −∞
        shift = (self.highest - highest).clamp(min=FARTHEST)
        scale = shift.exp()
        logs.sub_(highest).clamp_(min=SMALLEST)
        terms = logs.exp()
        self.weighted_log = scale * (self.weighted_log + shift * self.total) + torch.linalg.vecdot(terms, logs)[:, None]
        self.total = scale * self.total + terms.sum(1, keepdim=True)
        self.highest = highest
        if self.image is not None:
            # the final sum is at least 1, so a term left out here has a weight below NEGLIGIBLE / N
            seen = (terms.amax(0) > NEGLIGIBLE / self.n).nonzero().flatten()
            shown = as_numbers(images.index_select(0, chosen[seen] + points.start))
            kept = threshold(terms.index_select(1, seen), NEGLIGIBLE / self.n, 0).to(shown.dtype)
            self.image.mul_(scale).add_(kept @ shown)

    def result(self) -> Reduced:
        """The sums as they stand."""
        certain = torch.ones_like(self.highest, dtype=torch.bool)
        if self.rounded:
            second = self.second.clamp(min=FARTHEST)
            error = self.rounded.rounding(self.highest) + self.rounded.rounding(second)
            certain = (error <= CERTAIN) | (self.highest - second > error + DECIDED + math.log(self.n))
        return Reduced(
            highest=self.highest.squeeze(1),
            log_sum=self.total.log().squeeze(1),
            entropy=(self.total.log() - self.weighted_log / self.total).squeeze(1),
            certain=certain.squeeze(1),
            average=None if self.image is None else self.image / self.total,
            top_logs=self.top_logs - self.highest if self.top else None,
            top_indices=self.top_indices if self.top else None,
        )

    def floor(self) -> Float[Tensor, "q 1"]:
        """Terms up to here change neither the sums nor the neighbours."""
        floor = self.highest + self.depth
        if not self.top:
            return floor
        if self.top_logs.shape[1] < self.top:
            return torch.full_like(floor, -math.inf)
        return torch.minimum(floor, self.top_logs[:, -1:])

    def _add_top(self, logs: Float[Tensor, "q c"], indices: Int[Tensor, "c"]) -> None:
        here = logs.topk(min(self.top, logs.shape[1]), dim=1)
        candidates = torch.cat([self.top_logs, here.values], dim=1)
        positions = torch.cat([self.top_indices, indices[here.indices]], dim=1)
        self.top_logs, order = candidates.topk(min(self.top, candidates.shape[1]), dim=1)
        self.top_indices = positions.gather(1, order)

    def _add_second(self, logs: Float[Tensor, "q c"], here: Float[Tensor, "q 1"], points: Points) -> None:
        self.second = torch.maximum(self.second, torch.minimum(self.highest, here))
        if not points.expanded:  # elsewhere two terms of one chunk are exact enough
            if logs.shape[1] > 1:
                self.second = torch.maximum(self.second, logs.topk(2, dim=1).values[:, 1:])
            if self.rounded is None or self.rounded.log_size < points.log_size:
                self.rounded = points


def features(z: Float[Tensor, "q d"]) -> Float[Tensor, "q f"]:
    """(z², z, 1): what the keys are multiplied with."""
    return torch.cat([z.square(), z, torch.ones_like(z[:, :1])], dim=1)


def as_numbers(images: Tensor) -> Tensor:
    """Images in the precision in which they are averaged: float64 stays, what is narrower or whole becomes float32."""
    wide = images.dtype in (torch.float64, torch.int32, torch.int64)
    return images.to(torch.float64 if wide else torch.float32)
