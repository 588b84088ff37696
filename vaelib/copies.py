"""Whether generated points are copies of the training set's, and how much of real ones they cover.

All of it counts neighbours by the Euclidean distance, of pixels or of features.
"""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

BLOCK = 256  # rows of a matrix of distances at a time
FEWEST = 20  # points of either sample below which a cell tells nothing


def _distances(x: Tensor, y: Tensor) -> Iterator[Tensor]:
    for part in x.split(BLOCK):
        yield torch.cdist(part, y)


def nearest(x: Float[Tensor, "n f"], others: Float[Tensor, "m f"]) -> tuple[Float[Tensor, "n"], Int[Tensor, "n"]]:
    """From each x the distance to the nearest of the others, and its position."""
    found = [part.min(1) for part in _distances(x, others)]
    return torch.cat([one.values for one in found]), torch.cat([one.indices for one in found])


def radii(x: Float[Tensor, "n f"], k: int) -> Float[Tensor, "n"]:
    """From each x the distance to its k-th nearest neighbour among the others.

    Raises
    ------
    ValueError
        When it has not as many.
    """
    if not 1 <= k < len(x):
        raise ValueError(f"Expected a neighbour from 1 to {len(x) - 1}, found k = {k}.")
    return torch.cat([part.kthvalue(k + 1, dim=1).values for part in _distances(x, x)])  # the first is x itself


def density_and_coverage(
    real: Float[Tensor, "n f"], generated: Float[Tensor, "m f"], k: int = 5
) -> tuple[float, float]:
    """Naeem et al. (2020), equations 2 and 3, on balls around real points that reach to their k-th neighbours.

    Density is in how many such balls a generated point lies, on average, divided by k: about 1 where both are of one
    distribution, above where generated points crowd. Coverage is the share of balls with a generated point in them.
    """
    reach = radii(real, k)
    inside, covered = 0.0, torch.zeros(len(real), dtype=torch.bool)
    for part in _distances(generated, real):
        within: Bool[Tensor, "b n"] = part < reach
        inside += within.sum().item()
        covered |= within.any(0)
    return inside / (k * len(generated)), covered.double().mean().item()


def cells(train: Float[Tensor, "n f"], count: int, seed: int, rounds: int = 10) -> Float[Tensor, "count f"]:
    """Centres of cells of the training set: Lloyd's algorithm for k means, from randomly drawn points on."""
    random = torch.Generator().manual_seed(seed)
    centres = train[torch.randperm(len(train), generator=random)[:count]].clone()
    for _ in range(rounds):
        _, cell = nearest(train, centres)
        sums = torch.zeros_like(centres).index_add_(0, cell, train)
        sizes = torch.bincount(cell, minlength=len(centres))[:, None]
        centres = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres)
    return centres


def copying(
    train: Float[Tensor, "n f"],
    test: Float[Tensor, "m f"],
    generated: Float[Tensor, "g f"],
    centres: Float[Tensor, "c f"] | None = None,
) -> float:
    """The three-sample test of data-copying (Meehan et al. 2020): in standard deviations, below 0 where it copies.

    How far is a generated point from the nearest training point, how far a test point? The Mann–Whitney statistic of
    the two samples of distances, standardised by its null distribution, is about N(0, 1) where generated points are as
    far as test points are; negative where they are nearer, so that the model copies, positive where they are farther,
    so that it underfits. With ``centres``, it is computed in each cell of the nearest centre and averaged, weighted by
    test points; a cell with fewer than ``FEWEST`` test or generated points is left out. That the model draws too much
    from a cell is not seen.

    Raises
    ------
    ValueError
        When no cell has enough points.
    """
    centres = train.mean(0, keepdim=True) if centres is None else centres
    to_test, to_generated = nearest(test, train)[0], nearest(generated, train)[0]
    test_cell, generated_cell = nearest(test, centres)[1], nearest(generated, centres)[1]
    total = weights = 0.0
    for cell in range(len(centres)):
        near, far = to_generated[generated_cell == cell], to_test[test_cell == cell]
        if min(len(near), len(far)) >= FEWEST:
            total += len(far) * mann_whitney(near, far)
            weights += len(far)
    if not weights:
        raise ValueError(f"No cell has {FEWEST} test points and {FEWEST} generated ones: fewer cells, or more points.")
    return total / weights


def mann_whitney(x: Float[Tensor, "n"], y: Float[Tensor, "m"]) -> float:
    """The Mann–Whitney statistic, in standard deviations of its null distribution: above 0 where x is larger than y.

    Pairs that are equal count a half; the variance is that without ties, n m (n + m + 1) / 12.
    """
    n, m = len(x), len(y)
    ordered = y.sort().values
    below, upto = (torch.searchsorted(ordered, x, right=right).double() for right in (False, True))
    larger = (0.5 * (below + upto)).sum().item()
    return (larger - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
