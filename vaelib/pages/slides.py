"""Slides for a lecture: one Markdown file with the book's figures as vectors and its numbers, made into one HTML file.

Slides are parted by ``---``. A number is written as on the book's pages (``{glue:text}``); a figure as
``![](x/01.svg)``, the first one of notebook x, whose alt text it takes along. ``#0.5-1`` behind it shows that part of
its height alone, counted from the top.
"""

import base64
import re
from html import escape
from pathlib import Path

from vaelib.errors import VaelibError
from vaelib.pages import notebooks

STATIC = Path("book") / "static" / "slides"
NUMBER = re.compile(r"\{glue:text\}`(?:\.\./)?notebooks/(\w+)\.ipynb::([^:`]+)(?::([^`]+))?`")
FIGURE = re.compile(r'<p><img src="(\w+)/(\d+)\.svg(?:#([\d.]+)-([\d.]+))?" alt="" ?/?></p>')
VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
OPENS = re.compile(r"<svg [^>]*>")
WIDE = 1.45  # of width to height, above which a figure stands under its words, not beside them


def write(source: Path, target: Path, executed: Path, figures: Path, static: Path = STATIC) -> int:
    """Write the slides of a Markdown file as one HTML file that needs no other; returns how many there are.

    Parameters
    ----------
    source, target
        The Markdown file and the HTML file.
    executed
        The folder of executed notebooks, for numbers and alt texts.
    figures
        The folder of their figures as SVG, a folder a notebook.
    static
        The folder of ``slides.css`` and ``slides.js``.

    Raises
    ------
    VaelibError
        When a number or a figure is not there.
    """
    parts = re.split(r"^---$", source.read_text(encoding="utf-8"), flags=re.M)
    made = [slide(part, executed, figures) for part in parts]
    sections = [
        f'<section class="slide{kind}" aria-label="Slide {n} of {len(made)}">\n{html}'
        f'<footer aria-hidden="true">{n} / {len(made)}</footer>\n</section>'
        for n, (kind, html) in enumerate(made, 1)
    ]
    title = escape(re.search(r"^# (.+)$", parts[0], re.M)[1])
    style, script = ((static / f"slides.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>\n" + "\n".join(sections) + "\n</main>\n"
        f"<script>\n{script}</script>\n</body>\n</html>\n",
        encoding="utf-8",
    )
    return len(made)


def slide(text: str, executed: Path, figures: Path) -> tuple[str, str]:
    """One slide: the class of its layout, and its HTML."""
    from markdown_it import MarkdownIt  # comes with the book's tools; the library alone has no need of it

    html = MarkdownIt().render(NUMBER.sub(lambda found: _number(found, executed), text))
    placed = FIGURE.search(html)
    if not placed:
        return "", html
    image, wide = _figure(placed, executed, figures)
    words = html[: placed.start()] + html[placed.end() :]
    return " below" if wide else " beside", f'<div class="words">\n{words}</div>\n{image}\n'


def glued(path: Path) -> dict[str, float]:
    """The numbers that an executed notebook leaves for prose, by name."""
    found = {}
    for cell in notebooks.read(path)["cells"]:
        for output in cell.get("outputs", ()):
            kept = output.get("metadata", {}).get("scrapbook")
            if kept:
                text = output["data"][f"{kept['mime_prefix']}text/plain"]
                found[kept["name"]] = float("".join(text))
    return found


def alt_texts(path: Path) -> list[str]:
    """The alt texts of an executed notebook's figures, in their order."""
    shown = [
        cell
        for cell in notebooks.read(path)["cells"]
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
    ]
    return [cell["metadata"]["mystnb"]["image"]["alt"] for cell in shown]


def _number(found: re.Match, executed: Path) -> str:
    notebook, name, form = found.groups()
    numbers = glued(executed / f"{notebook}.ipynb")
    if name not in numbers:
        raise VaelibError(f"{notebook}.ipynb leaves no number {name}: expected one of {', '.join(numbers) or 'none'}.")
    return format(numbers[name], form or "").replace("-", "−")


def _figure(placed: re.Match, executed: Path, figures: Path) -> tuple[str, bool]:
    """A figure as an image in the file itself, and whether it is wide."""
    notebook, number, top, bottom = placed.groups()
    path = figures / notebook / f"{number}.svg"
    if not path.exists():
        raise VaelibError(f"{path} is not there: the build draws it when it runs {notebook}.ipynb.")
    alt = alt_texts(executed / f"{notebook}.ipynb")[int(number) - 1]
    svg = path.read_text(encoding="utf-8")
    width, height = (float(side) for side in VIEW.search(svg).groups())
    low, high = (float(top), float(bottom)) if top else (0.0, 1.0)
    shown = height * (high - low)
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    box = f'width="{width:g}" height="{shown:g}" viewBox="0 {height * low:g} {width:g} {shown:g}"'
    data = base64.b64encode(OPENS.sub(f"<svg {names} {box}>", svg, count=1).encode()).decode()
    image = f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(alt)}" data-figure="{notebook}/{number}">'
    return image, width / shown > WIDE
