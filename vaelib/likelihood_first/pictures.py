"""Densities of data, models and aggregate posteriors, as pictures."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import provenance, toys
from vaelib.determinism import deterministic
from vaelib.likelihood_first import measures
from vaelib.likelihood_first.experiments import POINTS, TEST_SEED, LikelihoodFirst, Toy
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained, trained_with
from vaelib.store import Store

CELLS = 96  # of a picture's side


@dataclass(frozen=True)
class Picture:
    """A model's density on the square of the family's reach and its aggregate posterior q(z) on [−4, 4]."""

    density: Float[Tensor, "cells cells"]
    aggregate: Float[Tensor, "places"]


@dataclass(frozen=True)
class PictureOf(Result[Picture]):
    """The densities of a training at its end, or of the family itself where there is none."""

    data: str
    experiment: Toy | None = None
    cells: int = CELLS

    @property
    def path(self) -> str:
        folder = self.experiment.name if self.experiment else self.data.replace("/", ".")
        return f"{folder}/picture-{self.cells}.json"

    @property
    def about(self) -> dict:
        described = self.experiment.model_dump(mode="json") if self.experiment else None
        return {"data": self.data, "experiment": described, "cells": self.cells}

    @property
    def files(self) -> tuple[str, ...]:
        return (self.pattern,)

    def needs(self) -> tuple[Trained, ...]:
        return (Trained(self.experiment, (self.experiment.epochs,)),) if self.experiment else ()

    def make(self, store: Store) -> tuple[Picture, dict]:
        family = toys.family(self.data)
        models = [measures.in_float64(store.get(run).model()) for run in self.needs()]
        with provenance.record() as record, deterministic(), torch.no_grad():
            x = family.sample(POINTS, TEST_SEED).x
            curve = models[0].curve if models else family.curve
            axis = torch.linspace(-family.reach, family.reach, self.cells, dtype=torch.float64)
            density = toys.log_density(curve, family.variance, torch.cartesian_prod(axis, axis), measures.STEP)
            if not models or isinstance(self.experiment, LikelihoodFirst):
                _, line = measures.exact_rate_and_line(curve, x, family.variance)
            else:
                _, line = measures.rate_and_line(models[0].posterior(x))
            near = line.density[line.z.abs() <= 4][::8]
        for run in self.needs():
            record["training"] = trained_with(store, run)
        return Picture(density.exp().reshape(self.cells, -1).half(), near.half()), record

    def pack(self, value: Picture) -> Packed:
        return Packed({}, {self.pattern: {"density": value.density, "aggregate": value.aggregate}})

    def unpack(self, content: dict, arrays: Arrays) -> Picture:
        found = arrays[self.pattern]
        return Picture(found["density"], found["aggregate"])
