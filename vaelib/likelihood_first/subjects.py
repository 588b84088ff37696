"""What the claims are measured on, seed by seed, and the results behind the pages."""

from collections.abc import Sequence

from vaelib import toys
from vaelib.likelihood_first import checks, digits, experiments
from vaelib.likelihood_first.checks import OfFamily
from vaelib.likelihood_first.drift import Drift, DriftOf, Twins, TwinsOf
from vaelib.likelihood_first.experiments import COMPONENTS, DRIFTING, POINTS, SEEDS
from vaelib.likelihood_first.folds import NOISES, Fold
from vaelib.likelihood_first.measured import EndsOf
from vaelib.likelihood_first.pictures import PictureOf
from vaelib.pages.claims import Subject
from vaelib.results import Result
from vaelib.store import Store

JUDGED = ("figure-8", "clusters", "abs")  # with every seed; the other families are shown with the first
TWINS = ("figure-8", "abs")


def of_ends(
    seeds: Sequence[int] = SEEDS, only: Sequence[str] = tuple(toys.FAMILIES), points: int = POINTS, **changes
) -> list[EndsOf]:
    """Where every method ends by so many test points; families that are not judged, with the first seed alone."""
    return [
        EndsOf(one, points)
        for seed in seeds
        for one in experiments.in_all([n for n in only if n in JUDGED or seed == seeds[0]], (seed,), **changes)
    ]


def of_pictures(seed: int = 0, only: Sequence[str] = tuple(toys.FAMILIES), **changes) -> list[PictureOf]:
    """For each family the densities of data, ELBO's model and likelihood first."""
    found = []
    for name in only:
        data = toys.PREFIX + name
        models = (
            None,
            experiments.together(name, seed, **changes),
            experiments.likelihood_first(name, seed, **changes),
        )
        found += [PictureOf(data, model) for model in models]
    return found


def of_drift(seeds: Sequence[int] = SEEDS, only: Sequence[str] = DRIFTING, **changes) -> list[DriftOf]:
    """Joint trainings from the truth on."""
    return [DriftOf(experiments.from_truth(name, seed, **changes)) for seed in seeds for name in only]


def of_twins(seeds: Sequence[int] = SEEDS, only: Sequence[str] = TWINS) -> list[TwinsOf]:
    """Curves of one p(x)."""
    return [TwinsOf(toys.PREFIX + name, seed) for seed in seeds for name in only]


def folds(noises: Sequence[float] = NOISES) -> dict[float, tuple[Fold, Fold]]:
    """By noise s² the folded curve and its twin that rises."""
    return {noise: (Fold(True, noise), Fold(False, noise)) for noise in noises}


def of_closed_forms() -> list[Result]:
    """What the page of the closed forms shows."""
    return [*of_twins(), *(one for both in folds().values() for one in both)]


def results() -> list[Result]:
    """What is published."""
    return [*of_ends(), *of_pictures(), *of_drift(), *of_closed_forms(), *digits.results()]


def family_ends(store: Store, seed: int, name: str, points: int = POINTS, **changes) -> OfFamily:
    """Where the ELBO and likelihood first end on one family."""
    models = (
        experiments.together(name, seed, **changes),
        experiments.likelihood_first(name, seed, **changes),
        experiments.inference(name, seed, **changes),
        experiments.inference(name, seed, COMPONENTS, **changes),
    )
    return OfFamily(*(store.get(EndsOf(model, points)) for model in models))


def measure_ends(store: Store, seed: int) -> dict[str, OfFamily]:
    """The families that are judged."""
    return {name: family_ends(store, seed, name) for name in JUDGED}


def measure_drift(store: Store, seed: int) -> dict[str, Drift]:
    """The families that drift."""
    return {one.experiment.family.name: store.get(one) for one in of_drift((seed,))}


def measure_twins(store: Store, seed: int) -> dict[str, Twins]:
    """The families with a twin."""
    return {name: store.get(one) for name, one in zip(TWINS, of_twins((seed,)), strict=True)}


def measure_digits(store: Store, seed: int) -> tuple[digits.DigitsEnds, digits.DigitsEnds]:
    """The ELBO's model and likelihood first's."""
    elbo, first = (store.get(one) for one in digits.results((seed,)))
    return elbo, first


CLOSED = Subject(lambda store, seed: None, lambda nothing: checks.closed(), (0,), ("likelihood-closed-forms",))
TWIN_CURVES = Subject(measure_twins, checks.twins, SEEDS, ("likelihood-closed-forms",))
DRIFTS = Subject(measure_drift, checks.drift, SEEDS, ("likelihood-drift",))
ENDS = Subject(measure_ends, checks.ends, SEEDS, ("likelihood-ends",))
DIGITS = Subject(measure_digits, lambda both: checks.digits(*both), SEEDS, ("likelihood-digits",))
