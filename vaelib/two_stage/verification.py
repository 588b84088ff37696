"""By how much a model of this paper that is trained anew may differ from the published one.

A number agrees when it differs by no more than ``WIDTH`` times what the published seeds of the same model spread.
"""

from collections.abc import Callable

import numpy as np

from vaelib.store import Store
from vaelib.two_stage import subjects
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.protocol import SEEDS
from vaelib.two_stage.stage import OnManifold, Stage

WIDTH = 5  # standard deviations of the difference between two seeds


def results() -> list[Stage | OnManifold]:
    """First stages, on images and on manifolds."""
    return [one for seed in SEEDS for one in _of_seed(seed)]


def numbers(value: Measured) -> dict[str, float]:
    """Error, rate and the logarithm of γ at the end."""
    return {"end_mse": value["end_mse"], "rate": value["rate"], "log_gamma": value["log_gamma"][-1]}


def tolerances(store: Store) -> Callable[[Stage | OnManifold], dict[str, float]]:
    """By how much each number of a result may differ: from the spread over the seeds of its model."""
    allowed = {}
    for same in zip(*map(_of_seed, SEEDS), strict=True):
        found = [numbers(store.get(one)) for one in same]
        widths = {name: WIDTH * 2**0.5 * float(np.std([one[name] for one in found], ddof=1)) for name in found[0]}
        widths["log_gamma"] = max(widths["log_gamma"], 1e-6)  # a given γ has no spread but float32's
        allowed |= dict.fromkeys(same, widths)
    return allowed.__getitem__


def _of_seed(seed: int) -> list[Stage | OnManifold]:
    asked = [subjects.stages(seed), subjects.manifolds(seed), subjects.dimensions(seed)["stage"]]
    return list(dict.fromkeys(subjects.flat(asked)))
