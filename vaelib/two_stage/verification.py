"""By how much a first stage that is trained anew may differ from the published one."""

from vaelib.pages.paper import Verification
from vaelib.pages.verification import between_seeds
from vaelib.two_stage import subjects
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.protocol import SEEDS
from vaelib.two_stage.stage import OnManifold, Stage

SMALLEST = {"log_gamma": 1e-6}  # a given γ has no spread but float32's


def verification() -> Verification:
    """First stages, on images and on manifolds."""
    return between_seeds(_of_seed, SEEDS, numbers, SMALLEST)


def numbers(value: Measured) -> dict[str, float]:
    """Error, rate and the logarithm of γ at the end."""
    return {"end_mse": value["end_mse"], "rate": value["rate"], "log_gamma": value["log_gamma"][-1]}


def _of_seed(seed: int) -> list[Stage | OnManifold]:
    asked = [subjects.stages(seed), subjects.manifolds(seed), subjects.dimensions(seed)["stage"]]
    return list(dict.fromkeys(subjects.flat(asked)))
