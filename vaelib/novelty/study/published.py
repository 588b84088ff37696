"""What the study publishes, page by page."""

from vaelib.novelty.study import code, habits, halves, premise, search
from vaelib.novelty.study.measured import Measured
from vaelib.novelty.study.search import Searched
from vaelib.results import Result

PAGES = (  # what each of its pages shows
    code.results, code.elsewhere, code.architectures, search.results, halves.results, premise.results, habits.results,
)  # fmt: skip


def of_models() -> list[list[Measured | Searched]]:
    """Those that are of one model each, a list a page, each with the first that shows it: what can be trained anew."""
    taken: set[str] = set()
    lists = []
    for page in PAGES:
        new = {one.path: one for one in page() if isinstance(one, Measured | Searched) and one.path not in taken}
        lists.append([*new.values()])
        taken |= new.keys()
    return lists


def results() -> list[Result]:
    """All of them, each once."""
    return list({one.path: one for page in PAGES for one in page()}.values())
