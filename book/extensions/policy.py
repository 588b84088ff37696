"""Sphinx extension of the book: a content-security policy on every page, as strict as its theme allows.

Scripts come from the site itself; of those that stand in a page, the theme's and MathJax's settings, only the ones that
the build wrote run, known by their SHA-256. Nothing is fetched, sent or framed beyond the site. Styles may stand in a
page, since the theme, MathJax and the figures' sizes are made so. ``file:`` is the site itself when read from a disk.
"""

import base64
import hashlib
from pathlib import Path

from bs4 import BeautifulSoup

SITE = "'self' file:"
OTHERS = (
    "default-src 'none'",
    f"style-src {SITE} 'unsafe-inline'",
    f"img-src {SITE} data: blob:",
    f"font-src {SITE} data:",
    f"connect-src {SITE}",
    "base-uri 'none'",
    "form-action 'self' file:",
)


def inline(html: str) -> tuple[set[str], set[str]]:
    """The scripts and the buttons' handlers that stand in a page."""
    soup = BeautifulSoup(html, "html.parser")
    scripts = {tag.string for tag in soup.find_all("script") if not tag.get("src") and tag.string}
    handlers = {value for tag in soup.find_all(True) for name, value in tag.attrs.items() if name.startswith("on")}
    return scripts, handlers


def policy(scripts: set[str], handlers: set[str]) -> str:
    """The policy of a page that has these scripts, in a site that has these handlers."""
    known = [_hash(script) for script in sorted(scripts | handlers)]
    unsafe = ["'unsafe-hashes'"] if handlers else []  # which lets hashes speak for handlers too
    return "; ".join((*OTHERS, " ".join((f"script-src {SITE}", *unsafe, *known))))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _written(app, failed):
    if failed or app.builder.name != "html":
        return
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(Path(app.outdir).rglob("*.html"))}
    found = {path: inline(html) for path, html in pages.items()}
    handlers = set().union(*(of_page for _, of_page in found.values()))  # the search page reads the others in
    for path, html in pages.items():
        if "Content-Security-Policy" not in html and "<head>" in html:
            meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(found[path][0], handlers)}">'
            path.write_text(html.replace("<head>", f"<head>\n    {meta}", 1), encoding="utf-8")


def setup(app):
    app.connect("build-finished", _written)
    return {"parallel_read_safe": True}
