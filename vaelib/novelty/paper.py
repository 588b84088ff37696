"""This paper's declaration: results, claims, figures, pages."""

from collections.abc import Sequence
from functools import partial

from vaelib.novelty import appendix, parameters, sweeps
from vaelib.novelty.experiments import APPENDIX, FIGURES, SEEDS, digit
from vaelib.novelty.study import code, habits, halves, premise, published, search
from vaelib.novelty.study import parameters as of_study
from vaelib.pages.claims import Claim
from vaelib.pages.paper import Figure, Page, Paper, Verification
from vaelib.results import Result

SMALL = {"recompute": True, "epochs": 1, "first": 256}
FEW = {"shallow": [20], "deep": [20, 10]}


def results() -> Sequence[Result]:
    """What is published."""
    return [*of_the_paper(), *published.results()]


def of_the_paper() -> Sequence[Result]:
    """What is behind the paper's figures and claims, and what it could not see."""
    return sweeps.with_runs(sweeps.sweep())


def smoke() -> Sequence[Result]:
    """Figure 4 with trainings of a second."""
    return sweeps.with_runs(sweeps.smoke())


def of_figures(*numbers: int) -> Sequence[Result]:
    """What is behind figures, with their first seed."""
    return sweeps.with_runs(sweeps.requests(numbers, SEEDS[:1]))


def of_seeds(number: int) -> Sequence[Result]:
    """What is behind a figure, with every seed of the protocol."""
    return sweeps.with_runs(sweeps.requests((number,)))


def claims() -> tuple[Claim, ...]:
    """The paper's statements; SciPy, which judges them, is imported when it is asked for."""
    from vaelib.novelty.claims import CLAIMS

    return CLAIMS


def figures() -> dict[str, Figure]:
    """The paper's figures, with their claims and the numbers that it published."""
    from vaelib.novelty import comparisons, subjects

    return {
        str(n): Figure(
            partial(of_figures, n), partial(of_seeds, n), subjects.FIGURES[n], partial(comparisons.compare, n)
        )
        for n in FIGURES
    }


def verification() -> Verification:
    """How its trainings are held against what is published."""
    from vaelib.novelty import verification

    return Verification(verification.results, verification.numbers, verification.tolerances)


PAGES = (
    Page("by_hand"),
    Page(
        "figure_1",
        partial(of_figures, 1),
        parameters.Figure1,
        SMALL | {"test_indices": [4], "held_out_digit": 3},
        trainings=4,
    ),
    Page("figure_2", partial(of_figures, 2), parameters.Figure2,
         SMALL | {"dataset": "fashion-mnist", "latent": "sample"}, trainings=4),
    Page("figure_3", partial(of_figures, 3), parameters.Figure3,
         {"recompute": True, "steps": 20, "strata": 2}, trainings=1),
    Page("figure_4", partial(of_figures, 4), parameters.Figure4,
         SMALL | {"held_out_digit": 3, "architectures": [[100], [], [100, 100]]}, trainings=3),
    Page("claims", of_the_paper, parameters.Claims, summaries=("claims.json",)),
    Page("length", lambda: sweeps.with_runs(sweeps.longer() + sweeps.requests((1,))), parameters.TrainingLength,
         SMALL | {"epochs": 2} | FEW, trainings=4),
    Page("classes", lambda: sweeps.with_runs(sweeps.all_digits() + sweeps.seen_digits()), parameters.TenClasses,
         SMALL | {"digits": [1, 7]} | FEW, trainings=6),
    Page("capacity", partial(of_figures, 4, *APPENDIX), parameters.Capacity,
         SMALL | {"digits": [1, 7], "architectures": [[10], [20, 10], [20, 10, 10]]}, trainings=6),
    Page("rate", of_the_paper, parameters.Rate,
         SMALL | {"held_out_digit": 1, "architectures": [[20], []]}, trainings=2),
    Page("depth_or_code", code.results, of_study.DepthOrCode,
         {"recompute": True, "epochs": 1, "first": 256, "seeds": [0], "shallow_dimensions": [2, 4],
          "deep_dimensions": [2, 4], "betas": [0.2], "warm_ups": [2], "free_bits": [0.5]}, trainings=7),
    Page("code_elsewhere", code.elsewhere, of_study.CodeElsewhere,
         {"recompute": True, "epochs": 1, "first": 256, "seeds": [0], "digits": [1],
          "longer_digits": [7], "longer_epochs": 2}, trainings=8),
    Page("code_architectures", code.architectures, of_study.CodeArchitectures,
         {"recompute": True, "epochs": 1, "first": 256, "seeds": [0], "held_out_digit": 4,
          "architectures": [[10], [], [20, 10]]}, trainings=3),
    Page("code_search", search.results, of_study.CodeSearch,
         SMALL | FEW | {"seeds": [0], "digits": [9, 4], "images": 20, "steps": 5}, trainings=4),
    Page("which_half", halves.results, of_study.WhichHalf,
         {"recompute": True, "epochs": 1, "first": 256, "seeds": [0], "held_out_digit": 4}, trainings=24),
    Page("premise", premise.results, of_study.Premise,
         {"recompute": True, "seeds": [0], "sizes": [20, 60], "steps": 3}, trainings=14),
    Page("habits", habits.results, of_study.Habits,
         {"recompute": True, "epochs": 1, "first": 256, "seeds": [0], "held_out_digit": 4, "digits": [4, 7]},
         trainings=10),
    Page("samples", partial(of_figures, 1), parameters.Samples, SMALL | {"count": 12} | FEW, trainings=2),
    Page("fashion", lambda: sweeps.with_runs(sweeps.fashion()), parameters.OtherData,
         SMALL | {"architectures": [[10], [20, 10], [20, 10, 10]]}, trainings=7, summaries=("claims.json",)),
    Page("live", partial(of_figures, 1, 3), parameters.Live,
         SMALL | {"held_out_digit": 3, "steps": 20, "z": [0, 0.5]} | FEW, trainings=5),
    Page("cost", results, summaries=("benchmarks.json",)),
    *(
        Page(f"figure_{n}", partial(of_figures, n), template="figure_4", make=partial(appendix.page, n),
             given={"held_out_digit": digit(n)})
        for n in APPENDIX
    ),
)  # fmt: skip

PAPER = Paper("novelty", results, PAGES, claims, figures, smoke, verification)
