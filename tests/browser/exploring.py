"""What the tests of the explorer's page share: its names, and what it shows."""

from vaelib.novelty import experiments

PAGE = "book/explorer.html"
MINI = experiments.mini()
PLANE = "#explorer-plane [data-name=plane]"
SPOKEN = "#explorer-plane [data-name=spoken]"
READY = "globalThis.vaelibExplorer?.plane?.steps && vaelibExplorer.gallery?.shown"


def shown(page, view, name):
    """A canvas as a picture, or an element's text."""
    return page.locator(f"#explorer-{view} [data-name={name}]").evaluate(
        "(element) => element.toDataURL ? element.toDataURL() : element.textContent"
    )


def z_of(page):
    return page.evaluate("vaelibExplorer.plane.z")


def at_the_origin(page):
    for name in ("z1", "z2"):
        page.locator(f"#explorer-plane [data-name={name}]").fill("0")
    assert z_of(page) == [0, 0]


def along(page):
    """The walk's slider."""
    return page.get_by_label("Share of the way")
