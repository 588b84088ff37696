"""Sphinx extension of the book: takes out what the tools add and nobody can use, and mends what they get wrong.

- sphinx-thebe: it needs a server and a script from another host, and on every page it declares a constant twice, an
  error in the browser's console.
- MathJax on pages without a formula: Sphinx loads it, a megabyte, wherever a page below has one.
- named tuples' fields as attributes of their own, documented as "Alias for field number 0".
- references: docutils calls their list a list and its items something else, which screen readers cannot read as one.
- a formula and what touches it, such as a full stop: browsers break the line between them.
"""

import re

FORMULA = r'<span class="math [^>]*>[^<]*</span>'
TOUCHED = re.compile(rf"[^\s<>]+{FORMULA}[^\s<>]*|{FORMULA}[^\s<>]+")


def _without_scripts(app, page, template, context, doctree):
    unused = ("thebe",) if 'class="math' in context.get("body", "") else ("thebe", "mathjax")
    context["script_files"] = [file for file in context["script_files"] if not _is_of(file, unused)]


def _is_of(file, names) -> bool:
    told = f"{getattr(file, 'filename', '')} {getattr(file, 'attributes', {}).get('body', '')}".lower()
    return any(name in told for name in names)


def _mended(app, page, template, context, doctree):
    if "body" in context:
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = TOUCHED.sub(r'<span class="unbroken">\g<0></span>', body)


def _without_field_numbers(app, what, name, member, skip, options):
    return True if "Alias for field number" in (getattr(member, "__doc__", None) or "") else None


def setup(app):
    app.connect("html-page-context", _mended)
    # after sphinx-thebe and MathJax have added their scripts
    app.connect("html-page-context", _without_scripts, priority=900)
    app.connect("autodoc-skip-member", _without_field_numbers)
    return {"parallel_read_safe": True}
