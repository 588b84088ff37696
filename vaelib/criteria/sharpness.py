"""How sharp a picture is: the variance of its Laplacian, which blur lowers."""

from jaxtyping import Float
from torch import Tensor

from vaelib.data import SIDE


def sharpness(images: Float[Tensor, "n 784"]) -> Float[Tensor, "n"]:
    """Variance over the inner pixels of 4 x − the sum of the four neighbours."""
    p = images.reshape(-1, SIDE, SIDE)
    around = p[:, :-2, 1:-1] + p[:, 2:, 1:-1] + p[:, 1:-1, :-2] + p[:, 1:-1, 2:]
    return (4 * p[:, 1:-1, 1:-1] - around).flatten(1).var(1, correction=0)
