"""Theorem 1 (Shu et al. 2018; equation 1 of the paper): a decoder made of the training set.

For a fixed encoder q(z|x) = N(m(x), diag s(x)²) and a decoder of unlimited capacity, the best output at z is

    μ(z) = Σ_i w_i(z) x_i,   w_i(z) = q(z|x_i) / Σ_j q(z|x_j),   i over the training set.

The sums run over chunks of the training set (``vaelib.streaming``), so the added memory does not depend on its size
(only ``log_weights`` and ``weights``, whose result is N wide, need more), and ``means``, ``log_stds`` and ``images``
may be memory-mapped files. Where float64 cannot tell the densities apart, more digits do (``vaelib.exact``).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib import exact
from vaelib.streaming import DECIDED, FARTHEST, NEGLIGIBLE, Points, Reduced, Running, as_numbers

POINTS = 8192  # training points in a chunk
BLOCK = 64  # queries that meet a chunk at once, more of them where it is smaller: 2 MB stay in the processor's cache
QUERIES = 4096  # queries that share one walk over the training set
EXACT_UP_TO = 50_000  # numbers of a query's that are computed with more digits; half a second


class Summary(NamedTuple):
    """Everything that Theorem 1 says of K queries, from one pass over the training set."""

    average: Float[Tensor, "k p"]  # μ(z)
    top_weights: Float[Tensor, "k t"]
    top_indices: Int[Tensor, "k t"]
    perplexity: Float[Tensor, "k"]
    log_density: Float[Tensor, "k"]


class OptimalDecoder:
    """The optimal decoder of Theorem 1: z → μ(z), with its weights, neighbours and aggregate posterior.

    Parameters
    ----------
    means, log_stds
        Mean m(x_i) and log standard deviation log s(x_i) of q(z|x_i) for each training point, shape (N, D).
    images
        The training images x_i, shape (N, P), of any type of real numbers. Averages have their type, and float32 or
        float64 where they are whole numbers.

    Raises
    ------
    ValueError
        When shapes disagree, a number is not finite or not real; also for such a z. And when log q(z|x_i) overflows
        float64 for every i, or z lies so far from too many training points that nothing can tell which is nearer.
    """

    def __init__(self, means: Float[Tensor, "n d"], log_stds: Float[Tensor, "n d"], images: Float[Tensor, "n p"]):
        shapes = [tuple(values.shape) for values in (means, log_stds, images)]
        if not (
            [len(shape) for shape in shapes] == [2, 2, 2]
            and shapes[0] == shapes[1]
            and shapes[0][0] == shapes[2][0]
            and all(size > 0 for shape in shapes for size in shape)
        ):
            raise ValueError(
                "Expected means (N, D), log_stds (N, D), images (N, P) with N, D, P ≥ 1; found "
                f"{', '.join(map(str, shapes))}."
            )
        for name, values in (("means", means), ("log_stds", log_stds), ("images", images)):
            _check_numbers(name, values)
        self.means, self.log_stds, self.images = means.detach(), log_stds.detach(), images.detach()
        ranges = [as_numbers(part).aminmax() for part in self.images.split(POINTS)]
        self._range = (min(low.item() for low, _ in ranges), max(high.item() for _, high in ranges))

    def __len__(self) -> int:
        return len(self.means)

    def __call__(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k p"]:
        """μ(z), the weighted average, in the images' precision; leaves out weights that sum to less than 1e-9."""
        return self._average(self._reduce(z, average=True))

    def log_weights(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k n"]:
        """log w_i(z), float64; takes 8 K N bytes."""
        z = self._checked(z)
        logs = torch.cat([self._logs(rows) for rows in z.split(QUERIES)])
        logs -= logs.amax(1, keepdim=True)
        for row in (~self._reduce(z).certain).nonzero().flatten():
            logs[row] = self._with_more_digits(z[row])[0]
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

    def _average(self, found: Reduced) -> Float[Tensor, "k p"]:
        if not found.average.isfinite().all():
            raise ValueError(f"The images' numbers, from {self._range[0]:.4g} to {self._range[1]:.4g}, overflow a sum.")
        # a weighted average leaves the images' range by rounding alone, and then it is no picture any more
        dtype = self.images.dtype if self.images.is_floating_point() else as_numbers(self.images[:1]).dtype
        return found.average.to(dtype).clamp(*self._range)

    def _top(self, found: Reduced) -> tuple[Float[Tensor, "k t"], Int[Tensor, "k t"]]:
        return (found.top_logs - found.log_sum[:, None]).exp(), found.top_indices

    def _perplexity(self, found: Reduced) -> Float[Tensor, "k"]:
        return found.entropy.exp().clamp(1, len(self))

    def _log_density(self, found: Reduced) -> Float[Tensor, "k"]:
        return found.highest + found.log_sum - math.log(len(self)) - 0.5 * self.means.shape[1] * math.log(2 * math.pi)

    def _checked(self, z: Float[Tensor, "k d"]) -> Float[Tensor, "k d"]:
        if z.ndim != 2 or z.shape[1] != self.means.shape[1] or len(z) == 0:
            raise ValueError(f"Expected z of shape (K, {self.means.shape[1]}) with K ≥ 1, found {tuple(z.shape)}.")
        _check_numbers("z", z)
        return z.detach().to(self.means.device, torch.float64)

    def _chunks(self, z: Float[Tensor, "k d"]) -> Iterator[Points]:
        """The training points, chunk after chunk, ready for these queries."""
        largest = z.abs().amax(0)
        for start in range(0, len(self), POINTS):
            part = slice(start, start + POINTS)
            yield Points(start, self.means[part].double(), self.log_stds[part].double(), largest)

    def _logs(self, z: Float[Tensor, "q d"]) -> Float[Tensor, "q n"]:
        return torch.cat([points.logs(z) for points in self._chunks(z)], dim=1)

    def _reduce(self, z: Float[Tensor, "k d"], *, average: bool = False, top: int | None = None) -> Reduced:
        if top is not None and top < 1:
            raise ValueError(f"Expected at least one neighbour, found k = {top}.")
        z = self._checked(z)
        order = _likes_together(z)
        block_size = BLOCK * max(1, POINTS // len(self))
        pixels = self.images.shape[1] if average else None
        parts = []
        for queries in z[order].split(QUERIES):
            running = [Running(rows, len(self), pixels, top) for rows in queries.split(block_size)]
            screen = z.new_empty(block_size * min(POINTS, len(self)), dtype=torch.float32)
            for points in self._chunks(queries):
                for block in running:
                    block.add(points, self.images, screen)
            parts += [block.result() for block in running]
        back = order.argsort()
        found = Reduced(*(None if part[0] is None else torch.cat(part)[back] for part in zip(*parts, strict=True)))
        if (found.highest <= FARTHEST).any():
            raise ValueError("z is so far from every training point that log q(z|x) overflows float64.")
        for row in (~found.certain).nonzero().flatten():
            again = self._reduced_with_more_digits(z[row], average, top)
            for values, mended in zip(found, again, strict=True):
                if values is not None and mended is not None:
                    values[row] = mended
        return found

    def _reduced_with_more_digits(self, z: Float[Tensor, "d"], average: bool, top: int | None) -> Reduced:
        logs, highest = self._with_more_digits(z)
        terms = logs.exp()
        log_sum = terms.sum().log()
        image, largest = None, (None, None)
        if average:
            seen = (terms > NEGLIGIBLE / len(self)).nonzero().flatten()
            shown = as_numbers(self.images.index_select(0, seen))
            image = (terms[seen].to(shown.dtype) @ shown) / terms.sum()
        if top:
            largest = logs.topk(min(top, len(self)))
        certain = torch.tensor(False)  # it was not, before
        return Reduced(highest, log_sum, log_sum - (terms * logs).sum() / terms.sum(), certain, image, *largest)

    def _with_more_digits(self, z: Float[Tensor, "d"]) -> tuple[Float[Tensor, "n"], Float[Tensor, ""]]:
        """l_i − max_j l_j for one query, right where it is near zero; and the highest l itself."""
        parts = [(points.logs(z[None])[0], points) for points in self._chunks(z[None])]
        logs = torch.cat([part for part, _ in parts])
        errors = torch.cat([points.rounding(part) for part, points in parts])
        highest, place = logs.max(0)
        lowest = highest - errors[place] - DECIDED - math.log(len(self))
        rivals = (logs + errors >= lowest).nonzero().flatten()
        numbers = len(rivals) * len(z)
        relative = (logs - highest).clamp(max=0)
        if len(rivals) > 1:
            if numbers > EXACT_UP_TO:
                raise ValueError(
                    f"z lies so far away, log q(z|x) is {highest:.3g} nats at most, that float64 cannot tell which of "
                    f"{len(rivals):,} training points is nearest in units of its σ. Ask for a nearer z."
                )
            of_rivals = (values[rivals].double().tolist() for values in (self.means, self.log_stds))
            size = highest.abs().item() + errors[rivals].max().item()
            relative[rivals] = z.new_tensor(exact.relative_logs(z.tolist(), *of_rivals, size))
        return relative, highest


def _check_numbers(name: str, values: Tensor) -> None:
    try:
        parts = (as_numbers(part) for part in values.split(POINTS)) if not values.is_complex() else ()
        finite = not values.is_complex() and all(part.isfinite().all() for part in parts)
    except RuntimeError as error:  # a type that torch does not convert
        raise ValueError(f"{name} must be real numbers, found {values.dtype}.") from error
    if values.is_complex():
        raise ValueError(f"{name} must be real numbers, found {values.dtype}.")
    if not finite:
        raise ValueError(f"{name} must be finite; found NaN or infinity.")


def _likes_together(z: Float[Tensor, "k d"]) -> Int[Tensor, "k"]:
    """An order of the queries in which neighbours are alike, so that a block of them needs few training points."""
    pivots = z[:: max(1, len(z) // 64)].float()
    return torch.cat([torch.cdist(part.float(), pivots).argmin(1) for part in z.split(QUERIES)]).argsort(stable=True)
