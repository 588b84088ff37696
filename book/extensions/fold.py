"""Sphinx extension of the book: a notebook's code can be folded, each cell by itself and all at once.

Each cell's input becomes an open ``<details>``; ``book/static/fold.js`` adds the switch for all of them.
"""

from docutils import nodes


def _folded(app, doctree, page):
    for cell in list(doctree.findall(lambda node: "cell_input" in getattr(node, "attributes", {}).get("classes", ()))):
        around = cell.parent
        at = around.index(cell)
        around.insert(at + 1, nodes.raw("", "</details>", format="html"))
        around.insert(at, nodes.raw("", '<details class="code" open><summary>Code</summary>', format="html"))


def setup(app):
    app.connect("doctree-resolved", _folded)
    return {"parallel_read_safe": True}
