"""The built site in Chromium."""

import yaml


def _pages(project):
    toc = yaml.safe_load((project / "_toc.yml").read_text())
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


def test_every_page_loads_without_an_error(address, page, project):
    for name in _pages(project):
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert page.title()
