"""Sphinx extension of the book: under each figure of a notebook a link to the same figure as SVG, for slides and print.

The build writes them beside the notebook's outputs, numbered in the order in which they are drawn.
"""

from pathlib import Path

from docutils import nodes

FOLDER = "figures"  # under Sphinx' static files


def _linked(app, doctree, page):
    folder = Path(app.srcdir) / "book" / "static" / FOLDER / Path(page).name
    drawn = sorted(folder.glob("*.svg")) if page.startswith("notebooks/") else []
    shown = [image for image in doctree.findall(nodes.image) if "jupyter_execute" in image["uri"]]
    if app.builder.name != "html" or len(drawn) != len(shown):
        return
    for path, image in zip(drawn, shown, strict=True):
        place = image.parent if isinstance(image.parent, nodes.figure) else image
        address = f"../_static/{FOLDER}/{Path(page).name}/{path.name}"
        name = f"{Path(page).name}-{path.name}"
        words = f'<p class="vector"><a href="{address}" download="{name}">This figure as SVG</a></p>'
        place.parent.insert(place.parent.index(place) + 1, nodes.raw("", words, format="html"))


def setup(app):
    app.connect("doctree-resolved", _linked)
    return {"parallel_read_safe": True}
