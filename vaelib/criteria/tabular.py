"""The family on tables, where every expectation is a finite sum: x and z have a few values each.

A criterion is E log p(x|z) − R, in nats, with x from the data and z ~ q(z|x). For a fixed q the best unrestricted
decoder is p(x|z) = q(x|z), and there (derived here; the paper's own statements were not at hand):

- whatever R is, drawing z from q(z) and x from the decoder gives the data distribution back;
- unregularised, R = 0: the value is I_q − H(data), so that information pays, nat for nat;
- ELBO, R = E KL(q(z|x) ‖ p(z)): it is −H(data) − KL(q(z) ‖ p(z)), in which I_q does not occur.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

VALUES = 8  # of x, and of z
CHANNELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # share of the codes that are the image's own; the others say nothing


class Tables(NamedTuple):
    """A data distribution, an encoder q(z|x) and a prior, float64; rows of the encoder sum to one."""

    data: Float[Tensor, "x"]
    encoder: Float[Tensor, "x z"]
    prior: Float[Tensor, "z"]

    @property
    def joint(self) -> Float[Tensor, "x z"]:
        """q(x, z) = p_data(x) q(z|x)."""
        return self.data[:, None] * self.encoder

    @property
    def codes(self) -> Float[Tensor, "z"]:
        """The aggregate posterior q(z)."""
        return self.joint.sum(0)

    @property
    def best_decoder(self) -> Float[Tensor, "x z"]:
        """The conditional q(x|z) = q(x, z) / q(z), whose columns sum to one.

        Theorem 1's weights, where the data are a training set.
        """
        return self.joint / self.codes

    @property
    def entropy(self) -> float:
        """H(data)."""
        return -torch.xlogy(self.data, self.data).sum().item()

    @property
    def information(self) -> float:
        """I_q(x; z)."""
        return kl(self.joint, self.data[:, None] * self.codes)

    @property
    def marginal_kl(self) -> float:
        """KL(q(z) ‖ p(z))."""
        return kl(self.codes, self.prior)

    def log_likelihood(self, decoder: Float[Tensor, "x z"] | None = None) -> float:
        """E log p(x|z) by enumeration; of the best decoder, or of this one."""
        return torch.xlogy(self.joint, self.best_decoder if decoder is None else decoder).sum().item()

    def rate(self) -> float:
        """E KL(q(z|x) ‖ p(z)) by enumeration."""
        return kl(self.joint, self.data[:, None] * self.prior)

    def value(self, beta: float = 1.0) -> float:
        """The criterion at the best decoder, with R = β · rate."""
        return self.log_likelihood() - beta * self.rate()

    def drawn(self) -> Float[Tensor, "x"]:
        """Σ_z q(z) p(x|z): what the best decoder generates from codes of q(z)."""
        return self.best_decoder @ self.codes


def kl(p: Tensor, q: Tensor) -> float:
    """KL(p ‖ q) of two tables, in nats."""
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum().item()


def channel(own: float, values: int = VALUES) -> Tables:
    """Uniform data and prior; z is x with this probability, else uniform: I_q from 0 to log ``values``, q(z) = p(z)."""
    uniform = torch.full((values,), 1 / values, dtype=torch.float64)
    encoder = own * torch.eye(values, dtype=torch.float64) + (1 - own) / values
    return Tables(uniform, encoder, uniform)


def random_tables(seed: int, values: int = VALUES) -> Tables:
    """Data, encoder and prior drawn with a seed, all of them uneven."""
    random = torch.Generator().manual_seed(seed)
    tables = torch.rand(values + 2, values, generator=random, dtype=torch.float64) + 0.01
    tables = tables / tables.sum(1, keepdim=True)
    return Tables(tables[0], tables[2:], tables[1])


def identity_errors(seed: int) -> dict[str, float]:
    """The largest distance of enumerated values from what is derived, over the channels and uneven tables, in nats."""
    found = [channel(own) for own in CHANNELS] + [random_tables(seed)]
    return {
        "ELBO": max(abs(t.value() + t.entropy + t.marginal_kl) for t in found),
        "unregularised": max(abs(t.value(beta=0) - (t.information - t.entropy)) for t in found),
        "data": max((t.drawn() - t.data).abs().max().item() for t in found),
    }
