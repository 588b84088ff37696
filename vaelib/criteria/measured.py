"""What is published of a run: its measures and a few pictures; the run itself is not."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from vaelib import provenance
from vaelib.criteria import coding, drawing, theorem
from vaelib.criteria.drawing import as_bytes
from vaelib.criteria.experiments import Made, Member, NoisyCode, Sequential, WithCode
from vaelib.data import PIXELS
from vaelib.determinism import deterministic
from vaelib.information import optimal_decoder
from vaelib.kinds import Experiment
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained, trained_with
from vaelib.store import Store


@dataclass(frozen=True)
class Measures:
    """A run at its end, measured.

    ``values`` are named in ``theorem.measure`` (members, noisy codes), ``coding.measure`` (MADE) or ``drawing.measure``
    (sequential, and the main book's VAE), ``steps`` in the latter. ``pictures`` are grey values of 0 to 255.
    """

    experiment: WithCode | Experiment
    part: str
    values: dict[str, float]
    steps: list[dict[str, float]] = field(default_factory=list)
    pictures: dict[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, measure: str) -> float:
        return self.values[measure]


@dataclass(frozen=True)
class Measured(Result[Measures]):
    """A run at its end; where it draws test images, those of a part of the test set."""

    experiment: WithCode | Experiment
    part: str = "test"

    @property
    def path(self) -> str:
        # beside the run, but for the main book's, whose folders are published by its own paper
        folder = self.experiment.name if isinstance(self.experiment, WithCode) else f"drawn.{self.experiment.name}"
        return f"{folder}/criteria-{self.part}.json"

    @property
    def about(self) -> dict:
        return {"experiment": self.experiment.model_dump(mode="json"), "part": self.part}

    @property
    def files(self) -> tuple[str, ...]:
        return (f"criteria-{self.part}.safetensors",)

    def needs(self) -> tuple[Trained]:
        return (Trained(self.experiment, (self.experiment.epochs,)),)

    def make(self, store: Store) -> tuple[Measures, dict]:
        """Measure the run; the training's own provenance is kept beside that of the measuring."""
        model = store.get(*self.needs()).model()
        with provenance.record() as record, deterministic(), torch.no_grad():
            found = self._measured(model)
        return found, record | {"training": trained_with(store, *self.needs())}

    def _measured(self, model) -> Measures:
        e = self.experiment
        if isinstance(e, (Sequential, Experiment)):
            steps, values, pictures = drawing.measure(e, model, self.part)
            return Measures(e, self.part, values, steps, pictures)
        if isinstance(e, Made):
            values, drawn = coding.measure(e, model)
            return Measures(e, self.part, values, pictures={"samples": as_bytes(drawn)})
        if isinstance(e, Member):
            values, shown = theorem.measure(optimal_decoder(model, e.inputs()), model.decoder.output, e.seed)
        elif isinstance(e, NoisyCode):
            values, shown = theorem.measure(given_encoder(e), model.output, e.seed)
        else:
            raise TypeError(f"Expected a run of this paper or of the perceptron VAE, found {type(e).__name__}.")
        return Measures(e, self.part, values, pictures={"shown": as_bytes(shown)})

    def pack(self, value: Measures) -> Packed:
        return Packed({"measures": value.values, "steps": value.steps}, {self.files[0]: value.pictures})

    def unpack(self, content: dict, arrays: Arrays) -> Measures:
        return Measures(self.experiment, self.part, content["measures"], content["steps"], arrays[self.files[0]])


def given_encoder(experiment: NoisyCode) -> OptimalDecoder:
    """Theorem 1's decoder for an encoder that is given and not trained."""
    rows = experiment.inputs()
    images, means = rows[:, :PIXELS], rows[:, PIXELS:]
    return OptimalDecoder(means, torch.full_like(means, experiment.noise).log(), images)
