"""The papers of the book: the one place that knows all of them."""

from collections.abc import Iterable, Sequence
from functools import cache

from vaelib.criteria.paper import PAPER as CRITERIA
from vaelib.errors import UnknownName
from vaelib.experiment import BaseExperiment
from vaelib.likelihood_first.paper import PAPER as LIKELIHOOD_FIRST
from vaelib.novelty.paper import PAPER as NOVELTY
from vaelib.pages.paper import Figure, Page, Paper
from vaelib.results import Result, with_needs
from vaelib.runs import experiments as experiments
from vaelib.two_stage.paper import PAPER as TWO_STAGE

PAPERS: tuple[Paper, ...] = (NOVELTY, TWO_STAGE, LIKELIHOOD_FIRST, CRITERIA)


@cache
def results() -> tuple[Result, ...]:
    """What is published: every result of every paper, each once."""
    return _each_once(result for paper in PAPERS for result in paper.results())


@cache
def known() -> dict[str, Result]:
    """By its path each result that has a name on the command line, those of seconds and what others are made of too."""
    smoke = [result for paper in PAPERS for result in paper.smoke()]
    return {result.path: result for result in _each_once(with_needs((*smoke, *results())))}


def paper(name: str) -> Paper:
    """The paper of this name.

    Raises
    ------
    UnknownName
        When there is none.
    """
    found = {paper.name: paper for paper in PAPERS}
    if name not in found:
        raise UnknownName(f"There is no paper {name!r}: expected one of {', '.join(found)}.")
    return found[name]


def result(path: str) -> Result:
    """The result that lies at this path of a layer.

    Raises
    ------
    UnknownName
        When no paper has it.
    """
    if path not in known():
        raise UnknownName(f"{path!r} is no result of a paper; `python -m vaelib results` lists all {len(results())}.")
    return known()[path]


def experiment(name: str) -> BaseExperiment:
    """The experiment of this name.

    Raises
    ------
    UnknownName
        When no paper has it.
    """
    everyone = experiments(known().values())
    if name not in everyone:
        listed = len(experiments(results()))
        raise UnknownName(f"{name!r} is no experiment; `python -m vaelib experiments` lists all {listed}.")
    return everyone[name]


def figures() -> dict[str, Figure]:
    """Every figure of every paper, by the name that it is asked for with."""
    return {name: figure for paper in PAPERS for name, figure in paper.figures().items()}


def figure(name: str) -> Figure:
    """The figure of this name.

    Raises
    ------
    UnknownName
        When no paper has it.
    """
    if name not in figures():
        raise UnknownName(f"There is no Figure {name}: expected one of {', '.join(figures())}.")
    return figures()[name]


def page(notebook: str) -> Page:
    """The page of this name.

    Raises
    ------
    UnknownName
        When no paper declares it.
    """
    pages = {page.notebook: page for paper in PAPERS for page in paper.pages}
    if notebook not in pages:
        raise UnknownName(f"notebooks/{notebook} is no page of a paper: declare it among the pages of one (`Page`).")
    return pages[notebook]


def _each_once(found: Iterable[Result]) -> tuple[Result, ...]:
    by_path: dict[str, list[Result]] = {}
    for result in found:
        by_path.setdefault(result.path, []).append(result)
    return tuple(max(same, key=lambda result: len(result.files)) for same in by_path.values())


def folders(found: Sequence[Result]) -> dict[str, list[Result]]:
    """Results by the folder of a layer that they lie in."""
    grouped: dict[str, list[Result]] = {}
    for result in found:
        grouped.setdefault(result.path.rpartition("/")[0], []).append(result)
    return grouped
