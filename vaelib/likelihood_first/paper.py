"""This paper's declaration: results, claims, pages."""

from collections.abc import Sequence
from functools import partial

from vaelib.likelihood_first import digits, parameters, subjects
from vaelib.likelihood_first.experiments import SEEDS
from vaelib.pages.claims import Claim
from vaelib.pages.paper import Figure, Page, Paper, Verification
from vaelib.results import Result


def smoke() -> Sequence[Result]:
    """One family with trainings of a second."""
    return subjects.of_ends((0,), ("circle",), epochs=2, snapshots=(2,), points=100)[:1]


def claims() -> tuple[Claim, ...]:
    """The abstract's statements, and ours."""
    from vaelib.likelihood_first.claims import CLAIMS

    return CLAIMS


def figures() -> dict[str, Figure]:
    """A figure a page; the paper's own are not to be had."""
    asked = {
        "closed-forms": (subjects.of_twins, subjects.TWIN_CURVES),
        "drift": (subjects.of_drift, subjects.DRIFTS),
        "ends": (subjects.of_ends, subjects.ENDS),
        "digits": (digits.results, subjects.DIGITS),
    }
    return {f"likelihood-{name}": Figure(partial(of, SEEDS[:1]), of, subject) for name, (of, subject) in asked.items()}


def verification() -> Verification:
    """How its trainings are held against what is published."""
    from vaelib.likelihood_first.verification import verification

    return verification()


PAGES = (
    Page("likelihood_closed_forms", subjects.of_closed_forms, parameters.ClosedForms,
         {"recompute": True, "seeds": [0], "noises": [0.1]}),
    Page("likelihood_drift", subjects.of_drift, parameters.Drifting,
         {"recompute": True, "families": ["clusters"], "seeds": [0], "fitted": 2, "epochs": 2}, trainings=3),
    Page("likelihood_ends", lambda: [*subjects.of_ends(), *subjects.of_pictures()], parameters.WhereTheyEnd,
         {"recompute": True, "families": ["circle"], "seeds": [0], "epochs": 2, "points": 100}, trainings=7),
    Page("likelihood_digits", digits.results, parameters.OnDigits,
         {"recompute": True, "seeds": [0], "hidden": [10], "steps": 2, "tested": 5, "plane_step": 0.5}, trainings=3),
    Page("likelihood_claims", subjects.results, parameters.Claims, summaries=("claims.json",)),
)  # fmt: skip

PAPER = Paper("likelihood_first", subjects.results, PAGES, claims, figures, smoke, verification)
