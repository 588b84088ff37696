"""A digit that was never seen: does a VAE with learned γ draw it, and does it come nearer to the weighted average?

The scale is the main book's: the cross-entropy of pixels, also for the VAE whose decoder is Gaussian and was trained on
another objective.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from vaelib import data
from vaelib.distances import most_alike
from vaelib.information import information, optimal_decoder
from vaelib.kinds import Experiment
from vaelib.objectives import cross_entropy, pixel_entropy
from vaelib.results import Keeper
from vaelib.two_stage.measured import DRAWN, Measurement

PICTURES = 10


@dataclass(frozen=True)
class Withheld(Measurement):
    """A model trained without a digit, on the test images of it, at z = m(x).

    ``recognised``, the share of outputs whose most similar training image, among all classes, is of the digit;
    ``nearer_input``, the share with KL(x ‖ x̂) below KL(μ ‖ x̂); ``kl_input`` and ``kl_average``, their medians in nats;
    ``distortion`` and ``best_distortion``, cross-entropies of training images at z ~ q(z|x) under the model's decoder
    and under Theorem 1's, nats per image. Pictures are ``inputs``, ``outputs``, ``averages``.
    """

    experiment: Experiment

    name = "withheld"
    measures = ("recognised", "nearer_input", "kl_input", "kl_average", "distortion", "best_distortion")
    with_pictures = True

    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        vae, seen = store.get(*self.needs()).model(), self.experiment.inputs()
        digit, dataset = self.experiment.held_out, self.experiment.dataset
        x, every = data.partition(f"{dataset}/test-{digit}").images, data.partition(f"{dataset}/train")
        optimal = optimal_decoder(vae, seen)
        means, _ = vae.encode(x)
        outputs, averages = vae.decoder.output(means), optimal(means)
        kl = {target: cross_entropy(image, outputs) - pixel_entropy(image)
              for target, image in (("input", x), ("average", averages))}  # fmt: skip
        terms = information(vae, optimal, DRAWN)
        values = {
            "recognised": (every.labels[most_alike(outputs, every.images)] == digit).double().mean(),
            "nearer_input": (kl["input"] < kl["average"]).double().mean(),
            **{f"kl_{target}": found.median() for target, found in kl.items()},
            **{name: terms[name]["mean"] for name in ("distortion", "best_distortion")},
        }
        shown = {"inputs": x, "outputs": outputs, "averages": averages}
        return values, {name: images[:PICTURES] for name, images in shown.items()}


def from_the_best(measured: dict[str, Any]) -> float:
    """How much more the decoder costs than the best one for its encoder, in nats per image of cross-entropy."""
    return measured["distortion"] - measured["best_distortion"]
