"""Theorem 1 (Shu et al. 2018; equation 1 of the paper): a decoder made of the training set.

For a fixed encoder q(z|x) = N(m(x), diag s(x)²) and a decoder of unlimited capacity, the best output at z is

    μ(z) = Σ_i w_i(z) x_i,   w_i(z) = q(z|x_i) / Σ_j q(z|x_j),   i over the training set.

log q(z|x_i) is an inner product of the query (z², z, 1) with a key made of m(x_i) and s(x_i), so that all weights of
many queries are one matrix product and a softmax. The sums run over chunks of training points with a running highest
term, so the added memory depends on the number of neither (only ``log_weights`` and ``weights``, whose result is N
wide, do), and ``means``, ``log_stds`` and ``images`` may be memory-mapped files.

What is summed is computed in float64. A product in float32 goes before it and screens out the points whose weights,
all together, stay below 1e-12: for a trained encoder that is nearly all of them.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import threshold

POINTS = 8192  # training points in a chunk
BLOCK = 64  # queries that meet a chunk at once, more of them where it is smaller: 2 MB stay in the processor's cache
QUERIES = 4096  # queries that share one walk over the training set
SCREENED_OUT = 1e-12  # sum of the weights that are taken for zero
NEGLIGIBLE = 1e-9  # the weighted average leaves out training points whose weights sum to less than this
EXPANDED_UP_TO = 4e5  # size of the expanded square's terms whose rounding (× 2⁻⁵²) stays under 1e-10 nats
ROUNDING = 2.0**-23  # of float32
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
            if not all(part.isfinite().all() for part in values.split(POINTS)):
                raise ValueError(f"{name} must be finite; found NaN or infinity.")
        self.means, self.log_stds, self.images = means, log_stds, images
        ranges = torch.tensor([[value.item() for value in part.aminmax()] for part in images.split(POINTS)])
        self._range = (ranges[:, 0].min().item(), ranges[:, 1].max().item())

    def __len__(self) -> int:
        return len(self.means)

    def __call__(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k p"]:
        """μ(z), the weighted average, in the images' precision; leaves out weights that sum to less than 1e-9."""
        return self._average(self._reduce(z, average=True))

    def log_weights(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k n"]:
        """log w_i(z), float64; takes 8 K N bytes."""
        z = self._checked(z)
        blocks = [torch.cat([points.logs(rows) for points in self._chunks(z)], dim=1) for rows in z.split(QUERIES)]
        logs = torch.cat(blocks)
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

    def _checked(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k d"]:
        if z.ndim != 2 or z.shape[1] != self.means.shape[1] or len(z) == 0:
            raise ValueError(f"Expected z of shape (K, {self.means.shape[1]}) with K ≥ 1, found {tuple(z.shape)}.")
        if not z.isfinite().all():
            raise ValueError("z must be finite; found NaN or infinity.")
        return z.to(self.means.device, torch.float64)

    def _chunks(self, z: Float[Tensor, "k d"]) -> Iterator["_Points"]:
        """The training points, chunk after chunk, ready for these queries."""
        largest = z.abs().amax(0)
        for start in range(0, len(self), POINTS):
            part = slice(start, start + POINTS)
            yield _Points(start, self.means[part].double(), self.log_stds[part].double(), largest)

    def _reduce(self, z: Float[Tensor, "k d"], *, average: bool = False, top: int | None = None) -> _Reduced:
        if top is not None and top < 1:
            raise ValueError(f"Expected at least one neighbour, found k = {top}.")
        z = self._checked(z)
        order = _likes_together(z)
        block_size = BLOCK * max(1, POINTS // len(self))
        pixels = self.images.shape[1] if average else None
        parts = []
        for queries in z[order].split(QUERIES):
            running = [_Running(rows, len(self), pixels, top) for rows in queries.split(block_size)]
            screen = z.new_empty(block_size * min(POINTS, len(self)), dtype=torch.float32)
            for points in self._chunks(queries):
                for block in running:
                    block.add(points, self.images, screen)
            parts += [block.result() for block in running]
        back = order.argsort()
        return _Reduced(*(None if part[0] is None else torch.cat(part)[back] for part in zip(*parts, strict=True)))


class _Points:
    """A chunk of c training points as keys: l_i = log q(z|x_i) + D/2 log 2π = (z², z, 1) · key_i."""

    def __init__(self, start: int, m: Float[Tensor, "c d"], log_s: Float[Tensor, "c d"], largest_z: Float[Tensor, "d"]):
        self.start, self.m, self.log_s = start, m, log_s
        self.precision = (-2 * log_s).exp()
        largest = torch.maximum(largest_z, m.abs().amax(0)).square() * self.precision.amax(0)
        size = largest.sum().item()
        self.expanded = size < EXPANDED_UP_TO
        if self.expanded:
            constant = -0.5 * (m.square() * self.precision).sum(1) - log_s.sum(1)
            self.keys = torch.cat([-0.5 * self.precision, m * self.precision, constant[:, None]], dim=1)
            self.screening_keys = torch.cat([self.keys, torch.ones_like(constant)[:, None]], dim=1).float()
            # the product in float32 is off by less than this
            self.error = (2 * m.shape[1] + 4) * ROUNDING * (2 * size + log_s.sum(1).abs().max().item())

    def __len__(self) -> int:
        return len(self.m)

    def logs(self, z: Float[Tensor, "q d"], chosen: Int[Tensor, "c"] | None = None) -> Float[Tensor, "q c"]:
        """l_i of the chosen points, float64: a matrix product by expanding the square of (z − m) / s.

        That is exact as long as the square's terms are small enough for float64 to hold the difference; one dimension
        after the other, slower, when they are not (σ tiny, z far away).
        """
        chosen = torch.arange(len(self), device=z.device) if chosen is None else chosen
        if self.expanded:
            return _features(z) @ self.keys.index_select(0, chosen).T
        distance = z.new_zeros(len(z), len(self.m[chosen]))
        for m, precision, z_d in zip(self.m[chosen].T, self.precision[chosen].T, z.T, strict=True):
            distance += (z_d[:, None] - m).square_().mul_(precision)
        return distance.mul_(-0.5).sub_(self.log_s[chosen].sum(1))

    def above(self, running: "_Running", place: Tensor) -> Int[Tensor, "c"]:
        """Points that matter to any query of a block: all whose l_i may lie above its floor, the one that it knows or
        the one that these points give it.
        """
        if not self.expanded:
            return torch.arange(len(self), device=self.m.device)
        known = running.floor().float()
        base = known.nan_to_num(neginf=0.0)
        screen = place[: len(known) * len(self)].view(len(known), len(self))
        torch.mm(torch.cat([running.features, -base], dim=1), self.screening_keys.T, out=screen)  # l_i − base
        error = self.error + 2 * ROUNDING * base.abs().max().item()
        floor = (known - base).clamp(min=-1e30)
        if len(self) >= running.needed:
            # the highest of each of t groups are t terms, so the t-th highest of all is at least the lowest of them
            whole = len(self) // running.needed * running.needed
            highest = screen[:, :whole].unflatten(1, (running.needed, -1)).amax(2)
            here = torch.minimum(highest.amax(1) + running.depth, highest.amin(1) if running.top else highest.amax(1))
            floor = torch.maximum(floor, here[:, None] - error)
        return (screen.sub_(floor).amax(0) > -error).nonzero().flatten()


class _Running:
    """Sums over the training points met so far, for a block of queries, relative to the highest term h among them."""

    def __init__(self, z: Float[Tensor, "q d"], n: int, pixels: int | None, top: int | None):
        self.z, self.n, self.top = z, n, top
        self.needed = top or 1
        self.depth = math.log(SCREENED_OUT / n)  # nats from the highest term to the floor
        self.features = _features(z).float()
        self.highest = z.new_full((len(z), 1), -math.inf)
        self.total, self.weighted_log = z.new_zeros(len(z), 1), z.new_zeros(len(z), 1)  # Σ e^(l−h), Σ e^(l−h) (l−h)
        self.image = None if pixels is None else z.new_zeros(len(z), pixels)
        self.top_logs = z.new_empty(len(z), 0)
        self.top_indices = torch.empty(len(z), 0, dtype=torch.int64, device=z.device)

    def add(self, points: _Points, images: Float[Tensor, "n p"], place: Tensor) -> None:
        """Meet a chunk of training points."""
        chosen = points.above(self, place)
        if not len(chosen):
            return
        logs = points.logs(self.z, chosen)
        if self.top:
            self._add_top(logs, chosen + points.start)
        highest = torch.maximum(self.highest, logs.amax(1, keepdim=True))
        # rescale the sums to the new highest term; nothing has been summed where the old one is −∞
        shift = (self.highest - highest).clamp(min=-1e300)
        scale = shift.exp()
        logs.sub_(highest).clamp_(min=SMALLEST)
        terms = logs.exp()
        self.weighted_log = scale * (self.weighted_log + shift * self.total) + torch.linalg.vecdot(terms, logs)[:, None]
        self.total = scale * self.total + terms.sum(1, keepdim=True)
        self.highest = highest
        if self.image is not None:
            # the final sum is at least 1, so a term left out here has a weight below NEGLIGIBLE / N
            seen = (terms.amax(0) > NEGLIGIBLE / self.n).nonzero().flatten()
            kept = threshold(terms.index_select(1, seen), NEGLIGIBLE / self.n, 0).to(images.dtype)
            self.image.mul_(scale).add_(kept @ images.index_select(0, chosen[seen] + points.start))

    def result(self) -> _Reduced:
        """The sums as they stand."""
        if not (self.weighted_log.isfinite().all() and self.total.isfinite().all()):
            raise ValueError("z is so far from a training point that log q(z|x) overflows float64.")
        return _Reduced(
            log_total=(self.highest + self.total.log()).squeeze(1),
            entropy=(self.total.log() - self.weighted_log / self.total).squeeze(1),
            average=None if self.image is None else self.image / self.total,
            top_logs=self.top_logs if self.top else None,
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


def _likes_together(z: Float[Tensor, "k d"]) -> Int[Tensor, "k"]:
    """An order of the queries in which neighbours are alike, so that a block of them needs few training points."""
    pivots = z[:: max(1, len(z) // 64)].float()
    return torch.cat([torch.cdist(part.float(), pivots).argmin(1) for part in z.split(QUERIES)]).argsort(stable=True)


def _features(z: Float[Tensor, "q d"]) -> Float[Tensor, "q f"]:
    """(z², z, 1): what the keys are multiplied with."""
    return torch.cat([z.square(), z, torch.ones_like(z[:, :1])], dim=1)
