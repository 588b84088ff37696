"""Tables of this paper's pages, in Markdown: means over seeds, in brackets the least and the greatest."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vaelib.pages.markdown import once, table
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.protocol import NAMES
from vaelib.two_stage.stage import active
from vaelib.two_stage.withheld import from_the_best

# Dai and Wipf's Table 1, FID by Inception's features, which is another metric than ours
PUBLISHED = {
    "mnist": {"cross_entropy": 16.6, "fixed": 52.0, "learned": 54.5, "second": 12.6},
    "fashion-mnist": {"cross_entropy": 43.6, "fixed": 84.6, "learned": 60.0, "second": 29.3},
}
ByModel = Mapping[str, Mapping[str, Sequence[Measured]]]  # by data set and model, the seeds


def of_seeds(seeds: Sequence[Measured], measure: Callable[[Measured], float]) -> list[float]:
    """A measure of each seed."""
    return [float(measure(one)) for one in seeds]


def spread(values: Sequence[float], places: int = 2) -> str:
    """The mean, in brackets the least and the greatest where there are several."""
    mean = f"{np.mean(values):.{places}f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.{places}f} to {max(values):.{places}f})"


def samples_table(found: ByModel) -> str:
    """The Fréchet distance of what each model draws by both extractors, beside the FID that the paper published."""
    rows = []
    for dataset, models in found.items():
        for model, seeds in models.items():
            distances = [
                spread(of_seeds(seeds, lambda one, e=extractor: one["frechet"][e]), 1)
                for extractor in seeds[0]["frechet"]
            ]
            error = f"{seeds[0]['frechet_error']['convolutions']:.2f}"
            published = f"{PUBLISHED[dataset][model]:g}"
            rows.append((dataset, getattr(NAMES, model), distances[0], error, distances[1], published))
    rows = [(name, *row[1:]) for name, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(
        ("data", "model", "Fréchet distance", "error", "second extractor", "FID as published, another metric"), rows
    )


def yardstick_table(found: Mapping[str, Measured]) -> str:
    """What the distance is for training images and for noise, and how good the extractors are."""
    rows = []
    for dataset, one in found.items():
        for extractor in one["floor"]:
            numbers = [f"{one[name][extractor]:.{places}f}" for name, places in
                       (("accuracy", 3), ("floor", 2), ("floor_error", 2), ("ceiling", 0))]  # fmt: skip
            rows.append((dataset, extractor, *numbers))
    return table(("data", "extractor", "accuracy", "training against test images", "error", "noise"), rows)


def copies_table(found: ByModel, yardsticks: Mapping[str, Measured]) -> str:
    """What drawn images are made of, and how near to training images they are; last, test images in their place.

    Means over the seeds alone: the figure shows how far these lie apart.
    """
    measures = (
        (lambda one: one["perplexity"], 2),
        (lambda one: one["top_weight"], 2),
        (lambda one: one["angle"][1], 1),
        (lambda one: one["copying"], 1),
        (lambda one: one["copying_in_pixels"], 1),
        (lambda one: one["density"], 2),
        (lambda one: one["coverage"], 2),
    )
    rows = []
    for dataset, models in found.items():
        rows.append((f"**{dataset}**", *[""] * len(measures)))
        for model, seeds in models.items():
            numbers = [f"{np.mean(of_seeds(seeds, measure)):.{places}f}" for measure, places in measures]
            rows.append((getattr(NAMES, model), *numbers))
        real = yardsticks[dataset]
        numbers = (f"{real['angle'][1]:.1f}", f"{real['copying']:.1f}", "–", f"{real['density']:.2f}")
        rows.append(("images of the data", "–", "–", *numbers, f"{real['coverage']:.2f}"))
    head = ("model", "perplexity", "top weight", "angle, °", "copying", "in pixels", "density", "coverage")
    return table(head, rows)


def latents_table(found: Mapping[str, Sequence[Measured]]) -> str:
    """How far codes are from the prior, by stage."""
    rows = []
    for dataset, seeds in found.items():
        for code in ("z", "u"):
            of_kernels = [spread(of_seeds(seeds, lambda one, c=code, k=k: 1e3 * one[c]["mmd"][k]))
                          for k in seeds[0][code]["mmd"]]  # fmt: skip
            nulls = [f"{1e3 * max(one[code]['null'][k] for one in seeds):.2f}" for k in seeds[0][code]["null"]]
            accuracies = [spread(of_seeds(seeds, lambda one, c=code, k=k: one[c]["accuracy"][k]))
                          for k in seeds[0][code]["accuracy"]]  # fmt: skip
            pairs = [cell for pair in zip(of_kernels, nulls, strict=True) for cell in pair]
            rows.append((dataset, code, *pairs, *accuracies))
    kernels = [cell for kernel in seeds[0]["z"]["mmd"] for cell in (f"10³ MMD², {kernel}", "95 % of the null")]
    return table(("data", "code", *kernels, *(f"accuracy, {name}" for name in seeds[0]["z"]["accuracy"])), rows)


def stages_table(found: ByModel) -> str:
    """First stages at their ends: γ, error, rate, active dimensions."""
    rows = []
    for dataset, models in found.items():
        for model, seeds in models.items():
            numbers = (
                spread(of_seeds(seeds, lambda one: np.exp(one["log_gamma"][-1])), 4),
                spread(of_seeds(seeds, lambda one: one["end_mse"]), 4),
                spread(of_seeds(seeds, lambda one: one["rate"]), 1),
                spread(of_seeds(seeds, active), 0),
            )
            rows.append((dataset, getattr(NAMES, model), *numbers))
    return table(("data", "model", "γ", "MSE per pixel", "rate, nats", "dimensions with λ < 0.5"), rows)


def withheld_table(seeds: Mapping[str, Sequence[Measured]]) -> str:
    """A digit that was never seen, through the cross-entropy VAE and through the one with learned γ."""
    measures = (
        (lambda one: one["recognised"], 2),
        (lambda one: one["nearer_input"], 2),
        (lambda one: one["kl_input"], 1),
        (lambda one: one["kl_average"], 1),
        (lambda one: from_the_best(one.values), 1),
    )
    rows = [
        (getattr(NAMES, model), *(spread(of_seeds(found, measure), places) for measure, places in measures))
        for model, found in seeds.items()
    ]
    head = ("model", "recognised", "nearer to the input", "KL(x ‖ x̂)", "KL(μ ‖ x̂)", "distance from the best decoder")
    return table(head, rows)
