"""A figure of Theorem 1 itself: the clouds of a few training images over codes of one number, and their average."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from vaelib.optimal_decoder import OptimalDecoder
from vaelib.pages.style import WIDTH, styled


@styled
def clouds(optimal: OptimalDecoder, z: float, shape: tuple[int, int]) -> Figure:
    """Above, q(z|x_i) of each training image over one latent dimension; below, the images with their weights at z.

    Parameters
    ----------
    optimal
        Made of a few training images with one latent dimension.
    z
        Where the weighted average is taken.
    shape
        Rows and columns of an image.
    """
    count = len(optimal)
    figure = plt.figure(figsize=(WIDTH, 3.6), layout="constrained")
    grid = figure.add_gridspec(2, count + 1, height_ratios=(1.5, 1))
    axis = figure.add_subplot(grid[0, :])
    means, stds = optimal.means[:, 0].double(), optimal.log_stds[:, 0].double().exp()
    codes = torch.linspace((means - 3 * stds).min().item(), (means + 3 * stds).max().item(), 400)
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"][:count]
    for number, (mean, std, colour) in enumerate(zip(means, stds, colours, strict=True), 1):
        density = torch.distributions.Normal(mean, std).log_prob(codes).exp()
        axis.plot(codes, density, color=colour)
        axis.annotate(
            f"q(z | x{number})", (mean, density.max()), (0, 3), textcoords="offset points", ha="center", color=colour
        )
        here = torch.distributions.Normal(mean, std).log_prob(torch.tensor(z)).exp()
        axis.plot(z, here, "o", color=colour, markersize=5)
    axis.axvline(z, color="0.5", linewidth=0.8, linestyle=":")
    axis.set(xlabel="code z", ylabel="density", ylim=(0, None))
    axis.margins(y=0.15)
    at = torch.tensor([[z]], dtype=torch.float64)
    weights = optimal.weights(at)[0]
    pictures = [*optimal.images, optimal(at)[0]]
    titles = [f"x{number}\nw = {weight:.2f}" for number, weight in enumerate(weights, 1)] + ["weighted\naverage μ"]
    for column, (picture, title, colour) in enumerate(zip(pictures, titles, [*colours, "black"], strict=True)):
        _tile(figure.add_subplot(grid[1, column]), picture.reshape(shape), title, colour)
    return figure


def _tile(axis: plt.Axes, picture: Float[Tensor, "r c"], title: str, colour: str) -> None:
    axis.imshow(picture, vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(picture.numpy()):
        words = f"{value:.0f}" if value in (0, 1) else f"{value:.2f}"
        ink = "white" if value < 0.5 else "black"
        axis.text(column, row, words, ha="center", va="center", fontsize=7, color=ink)
    axis.set(xticks=[], yticks=[])
    axis.set_title(title, fontsize=8, color=colour)
    axis.spines[:].set_visible(True)
    axis.spines[:].set_color(colour)
