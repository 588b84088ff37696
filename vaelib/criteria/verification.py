"""By how much a model that is trained anew may differ from the published one."""

from vaelib.criteria import plan
from vaelib.criteria.measured import Measured, Measures
from vaelib.criteria.protocol import SEEDS
from vaelib.pages.paper import Verification
from vaelib.pages.verification import between_seeds

COMPARED = ("mutual_information", "error", "nll")
LEAST = {"mutual_information": 0.01}  # nats; where a code names its image, seeds do not differ at all


def verification() -> Verification:
    """Members, noisy codes and models with a strong decoder."""
    return between_seeds(_of_seed, SEEDS, numbers, LEAST)


def numbers(value: Measures) -> dict[str, float]:
    """What the code says, and the squared error or −log p(x)."""
    return {name: value[name] for name in COMPARED if name in value.values}


def _of_seed(seed: int) -> list[Measured]:
    return [*plan.members(seed).values(), *plan.sweep(seed), *plan.information(seed).values()]
