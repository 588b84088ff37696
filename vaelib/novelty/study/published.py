"""What the study publishes, page by page."""

from vaelib.novelty.study import code, halves, search
from vaelib.novelty.study.measured import Measured
from vaelib.novelty.study.search import Searched
from vaelib.results import Result


def by_page() -> dict[str, list[Result]]:
    """The results that each of its pages shows, by the page's name."""
    return {
        "depth_or_code": code.results(),
        "code_elsewhere": code.of_digits(),
        "code_search": search.results(),
        "which_half": halves.results(),
    }


def of_models() -> list[list[Measured | Searched]]:
    """Those that are of one model each, a list a page, each with the first that shows it: what can be trained anew."""
    taken: set[str] = set()
    lists = []
    for found in by_page().values():
        new = {one.path: one for one in found if isinstance(one, Measured | Searched) and one.path not in taken}
        lists.append([*new.values()])
        taken |= new.keys()
    return lists


def results() -> list[Result]:
    """All of them, each once."""
    return list({one.path: one for found in by_page().values() for one in found}.values())
