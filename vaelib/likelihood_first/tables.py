"""The tables of the pages."""

from collections.abc import Sequence

import numpy as np

from vaelib.likelihood_first.digits import DigitsEnds
from vaelib.likelihood_first.experiments import Toy
from vaelib.likelihood_first.measured import Ends, method
from vaelib.pages.markdown import once, table


def ends_table(found: Sequence[tuple[Toy, Ends]]) -> str:
    """Markdown: where each method ends on each family, in nats; means of the seeds."""
    groups: dict[tuple[str, str], list[Ends]] = {}
    for experiment, one in found:
        groups.setdefault((experiment.family.name, method(experiment)), []).append(one)
    rows = []
    for (family, how), of_seeds in groups.items():
        short = np.mean([one.truth - one.log_likelihood for one in of_seeds])
        names = ("gap", "information", "from_prior")
        values = [short, *(np.mean([getattr(one, name) for one in of_seeds]) for name in names)]
        mmd = np.mean([one.squared_mmd for one in of_seeds])
        rows.append((family, how, *(f"{value:.3f}" for value in values), f"{mmd:.4f}"))
    rows = [(family, *row[1:]) for family, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(("family", "method", "short of the truth", "gap", "I(x; z)", "KL(q(z) ‖ p)", "MMD²"), rows)


def digits_table(found: Sequence[tuple[DigitsEnds, DigitsEnds]]) -> str:
    """Markdown: both methods on digits, means of the seeds, in nats per image."""
    names = {
        "log p, training": lambda one: one.train,
        "log p, test": lambda one: one.test,
        "error of the plane's step": lambda one: one.step_error,
        "rate": lambda one: one.rate,
        "I(x; z)": lambda one: one.mutual_information,
        "KL(q(z) ‖ p)": lambda one: one.marginal_kl,
        "distortion": lambda one: one.distortion,
        "the best decoder's distortion": lambda one: one.best_distortion,
        "angle of samples to the training set": lambda one: one.nearest,
    }
    rows = [
        (name, *(f"{np.mean([of(both[method]) for both in found]):.2f}" for method in (0, 1)))
        for name, of in names.items()
    ]
    return table(("", "ELBO", "likelihood first"), rows)
