"""Sphinx extension of the book: takes out what Jupyter Book and autodoc add and nobody can use.

- sphinx-thebe: it needs a server and a script from another host, and on every page it declares a constant twice, an
  error in the browser's console.
- the theme's fontawesome.js, 1.5 MB on every page: its style sheet has the same icons as a font.
- named tuples' fields as attributes of their own, documented as "Alias for field number 0".
"""

from pathlib import Path


def _without_thebe(app, page, template, context, doctree):
    context["script_files"] = [file for file in context["script_files"] if not _is_thebes(file)]


def _is_thebes(file) -> bool:
    return "thebe" in str(getattr(file, "filename", "")) or "THEBE" in str(
        getattr(file, "attributes", {}).get("body", "")
    )


def _without_field_numbers(app, what, name, member, skip, options):
    return True if "Alias for field number" in (getattr(member, "__doc__", None) or "") else None


def _without_drawn_icons(app, error):
    if error is None and app.builder.format == "html":
        (Path(app.outdir) / "_static" / "scripts" / "fontawesome.js").write_text("")


def setup(app):
    # after sphinx-thebe has added its scripts
    app.connect("html-page-context", _without_thebe, priority=900)
    app.connect("autodoc-skip-member", _without_field_numbers)
    app.connect("build-finished", _without_drawn_icons)
    return {"parallel_read_safe": True}
