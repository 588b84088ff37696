"""Joint densities of two measures, as in Figure 2, and where they are highest."""

import numpy as np
import scipy
from jaxtyping import Float
from torch import Tensor

LIMIT = 250  # nats per image: where the axes of the paper's Figure 2 end


def density_mode(x: Float[Tensor, "n"], y: Float[Tensor, "n"], limit: float = LIMIT) -> tuple[float, float]:
    """Where the joint density of two measures is highest within [0, limit]², to a quarter of a nat."""
    lines = [np.linspace(0, limit, 126)] * 2
    for finer in (np.arange(-2, 3), np.arange(-4, 5) / 4, 0):
        density = kernel_density(x, y, *lines)
        if density.max() == 0:  # a cloud so narrow that it falls between the grid's points
            return x.median().item(), y.median().item()
        row, column = np.unravel_index(density.argmax(), density.shape)
        mode = (lines[0][column], lines[1][row])
        lines = [at + finer for at in mode]
    return float(mode[0]), float(mode[1])


def kernel_density(x: Float[Tensor, "n"], y: Float[Tensor, "n"], columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Joint density of two measures on a grid, by (row, column): a Gaussian kernel estimate with Scott's bandwidth."""
    estimate = scipy.stats.gaussian_kde(np.stack([x.numpy(), y.numpy()]).astype(float))
    across, down = np.meshgrid(columns, rows)
    return estimate(np.stack([across.ravel(), down.ravel()])).reshape(across.shape)
