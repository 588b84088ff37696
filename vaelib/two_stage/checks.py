"""Findings of the claims A1 to A7, each with its threshold.

All thresholds were fixed before any run: none of the trainings that are published had been begun when they were
committed, and they stayed. They come from what Dai and Wipf state and show, and from their own ratios of distances
(0.23 on MNIST and 0.49 on Fashion-MNIST, with Inception's features), with room for smaller networks and shorter
trainings.

What was changed after a look is how manifolds are trained, since those trainings had not come to their end, as A1's
identity, which holds of any network, told: after 60 epochs with a γ given from the first step on, learned γ was up to
3.7 times the error, and the slopes were 4.8, 8.3 and 9.6 for r = 2, 3 and 5, with superfluous dimensions in use. Twice
the epochs and a γ that comes in were chosen on seed 7; then one learned γ of nine was still 21 % off, and two more
halvings were chosen on seeds 7 and 8. None of these is judged. Images are trained as first declared. Known before was
that a second stage on two thousand of them collapses without a warm-up of its rate, which the paper lacks.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vaelib.pages.findings import Finding, above, below
from vaelib.two_stage.collapse import LEAST_RATE, MOST_NOISE
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.stage import active

RISE = 0.01  # A1: greatest rise of log γ from an epoch to the next, of means over three epochs
IDENTITY = 0.1  # A1: |γ − MSE| / MSE at the end of a run with learned γ
BETTER = 0.5  # A1: MSE with learned γ over MSE with γ = 1
SLOPE = 0.15  # A2: how far the slope of twice the rate on −log γ may be from r, relative to r
LOW, HIGH = 0.2, 0.8  # A3: a dimension with λ_j below tells something, one above is superfluous
DECIDED = 0.8  # A3: share of dimensions that are the one or the other
BLOCKED = 0.02  # A3: response of the output to noise in a superfluous dimension over that in one that tells something
NEARER = 0.5  # A4: MMD² of u from the prior over that of z
HARDER = 0.05  # A4: by how much less often a classifier tells u from the prior than z
DISTANCE = 0.7  # A5: Fréchet distance of two stages over that of the first alone
SPREAD = 0.2  # A6: |drawn σ / codes' σ − 1|; its other thresholds are those at which a run is refused
STEADY = 2.0  # A7: greatest Fréchet distance of two stages over the least, over dim z

ByData = Mapping[str, Mapping[str, Measured]]  # by data set and model


def identity(measured: Measured) -> float:
    """How far γ at the end is from the mean squared error, relative to it."""
    return abs(float(np.exp(measured["log_gamma"][-1])) / measured["end_mse"] - 1)


def greatest_rise(log_gamma: Sequence[float]) -> float:
    """Of means over three epochs, the greatest step upwards; below 0 where log γ falls throughout."""
    width = min(3, len(log_gamma))
    smooth = np.convolve(log_gamma, np.full(width, 1 / width), mode="valid")
    return float(np.diff(smooth).max()) if len(smooth) > 1 else 0.0


def variance(found: ByData) -> list[Finding]:
    """A1 of first stages with learned γ and with γ = 1."""
    lines = []
    for name, models in found.items():
        learned, fixed = models["learned"], models["fixed"]
        lines += [
            below("A1", f"{name}: greatest rise of log γ", greatest_rise(learned["log_gamma"]), RISE),
            below("A1", f"{name}: distance of γ from the MSE", identity(learned), IDENTITY),
            below("A1", f"{name}: MSE, learned over γ = 1", learned["end_mse"] / fixed["end_mse"], BETTER),
        ]
    return lines


def slope(of_gammas: Sequence[Measured]) -> float:
    """The slope of twice the rate on −log γ, over models whose γ is given, by least squares."""
    minus_logs = [-one["log_gamma"][-1] for one in of_gammas]
    return float(np.polyfit(minus_logs, [2 * one["rate"] for one in of_gammas], 1)[0])


def manifolds(learned: Mapping[int, Measured], given: Mapping[int, Sequence[Measured]]) -> list[Finding]:
    """A2, by the manifold's dimension r: models with learned γ, and models with given ones."""
    lines = []
    for r, one in learned.items():
        lines.append(below("A2", f"r = {r}: distance of the active dimensions from r", abs(active(one) - r), 0.5))
        lines.append(below("A2", f"r = {r}: distance of slope / r from 1", abs(slope(given[r]) / r - 1), SLOPE))
        lines.append(below("A1", f"r = {r}: distance of γ from the MSE", identity(one), IDENTITY))
        lines.append(below("A3", f"r = {r}: response to superfluous dimensions", blocked(one), BLOCKED)
                     ._replace(role="shown"))  # fmt: skip
    return lines


def blocked(measured: Measured) -> float:
    """Median response to noise in superfluous dimensions over that in the others; 1 where one of the two lacks."""
    variances, found = np.array(measured["variances"]), np.array(measured["responses"])
    low, high = found[variances < LOW], found[variances > HIGH]
    return float(np.median(high) / np.median(low)) if len(low) and len(high) else 1.0


def directions(learned: Measured) -> list[Finding]:
    """A3 of a first stage on MNIST."""
    variances = np.array(learned["variances"])
    decided = float(((variances < LOW) | (variances > HIGH)).mean())
    return [
        above("A3", "share of dimensions with λ below 0.2 or above 0.8", decided, DECIDED),
        below("A3", "response to superfluous dimensions, over that to the others", blocked(learned), BLOCKED),
    ]


def latents(found: Mapping[str, Measured]) -> list[Finding]:
    """A4 and A6 of second stages, by data set."""
    lines = []
    for name, one in found.items():
        z, u = one["z"], one["u"]
        for kernel in z["mmd"]:
            ratio = max(0.0, u["mmd"][kernel]) / z["mmd"][kernel] if z["mmd"][kernel] > 0 else 1.0
            lines.append(below("A4", f"{name}: MMD², u over z, {kernel}", ratio, NEARER))
        drop = z["accuracy"]["perceptron"] - u["accuracy"]["perceptron"]
        lines.append(above("A4", f"{name}: drop of the classifier's accuracy", drop, HARDER))
        lines.append(above("A6", f"{name}: rate of the second stage, nats", one["collapse"]["rate"], LEAST_RATE))
        lines.append(
            below("A6", f"{name}: √γ of the second stage over σ of the codes", one["collapse"]["noise"], MOST_NOISE)
        )
        lines.append(
            below("A6", f"{name}: σ of drawn codes over σ of codes, distance from 1", abs(one["spread"] - 1), SPREAD)
        )
    return lines


def samples(found: ByData) -> list[Finding]:
    """A5, by data set and model."""
    lines = []
    for name, models in found.items():
        for extractor in models["second"]["frechet"]:
            distance = {model: one["frechet"][extractor] for model, one in models.items()}
            ratio = distance["second"] / distance["learned"]
            if extractor == "convolutions":
                lines.append(below("A5", f"{name}: Fréchet distance, two stages over one", ratio, DISTANCE))
            else:
                lines.append(below("A5", f"{name}: the same by the second extractor", ratio, 1.0))
            over_fixed = distance["second"] / distance["fixed"]
            lines.append(below("A5", f"{name}: two stages over γ = 1, {extractor}", over_fixed, 1.0))
            over_entropy = below("A5", f"{name}: two stages over cross-entropy, {extractor}",
                                 distance["second"] / distance["cross_entropy"], 1.0)  # fmt: skip
            lines.append(over_entropy._replace(role="shown"))
    return lines


def dimensions(first: Mapping[int, Measured], second: Mapping[int, Measured]) -> list[Finding]:
    """A7, by dim z: what the first stage alone and both together draw."""
    one, both = ([found[k]["frechet"]["convolutions"] for k in sorted(found)] for found in (first, second))
    return [
        below("A7", "two stages: greatest Fréchet distance over the least", max(both) / min(both), STEADY),
        above("A7", "one stage: Fréchet distance, most dimensions over fewest", one[-1] / one[0], 1.0),
    ]
