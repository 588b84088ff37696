"""Sphinx extension of the book: takes out sphinx-thebe, which Jupyter Book always loads.

It needs a server and a script from another host, and on every page it declares a constant twice, an error in the
browser's console.
"""


def _without_thebe(app, page, template, context, doctree):
    context["script_files"] = [file for file in context["script_files"] if not _is_thebes(file)]


def _is_thebes(file) -> bool:
    return "thebe" in str(getattr(file, "filename", "")) or "THEBE" in str(
        getattr(file, "attributes", {}).get("body", "")
    )


def setup(app):
    # after sphinx-thebe has added its scripts
    app.connect("html-page-context", _without_thebe, priority=900)
    return {"parallel_read_safe": True}
