"""The VAE that the page ``book/vae`` prints is the library's, and it has the lines that the heading promises."""

import ast
import re

import pytest
from bs4 import BeautifulSoup

SHOWN = re.compile(r"```\{literalinclude\} \.\./(\S+)\n((?::[\w-]+:.*\n)*)```")


def shown(project):
    """By object: the file that it is taken from, and its source as far as the page prints it."""
    found = {}
    for file, given in SHOWN.findall((project / "book" / "vae.md").read_text(encoding="utf-8")):
        options = dict(re.findall(r":([\w-]+): (.*)", given))
        source = (project / file).read_text(encoding="utf-8")
        (node,) = [one for one in ast.parse(source).body if getattr(one, "name", None) == options["pyobject"]]
        lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
        if end := options.get("end-before"):
            lines = lines[: next(i for i, line in enumerate(lines) if end in line)]
        found[options["pyobject"]] = file, "\n".join(lines)
    return found


def code_lines(source):
    """How many lines are code, neither empty nor of a docstring."""
    documented = (ast.FunctionDef, ast.ClassDef)
    docstrings = [node.body[0] for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    of_docstrings = {
        n for one in docstrings if isinstance(one, ast.Expr) for n in range(one.lineno, one.end_lineno + 1)
    }
    return sum(bool(line.strip()) and n not in of_docstrings for n, line in enumerate(source.splitlines(), 1))


def test_the_vae_of_the_page_has_forty_lines(project):
    parts = shown(project)
    assert {"Encoder", "BernoulliDecoder", "codes_at", "negative_elbo", "train_epoch"} < set(parts)
    assert 36 <= sum(code_lines(source) for _, source in parts.values()) <= 44


@pytest.mark.slow
def test_the_lines_of_the_page_are_the_librarys(site, project):
    soup = BeautifulSoup((site / "book" / "vae.html").read_text(), "html.parser")
    printed = [block.get_text().strip() for block in soup.select("article div.highlight pre")]
    assert printed == [source.strip() for _, source in shown(project).values()]
