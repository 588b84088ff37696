"""Sphinx extension of the book: figures for slides, for paper and for phones.

Under each figure of a notebook stands a link to the same figure as SVG, for slides and print; the build writes them
beside the notebook's outputs, numbered in the order in which they are drawn. And each lies in a box of its own: on a
phone it keeps the size at which its letters can be read, and the box is moved instead of the page.
"""

from pathlib import Path

from docutils import nodes

FOLDER = "figures"  # under Sphinx' static files
DRAWN = ("jupyter_execute", "every_digit/")  # in the addresses of pictures that were drawn by a notebook


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


def _boxed(app, doctree, page):
    for image in [image for image in doctree.findall(nodes.image) if any(part in image["uri"] for part in DRAWN)]:
        image.replace_self(nodes.container("", image.deepcopy(), classes=["drawn"]))


def setup(app):
    app.connect("doctree-resolved", _linked)
    app.connect("doctree-resolved", _boxed, priority=600)  # after the links
    return {"parallel_read_safe": True}
