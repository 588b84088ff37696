"""A made-up paper, whole: lines through points of two columns, which know nothing of images, codes or MNIST."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from vaelib import provenance
from vaelib.experiment import BaseExperiment
from vaelib.objectives import Autograd
from vaelib.pages.claims import Claim, Subject
from vaelib.pages.findings import above
from vaelib.pages.paper import Figure, Page, Paper
from vaelib.pages.parameters import TrainingParameters
from vaelib.results import Packed, Result
from vaelib.runs import Trained


class Line(BaseExperiment):
    kind: Literal["line"] = "line"
    slope: float

    def architecture(self) -> nn.Module:
        return nn.Linear(1, 1)

    def inputs(self, store=None) -> Tensor:
        x = torch.linspace(-1, 1, 640)[:, None]
        return torch.cat([x, self.slope * x], dim=1)

    def objective(self, model: nn.Module, inputs: Tensor) -> Autograd:
        def loss(model, points, noise, step):
            error = (model(points[:, :1]) - points[:, 1:] - 0.1 * noise).square().sum(1)
            return error, {"error": error}

        return Autograd(model, inputs, (1,), loss)


@dataclass(frozen=True)
class Slope(Result[float]):
    experiment: Line
    path = property(lambda self: f"{self.experiment.name}/slope.json")
    about = property(lambda self: {"experiment": self.experiment.model_dump(mode="json")})

    def needs(self):
        return (Trained(self.experiment, (self.experiment.epochs,)),)

    def make(self, store):
        with provenance.record() as record:
            return store.get(self.needs()[0]).model().weight.item(), record

    def pack(self, value: float) -> Packed:
        return Packed({"slope": value}, {})

    def unpack(self, content, arrays) -> float:
        return content["slope"]


def slope(seed: int) -> Slope:
    return Slope(Line(data="a line", slope=2.0, learning_rate=0.05, epochs=40, snapshots=(20, 40), seed=seed))


def results():
    return [one for seed in (0, 1) for one in (*slope(seed).needs(), slope(seed))]


SUBJECT = Subject(lambda store, seed: store.get(slope(seed)), lambda a: [above("steep", "slope", a, 1.5)], (0, 1), (1,))
PAGE = Page("line", results, TrainingParameters, {"recompute": True}, trainings=1)
PAPER = Paper(
    "lines", results, (PAGE,), lambda: (Claim("steep", "Section 1", "lines rise", SUBJECT),),
    lambda: {"lines-1": Figure(results, results, SUBJECT)},
)  # fmt: skip
