"""A paper as it declares itself: its results, its claims, its figures and its pages.

Snakefile, commands and tests read these declarations (``vaelib.papers``); no list of names stands a second time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vaelib.pages.claims import Claim, Subject
from vaelib.pages.comparisons import Comparison
from vaelib.pages.parameters import Parameters
from vaelib.results import Result
from vaelib.store import Store

Results = Callable[[], Sequence[Result]]


@dataclass(frozen=True)
class Page:
    """A notebook that the book shows.

    Parameters
    ----------
    notebook
        Its name in ``notebooks/``, without the ending; also the page's.
    results
        What it shows, runs and all, with its default parameters.
    parameters
        What it takes; None where it takes nothing.
    smoke
        Parameters with which it computes everything anew in seconds.
    trainings
        How many trainings that takes.
    summaries
        Files of ``results/`` that it reads besides, such as ``claims.json``.
    template, make
        For a page that has no notebook of its own: the name of the notebook that it is made of, and what makes it
        (from that notebook's content and the store).
    given
        Parameters that such a page is executed with.
    """

    notebook: str
    results: Results = lambda: ()
    parameters: type[Parameters] | None = None
    smoke: Mapping[str, Any] = field(default_factory=dict)
    trainings: int = 0
    summaries: tuple[str, ...] = ()
    template: str | None = None
    make: Callable[[dict, Store], dict] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A figure of a paper: the results behind it, what its claims are measured on, its published numbers.

    ``results`` are those of its first seed, ``published`` those of all seeds; ``compare`` sets the published numbers
    beside what ``subject`` measured for one seed.
    """

    results: Results
    published: Results
    subject: Subject
    compare: Callable[[Any, Store], list[Comparison]] = lambda measured, store: []


@dataclass(frozen=True)
class Verification:
    """How trainings of a paper are held against what is published.

    ``results`` can be made anew, ``numbers`` are those of a value that are compared, and ``tolerances`` gives, from the
    published results, by how much each of a result's numbers may differ.
    """

    results: Results
    numbers: Callable[[Any], dict[str, float]]
    tolerances: Callable[[Store], Callable[[Result], dict[str, float]]]


@dataclass(frozen=True)
class Paper:
    """A paper of the book.

    ``smoke`` are results of seconds, to try the machinery; a figure is asked for by its name. What is callable is
    called when it is needed, so that a command imports no more than that.
    """

    name: str
    results: Results
    pages: tuple[Page, ...]
    claims: Callable[[], tuple[Claim, ...]] = lambda: ()
    figures: Callable[[], Mapping[str, Figure]] = lambda: {}
    smoke: Results = lambda: ()
    verification: Callable[[], Verification] | None = None
