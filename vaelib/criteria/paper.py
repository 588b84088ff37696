"""This paper's declaration: results, claims, figures, pages."""

from functools import partial

from vaelib.criteria import parameters, plan
from vaelib.pages.claims import Claim
from vaelib.pages.paper import Figure, Page, Paper, Verification

FIRST = (0,)  # seed
SMALL = {"recompute": True, "epochs": 1, "first": 128}


def claims() -> tuple[Claim, ...]:
    """The paper's statements; SciPy, which judges them, is imported when it is asked for."""
    from vaelib.criteria.claims import CLAIMS

    return CLAIMS


def figures() -> dict[str, Figure]:
    """What `make reproduce FIGURE=…` trains."""
    from vaelib.criteria import claims

    return {
        "criteria-1": Figure(partial(plan.of_family, FIRST), plan.of_family, claims.MEMBERS),
        "criteria-2": Figure(partial(plan.of_blur, FIRST), plan.of_blur, claims.BLUR),
        "criteria-3": Figure(partial(plan.of_information, FIRST), plan.of_information, claims.INFORMATION),
        "criteria-4": Figure(partial(plan.of_steps, FIRST), plan.of_steps, claims.STEPS["mnist"]),
    }


def verification() -> Verification:
    """How its trainings are held against what is published."""
    from vaelib.criteria.verification import verification

    return verification()


PAGES = (
    Page("criteria_family", partial(plan.of_family, FIRST), parameters.Family, SMALL, trainings=4),
    Page("criteria_blur", partial(plan.of_blur, FIRST), parameters.Blur, SMALL | {"noises": [0.3, 1.0]}, trainings=2),
    Page("criteria_information", partial(plan.of_information, FIRST), parameters.Information, SMALL, trainings=8),
    Page("criteria_sequential", partial(plan.of_steps, FIRST), parameters.Steps,
         SMALL | {"dataset": "fashion-mnist"}, trainings=3),
    Page("criteria_withheld", partial(plan.of_withheld, FIRST), parameters.Withheld,
         SMALL | {"held_out_digit": 4, "epochs_beside": 1, "first_beside": 128}, trainings=5),
    Page("criteria_claims", plan.results, parameters.Claims, summaries=("claims.json",)),
)  # fmt: skip

PAPER = Paper("criteria", plan.results, PAGES, claims, figures, verification=verification)
