"""Sphinx extension of the book: figures of the paper have the paper's numbers, and all others are B1, B2, … in turn.

A figure that is named ``fig-4`` is the paper's Figure 4, wherever it stands; any other name is one beyond the paper.
Sphinx itself would count them all together, and each new picture would take a number from the paper.
"""

import itertools
import re

OF_THE_PAPER = re.compile(r"fig-(\d+)")


def _numbered(app, env):
    beyond = itertools.count(1)
    for of_page in env.toc_fignumbers.values():  # in the order of the contents
        figures = of_page.get("figure", {})
        for name in figures:
            published = OF_THE_PAPER.fullmatch(name)
            figures[name] = (published[1] if published else f"B{next(beyond)}",)
    return []


def setup(app):
    app.connect("env-get-updated", _numbered, priority=900)  # after Sphinx has counted
    return {"parallel_read_safe": True}
