"""Points on a manifold of known dimension: a fixed random map takes r numbers to a point of many coordinates."""

import torch
from jaxtyping import Float
from torch import Tensor

WIDTH = 32  # hidden units of the map
FORMS = ("gaussian", "uniform")


def curved(
    dimension: int, ambient: int, count: int, seed: int, form: str = "gaussian"
) -> Float[Tensor, "count ambient"]:
    """Points on a curved manifold of this dimension, without noise, each coordinate of mean 0 and variance 1.

    r numbers go through two layers of tanh with fixed random weights. The map and the points follow from the seed.

    Parameters
    ----------
    dimension, ambient
        r, and how many coordinates a point has.
    form
        What the r numbers are drawn from: ``gaussian``, N(0, I), or ``uniform``, on the cube [−√3, √3]^r, with the same
        mean and variance.

    Raises
    ------
    ValueError
        When the manifold does not fit into its space, or there is no such form.
    """
    if not 1 <= dimension <= min(ambient, WIDTH):
        raise ValueError(f"Expected a dimension from 1 to {min(ambient, WIDTH)}, found {dimension}.")
    if form not in FORMS:
        raise ValueError(f"Expected a form of {', '.join(FORMS)}, found {form!r}.")
    random = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    first, second = normal(dimension, WIDTH) / dimension**0.5, normal(WIDTH, WIDTH) / WIDTH**0.5
    last = normal(WIDTH, ambient)
    source = normal(count, dimension)
    if form == "uniform":
        source = 3**0.5 * torch.erf(source / 2**0.5)
    points = torch.tanh(torch.tanh(source @ first) @ second) @ last
    return ((points - points.mean(0)) / points.std(0)).float()


def flat(stds: list[float], ambient: int, count: int, seed: int) -> Float[Tensor, "count ambient"]:
    """Points of a linear subspace: a normal distribution with these standard deviations along random directions.

    Mean and covariance over the points are exact, so that what a linear VAE ends with is known in closed form.
    """
    random = torch.Generator().manual_seed(seed)
    source = torch.randn(count, len(stds), generator=random, dtype=torch.float64)
    source = torch.linalg.qr(source - source.mean(0))[0] * count**0.5
    directions = torch.linalg.qr(torch.randn(ambient, len(stds), generator=random, dtype=torch.float64))[0]
    return (source * torch.tensor(stds, dtype=torch.float64) @ directions.T).float()
