"""How many dimensions a linear VAE keeps, from the data's spectrum alone.

A linear VAE with a Gaussian decoder of unit noise keeps a dimension where the data's covariance has an eigenvalue
above the noise (probabilistic PCA; Lucas et al. 2019). For Bernoulli pixels this is made local: to second order around
the mean image π, the log-likelihood of the logits is Gaussian with precision D = diag(π (1 − π)), so that the data,
in units of that noise, have the covariance D^(-1/2) Cov(x) D^(-1/2). Derived here, not published; pixels that hardly
ever have ink, whose noise is none, are left out.
"""

import torch
from jaxtyping import Float
from torch import Tensor

LEAST_INK = 1e-3  # mean grey value of a pixel that takes part, and the greatest is 1 less that


def spectrum(images: Float[Tensor, "n p"], beta: float = 1.0) -> Float[Tensor, "d"]:
    """Eigenvalues of the covariance in units of the decoder's noise, times 1/β; a dimension pays above 1."""
    x = images.double()
    mean = x.mean(0)
    inked = (mean > LEAST_INK) & (mean < 1 - LEAST_INK)
    noise = (mean * (1 - mean))[inked].sqrt()
    scaled = (x - mean)[:, inked] / noise
    return torch.linalg.eigvalsh(scaled.T @ scaled / len(x)).flip(0) / beta


def predicted(images: Float[Tensor, "n p"], beta: float = 1.0) -> int:
    """How many dimensions pay for themselves."""
    return int((spectrum(images, beta) > 1).sum())
