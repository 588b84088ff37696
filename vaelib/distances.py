"""How far images are from each other, by the angle between them, which brightness does not change."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize


def most_alike(x: Float[Tensor, "n p"], images: Float[Tensor, "m p"], block: int = 8192) -> Int[Tensor, "n"]:
    """For each x the position of the image at the smallest angle to it; a faint or blurred x changes nothing."""
    found = torch.zeros(len(x), dtype=torch.int64)
    highest = torch.full((len(x),), -math.inf)
    for start in range(0, len(images), block):
        near, at = (x @ normalize(images[start : start + block]).T).max(1)
        better = near > highest
        highest[better], found[better] = near[better], start + at[better]
    return found


def angles(x: Float[Tensor, "k p"], others: Float[Tensor, "k p"]) -> Float[Tensor, "k"]:
    """The angle between each two images, in degrees."""
    return cosine_similarity(x.double(), others.double()).clamp(-1, 1).acos().mul(180 / math.pi).float()
