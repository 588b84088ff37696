"""Sphinx extension of the book: a page shows what a notebook found, and under it, folded, the code that found it.

In a notebook the code comes first. On the page the cells that follow each other without a word between them, from the
imports to the figure, become what they show and one closed ``<details>`` with their code and what they printed on the
way; a sentence under a figure stays under it. Without scripts each opens by itself; ``book/static/fold.js`` adds the
switch for all of them.
"""

import itertools

from docutils import nodes

NAMES = ("the figure above", "the table above", "the text above", "what the next cells need")


ANSWER = 45  # words: an answer is short


def _folded(app, doctree, page):
    for parent in {id(cell.parent): cell.parent for cell in _of_class(doctree, "cell")}.values():
        for are_cells, run in itertools.groupby(list(parent.children), lambda child: _is(child, "cell")):
            if are_cells:
                _fold(parent, list(run))


def _fold(parent, cells):
    """Put what a run of cells shows before its code."""
    shows = [any(map(_is_shown, _outputs(cell))) for cell in cells]
    code = []
    for number, cell in enumerate(cells):
        found = _outputs(cell)
        printed = [one for one in found if not _is_shown(one)]
        on_the_way = not shows[number] and any(shows[number:])  # said before what the run is there to show
        code += [one for one in cell.children if _is(one, "cell_input")]
        if on_the_way:
            code += printed
        at = parent.index(cell)
        parent.remove(cell)
        kept = [] if on_the_way else found
        if kept:
            output = nodes.container("", *kept, classes=["cell_output", "docutils", "container"])
            parent.insert(at, nodes.container("", output, classes=["cell"]))
            at += 1
        if code and (kept or number == len(cells) - 1):
            parent.insert(at + _answered(parent, at, kept), _details(code, _named(kept)))
            code = []


def _answered(parent, at, shown):
    """Whether a sentence stands under a figure; it answers the page's question and comes before the code."""
    follows = parent.children[at] if at < len(parent.children) else None
    if not isinstance(follows, nodes.paragraph) or _named(shown) != NAMES[0]:
        return 0
    if len(follows.astext().split()) < ANSWER:
        follows["classes"].append("answer")
    return 1


def _details(code, name):
    opening = f'<details class="code"><summary>Code: {name}</summary>'
    cell = nodes.container("", *code, classes=["cell"])
    return nodes.container("", nodes.raw("", opening, format="html"), cell, nodes.raw("", "</details>", format="html"))


def _named(shown):
    for name, kinds in zip(NAMES, ((nodes.image,), (nodes.table,), (nodes.Node,)), strict=False):
        if any(True for one in shown for kind in kinds for _ in one.findall(kind)):
            return name
    return NAMES[-1]


def _outputs(cell):
    return [one for outputs in cell.children if _is(outputs, "cell_output") for one in outputs.children]


def _is_shown(output):
    return not _is(output, "stream")


def _is(node, name):
    return name in getattr(node, "attributes", {}).get("classes", ())


def _of_class(doctree, name):
    return list(doctree.findall(lambda node: _is(node, name)))


def setup(app):
    app.connect("doctree-resolved", _folded)
    return {"parallel_read_safe": True}
