"""By how much a model that is trained anew may differ from the published one."""

from vaelib.likelihood_first import subjects
from vaelib.likelihood_first.experiments import SEEDS
from vaelib.likelihood_first.measured import Ends
from vaelib.likelihood_first.subjects import JUDGED
from vaelib.pages.paper import Verification
from vaelib.pages.verification import between_seeds


def verification() -> Verification:
    """Every method's end on the families that have all seeds."""
    return between_seeds(lambda seed: subjects.of_ends((seed,), JUDGED), SEEDS, numbers)


def numbers(value: Ends) -> dict[str, float]:
    """Likelihood, ELBO and rate at the end."""
    return {"log p(x)": value.log_likelihood, "ELBO": value.elbo, "rate": value.rate}
