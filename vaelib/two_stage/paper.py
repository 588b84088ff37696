"""This paper's declaration: results, claims, figures, pages."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from vaelib.pages.claims import Claim
from vaelib.pages.paper import Figure, Page, Paper, Verification
from vaelib.pages.parameters import Parameters
from vaelib.results import Result
from vaelib.two_stage import parameters, subjects
from vaelib.two_stage.protocol import SEEDS

# with less of it a second stage collapses
SMOKE = {"recompute": True, "seeds": [0], "epochs": 20, "second_epochs": 40, "first": 1000, "learning_rate": 0.01}
ON_MNIST = SMOKE | {"datasets": ["mnist"], "latent_dim": 8}
FIRST_STAGE = ON_MNIST | {"epochs": 2}
Asked = Callable[[int], subjects.Asked]


def of_seeds(*asked: Asked, seeds: Sequence[int] = SEEDS) -> list[Result]:
    """What is asked for, of every seed, each once."""
    return list(dict.fromkeys(one for seed in seeds for ask in asked for one in subjects.flat(ask(seed))))


def yardsticks(seed: int) -> subjects.Asked:
    """What the measures are for images of the data; no matter of a seed."""
    return subjects.yardsticks()


ASKED: Mapping[str, tuple[Asked, ...]] = {
    "two-stage-1": (subjects.stages,),
    "two-stage-2": (subjects.stages,),
    "two-stage-3": (subjects.latents,),
    "two-stage-4": (subjects.latents,),
    "two-stage-5": (subjects.dimensions,),
    "two-stage-table": (subjects.samples, yardsticks),
    "two-stage-manifolds": (subjects.manifolds,),
    "two-stage-copies": (subjects.samples, subjects.withheld, yardsticks),
}


def results() -> Sequence[Result]:
    """What is published."""
    return of_seeds(*dict.fromkeys(ask for asked in ASKED.values() for ask in asked))


def claims() -> tuple[Claim, ...]:
    """Claims A1 to A7."""
    return subjects.CLAIMS


def figures() -> dict[str, Figure]:
    """The paper's figures by number, and our own pages."""
    measured = {
        "two-stage-3": subjects.LATENTS,
        "two-stage-4": subjects.LATENTS,
        "two-stage-5": subjects.DIMENSION,
        "two-stage-table": subjects.SAMPLES,
        "two-stage-copies": subjects.SAMPLES,
    }
    return {
        name: Figure(partial(of_seeds, *asked, seeds=SEEDS[:1]), partial(of_seeds, *asked),
                     measured.get(name, subjects.STAGES))
        for name, asked in ASKED.items()
    }  # fmt: skip


def verification() -> Verification:
    """How its trainings are held against what is published."""
    from vaelib.two_stage.verification import verification

    return verification()


def _page(name: str, takes: type[Parameters], smoke: Mapping, trainings: int) -> Page:
    figure = f"two-stage-{name}"
    return Page(f"two_stage_{name}", partial(of_seeds, *ASKED[figure]), takes, smoke, trainings)


PAGES = (
    _page("1", parameters.TwoStage, FIRST_STAGE, 2),
    _page("2", parameters.TwoStage, FIRST_STAGE, 2),
    _page("3", parameters.TwoStage, ON_MNIST, 2),
    _page("4", parameters.TwoStage, ON_MNIST, 2),
    _page("5", parameters.ByDimension, SMOKE | {"latent_dim": [8, 12]}, 6),
    _page("table", parameters.TwoStage, ON_MNIST, 6),
    _page("manifolds", parameters.OnManifolds, {"recompute": True, "seeds": [0], "epochs": 2, "dimensions": [2]}, 5),
    _page("copies", parameters.Copies, ON_MNIST | {"held_out_digit": 4}, 8),
    Page("two_stage_claims", results, parameters.Claims, summaries=("claims.json",)),
)

PAPER = Paper("two_stage", results, PAGES, claims, figures, verification=verification)
