"""Sphinx extension of the book: exercises whose answers are checked in the page, and notebooks that open online.

- ``{given}`name::given.m1``` stands for a number of ``numbers.json``, which the build writes; with ``:.2f`` behind it
  for the number in that format.
- ``{answer} name`` is a place to type an answer, checked by ``book/static/exercises/exercises.js``. Its unit is an
  option; each line of its content is a usual mistake of that file, a colon, and what to say to whoever makes it.
- ``{starter} notebook`` leads to one of ``book/exercises``: to the file, and, once ``_config.yml`` gives the
  repository's address, to ``exercises_launcher`` with it.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import download_reference
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

NUMBERS = "book/static/exercises/data/numbers.json"
NOTEBOOKS = "book/exercises"


def written(value: float, form: str = "") -> str:
    """A number in words of the book: whole ones without a point, a true minus."""
    return (format(value, form) if form else f"{value:,.10g}").replace("-", "−")


def _numbers(env) -> dict:
    path = Path(env.srcdir) / NUMBERS
    if not path.exists():
        raise ExtensionError(f"{NUMBERS} is not there: python -m vaelib exercises writes it.")
    env.note_dependency(NUMBERS)
    return json.loads(path.read_text(encoding="utf-8"))


class Given(SphinxRole):
    def run(self):
        place, _, form = self.text.partition(":.")
        name, _, path = place.partition("::")
        value = _numbers(self.env)[name]
        for key in path.split("."):
            value = value[key]
        return [nodes.Text(written(value, f".{form}" if form else ""))], []


class Answer(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"unit": directives.unchanged}

    def run(self):
        name = self.arguments[0]
        exercise = _numbers(self.env)[name]
        told = dict(line.split(": ", 1) for line in self.content if line.strip())
        if told.keys() != exercise["mistakes"].keys():
            raise self.error(f"{name}: expected a line for each of {', '.join(exercise['mistakes'])}.")
        mistakes = [[exercise["mistakes"][mistake], words] for mistake, words in told.items()]
        unit, tolerance = self.options.get("unit", ""), exercise["tolerance"]
        off = f"to within {written(tolerance)}" if tolerance != 0.5 else "a whole number"
        html = f"""<form class="answer" id="answer-{name}" hidden data-answer="{exercise["answer"]!r}"
 data-tolerance="{tolerance!r}" data-mistakes="{escape(json.dumps(mistakes), quote=True)}">
<label for="answer-{name}-typed">Your answer</label>
<input id="answer-{name}-typed" type="text" inputmode="decimal" autocomplete="off" spellcheck="false"
 aria-describedby="answer-{name}-unit">
<span id="answer-{name}-unit">{escape(unit)}{", " if unit else ""}{off}</span>
<button type="submit">Check</button>
<p role="status" aria-live="polite"></p>
</form>"""
        return [nodes.raw("", html, format="html")]


class Starter(SphinxDirective):
    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        place = f"{NOTEBOOKS}/{name}.ipynb"
        file = download_reference("", "", reftarget=f"/{place}", refdoc=self.env.docname, refdomain="")
        file += nodes.literal("", f"{name}.ipynb", classes=["xref", "download"])
        paragraph = nodes.paragraph("", "", nodes.Text("Starter notebook: "), file, classes=["starter"])
        repository = self.config.html_theme_options.get("repository_url", "").removeprefix("https://github.com/")
        if repository:
            branch = self.config.html_theme_options.get("repository_branch", "main")
            address = self.config.exercises_launcher.format(repository=repository, branch=branch, path=place)
            paragraph += [nodes.Text(", or "), nodes.reference("", "open it online", refuri=address)]
        return [paragraph]


def setup(app):
    app.add_config_value("exercises_launcher", "", "env")
    app.add_role("given", Given())
    app.add_directive("answer", Answer)
    app.add_directive("starter", Starter)
    return {"parallel_read_safe": True}
