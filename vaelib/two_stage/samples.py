"""What a model draws when it is asked for nothing in particular, and how far that is from training and test images.

Codes come from the prior N(0, I), or from the second stage; an image is the decoder's mean, without noise. Inception's
weights are not to be had here, so the Fréchet distance is taken on features of classifiers that were trained here
(``experiments.ClassifierExperiment``): it is a Fréchet classifier distance and no FID, and no published FID stands on
its scale. Images are compared as they are; Dai and Wipf's code rescales each drawn image to [0, 1] first.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from vaelib import copies, data
from vaelib.distances import angles, most_alike
from vaelib.experiment import BaseExperiment
from vaelib.information import optimal_decoder
from vaelib.kinds import Experiment
from vaelib.results import Keeper, Result
from vaelib.runs import Trained
from vaelib.two_sample import frechet, frechet_error
from vaelib.two_stage.experiments import ClassifierExperiment, SecondExperiment
from vaelib.two_stage.measured import DRAWN, Measurement
from vaelib.two_stage.models import Classifier
from vaelib.two_stage.protocol import dataset_of, extractors, first_stage

DRAWN_IMAGES = 10_000  # as many as there are test images
LOOKED_AT = 1000  # of them, held against Theorem 1 and, by angle and pixels, against the training set
COMPARED = 5000  # drawn and test images behind density and coverage
CELLS = 20  # of the training set, for the test of data-copying
PICTURES = 12
DECIDES = "convolutions"  # the classifier on whose features density, coverage and copying are measured


@dataclass(frozen=True)
class Sampled(Measurement):
    """What a model draws.

    ``frechet`` and ``frechet_error`` (bootstrap) by extractor, 10,000 drawn images against the test images;
    ``density`` and ``coverage`` of test images (k = 5); ``copying`` in 20 cells on features, ``copying_in_pixels``
    over all (standard deviations, below 0 where it copies); ``perplexity`` and ``top_weight`` of Theorem 1 at the
    codes, medians; ``from_average``, the squared difference of output and μ(z), mean over pixels; ``angle`` to the
    nearest training image in degrees, by quartile. Pictures are drawn images and, below, the nearest training ones.
    """

    experiment: Experiment | SecondExperiment
    of_extractor: int | None = None  # training images of the extractors, all of them for None; no more are compared

    name = "samples"
    measures = ("frechet", "frechet_error", "density", "coverage", "copying", "copying_in_pixels", "perplexity",
                "top_weight", "from_average", "angle")  # fmt: skip
    with_pictures = True

    @property
    def about(self) -> dict:
        return super().about | {"extractors": [one.key for one in self._extractors().values()]}

    def needs(self) -> tuple[Result, ...]:
        own = (Trained(self.experiment, (self.experiment.epochs,)), *self.experiment.needs())
        return (*own, *(_trained(one) for one in self._extractors().values()))

    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        first = first_stage(self.experiment)
        vae = store.get(_trained(first)).model()
        random, count = torch.Generator().manual_seed(DRAWN), _compared(self.of_extractor)
        if isinstance(self.experiment, SecondExperiment):
            z = store.get(_trained(self.experiment)).model().draw(count, random)
        else:
            z = torch.randn(count, first.latent_dim, generator=random)
        outputs = torch.cat([vae.decoder.output(part) for part in z.split(1024)])
        train, test = first.inputs(), data.partition(f"{first.dataset}/test").images[:count]
        values = compared(outputs, train, test, _models(store, self._extractors()))
        best = optimal_decoder(vae, train).summary(z[:LOOKED_AT], 1)
        values["perplexity"], values["top_weight"] = best.perplexity.median(), best.top_weights[:, 0].median()
        values["from_average"] = (outputs[:LOOKED_AT] - best.average).square().mean()
        shown = outputs[:PICTURES]
        return values, {"outputs": shown, "nearest": train[most_alike(shown, train)]}

    def _extractors(self) -> dict[str, ClassifierExperiment]:
        return extractors(dataset_of(self.experiment), self.of_extractor)


@dataclass(frozen=True)
class Yardstick(Measurement):
    """What the measures of ``Sampled`` are for images of the data itself, and for noise; of one data set.

    ``accuracy`` by extractor on the test images; ``floor``, as ``Sampled`` for the first 10,000 training images in the
    place of drawn ones (they are in the training set, so that copying and angle say nothing), ``ceiling``, the Fréchet
    distance of uniform noise by extractor; ``copying`` of one half of the test images against the other.
    """

    experiment: ClassifierExperiment

    name = "yardstick"
    measures = ("accuracy", "floor", "floor_error", "ceiling", "density", "coverage", "copying", "angle")

    def needs(self) -> tuple[Result, ...]:
        return tuple(_trained(one) for one in self._extractors().values())

    def measure(self, store: Keeper) -> tuple[dict[str, Any], dict[str, Tensor]]:
        classifiers = _models(store, self._extractors())
        count = _compared(self.experiment.first)
        train = data.partition(self.experiment.data).first(self.experiment.first)
        test = data.partition(f"{self.experiment.datasets[0]}/test").first(count)
        noise = torch.rand(count, data.PIXELS, generator=torch.Generator().manual_seed(DRAWN))
        values: dict[str, Any] = {"accuracy": {}, "floor": {}, "floor_error": {}, "ceiling": {}}
        for name, classifier in classifiers.items():
            values["accuracy"][name] = (classifier.classes(test.images) == test.labels).double().mean()
            of_test, of_train = classifier.features(test.images), classifier.features(train.images[:count])
            values["floor"][name], values["floor_error"][name] = _distance(of_train, of_test)
            values["ceiling"][name] = frechet(classifier.features(noise), of_test)
        features = [classifiers[DECIDES].features(part.images) for part in (train, test)]
        values["density"], values["coverage"] = copies.density_and_coverage(
            features[1][:COMPARED], features[0][:COMPARED]
        )
        centres = copies.cells(features[0], CELLS, DRAWN)
        values["copying"] = copies.copying(features[0], *features[1].chunk(2), centres)
        values["angle"] = _angle(test.images[:LOOKED_AT], train.images)
        return values, {}

    def _extractors(self) -> dict[str, ClassifierExperiment]:
        return extractors(self.experiment.datasets[0], self.experiment.first)


def _models(store: Keeper, extractors: dict[str, ClassifierExperiment]) -> dict[str, Classifier]:
    return {name: store.get(_trained(one)).model() for name, one in extractors.items()}


def _compared(first: int | None) -> int:
    """How many images are drawn, and compared with as many test images."""
    return DRAWN_IMAGES if first is None else min(first, DRAWN_IMAGES)


def compared(
    outputs: Float[Tensor, "g 784"], train: Float[Tensor, "n 784"], test: Float[Tensor, "m 784"], classifiers: dict
) -> dict[str, Any]:
    """What of ``Sampled`` drawn images alone decide."""
    values: dict[str, Any] = {"frechet": {}, "frechet_error": {}}
    for name, classifier in classifiers.items():
        distance = _distance(classifier.features(outputs), classifier.features(test))
        values["frechet"][name], values["frechet_error"][name] = distance
    of_train, of_test, drawn = (classifiers[DECIDES].features(images) for images in (train, test, outputs))
    values["density"], values["coverage"] = copies.density_and_coverage(of_test[:COMPARED], drawn[:COMPARED])
    centres = copies.cells(of_train, CELLS, DRAWN)
    values["copying"] = copies.copying(of_train, of_test[:COMPARED], drawn[:COMPARED], centres)
    values["copying_in_pixels"] = copies.copying(train, test[:LOOKED_AT], outputs[:LOOKED_AT])
    values["angle"] = _angle(outputs[:LOOKED_AT], train)
    return values


def _distance(features: Tensor, of_test: Tensor) -> tuple[float, float]:
    return frechet(features, of_test), frechet_error(features, of_test)


def _angle(images: Tensor, train: Tensor) -> list[float]:
    found = angles(images, train[most_alike(images, train)]).double()
    return found.quantile(torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64)).tolist()


def _trained(experiment: BaseExperiment) -> Trained:
    return Trained(experiment, (experiment.epochs,))
