"""Sphinx extension of the book: buttons to its repository, once ``_config.yml`` gives the address under ``repository``.

Without an address there is nothing for them to lead to, and no page has them.
"""


def _switched(app, config):
    options = config.html_theme_options
    named = bool(options.get("repository_url"))
    options |= {"use_repository_button": named, "use_issues_button": named}
    if not named:
        options["launch_buttons"] = {}


def setup(app):
    app.connect("config-inited", _switched)
    return {"parallel_read_safe": True}
