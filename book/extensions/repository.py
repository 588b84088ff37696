"""Sphinx extension of the book: buttons to its repository, once ``_config.yml`` gives the address under ``repository``.

Without an address there is nothing for them to lead to, and no page has them. A page of the appendix is made of another
figure's notebook, as its metadata say: that one is in the repository, and that one is what its button opens.
"""


def _switched(app, config):
    options = config.html_theme_options
    named = bool(options.get("repository_url"))
    options |= {"use_repository_button": named, "use_issues_button": named}
    if not named:
        options["launch_buttons"] = {}


def _to_the_template(app, page, template, context, doctree):
    made_of = app.env.metadata.get(page, {}).get("template")
    if made_of:
        for group in context["header_buttons"]:
            if group.get("label") == "launch-buttons":
                for button in group["buttons"]:
                    button["url"] = button["url"].replace(f"{page}.ipynb", made_of)


def setup(app):
    app.connect("config-inited", _switched)
    app.connect("html-page-context", _to_the_template, priority=900)  # after the theme has added its buttons
    return {"parallel_read_safe": True}
