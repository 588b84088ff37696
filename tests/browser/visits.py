"""A page of the built site as a browser sees it: `visit` opens it and writes down what is there and what is wrong."""

import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe

AXE = {"resultTypes": ["violations"], "preload": False}  # not loading the style sheets again: requests of its own
UNREAD = {"exclude": [["dl.py ~ dl.py"]]}  # a module's entries are all of one make; the first is read for all
SETTLED = """async () => {
    if (window.MathJax?.startup) await MathJax.startup.promise;
    await document.fonts.ready;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
PROBE = """() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    images: [...document.images].map(image => [image.getAttribute('src'), image.naturalWidth, image.alt]),
    turns: [...document.querySelectorAll('.prev-next-area a')].map(link => link.href),
    small: innerWidth > 400 ? [] : [
        ...[...document.querySelectorAll('.bd-article *')].filter(one => one.checkVisibility()
            && !one.closest('mjx-container, sup, sub, svg')
            && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())
            && parseFloat(getComputedStyle(one).fontSize) < 11),
        ...[...document.querySelectorAll('.drawn img')].filter(image => image.checkVisibility()
            && image.getBoundingClientRect().width / image.naturalWidth * 14 < 11),
        ...[...document.querySelectorAll('.bd-article svg[viewBox] text')].filter(one => one.checkVisibility()
            && one.ownerSVGElement.getBoundingClientRect().width / one.ownerSVGElement.viewBox.baseVal.width
                * parseFloat(getComputedStyle(one).fontSize) < 11),
    ].map(one => one.outerHTML.slice(0, 80)),
    letters: document.querySelectorAll('.bd-article svg[viewBox] text').length,
    cut: [
        ...document.querySelectorAll('div.math mjx-container'),
        ...(innerWidth > 1000 ? document.querySelectorAll('.bd-article .pst-scrollable-table-container') : []),
    ].filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 2)
        .map(one => one.closest('div.math')?.id || one.textContent.trim().slice(0, 80)),
    mathematics: [...document.querySelectorAll('.math')].every(formula => formula.querySelector('mjx-container')),
})"""


class View(NamedTuple):
    width: int
    theme: str
    protocol: str


VIEWS = (  # every two of width, theme and protocol meet
    View(1280, "light", "http"),
    View(1280, "dark", "file"),
    View(390, "light", "file"),
    View(390, "dark", "http"),
)


READ = (VIEWS[0], VIEWS[3])  # by axe, which takes most of a visit's time: each width, theme and protocol once


class Visit(NamedTuple):
    """A first visit of one page: errors, addresses asked for, axe's findings, and the page's own measures."""

    page: str
    view: View
    wrong: list[str]
    elsewhere: list[str]
    weight: int  # bytes of all files that the page asked for
    violations: list[str]
    overflow: int  # pixels
    images: list[tuple[str, int, str]]  # source, natural width, alt text
    turns: list[str]  # where the links to the previous and the next page lead
    small: list[str]  # on a phone, what has letters below 11 pixels; the smallest of a figure have 14 of its own
    letters: int  # texts in drawings that a script made
    cut: list[str]  # formulas, and tables on a wide screen, that are wider than their place and have to be pushed
    mathematics: bool  # every formula is typeset

    def __str__(self):
        return f"{self.page} ({self.view.width} px, {self.view.theme}, {self.view.protocol})"


def visit(browser, site: Path, address: str, page: str, view: View) -> Visit:
    root = address if view.protocol == "http" else site.resolve().as_uri()
    context = browser.new_context(viewport={"width": view.width, "height": 900}, color_scheme=view.theme)
    opened = context.new_page()
    wrong, asked = listen(opened)
    opened.goto(f"{root}/{page}", wait_until="load")
    opened.evaluate(SETTLED)
    seen = opened.evaluate(PROBE)
    violations = serious(Axe().run(opened, context=UNREAD, options=AXE).response["violations"]) if view in READ else []
    context.close()
    seen["turns"] = [link.removeprefix(f"{root}/") for link in seen["turns"]]
    ours = {url for url in asked if url.startswith(root)}
    weight = sum(size(site, url.removeprefix(root)) for url in ours)
    elsewhere = sorted(url for url in asked - ours if not url.startswith(("data:", "blob:")))
    return Visit(page, view, wrong, elsewhere, weight, violations, **seen)


def wait(page, expression: str, seconds: float = 30) -> None:
    """Until an expression is true on a page; its policy forbids the evaluation that Playwright's own waiting needs."""
    ends = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < ends, f"after {seconds} seconds not true: {expression}"
        page.wait_for_timeout(20)


def listen(page) -> tuple[list[str], set[str]]:
    """What goes wrong on a page from now on, and every address that it asks for."""
    wrong, asked = [], set()
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("console", lambda message: message.type == "error" and wrong.append(f"console: {told(message)}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("request", lambda request: asked.add(request.url))
    return wrong, asked


def told(message) -> str:
    return f"{message.text} ({message.location['url']})"


def serious(violations) -> list[str]:
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def size(site, address) -> int:
    path = site / unquote(urlsplit(address).path).lstrip("/")
    return path.stat().st_size if path.is_file() else 0
