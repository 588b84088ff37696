"""The VAE that the page ``book/vae`` prints is the library's, and it has the lines that the heading promises."""

import ast
import io
import re
import tokenize

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
    """How many lines are code as Python counts them: an argument's own line is none, a docstring is none."""
    ends = sum(token.type == tokenize.NEWLINE for token in tokenize.generate_tokens(io.StringIO(source).readline))
    documented = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return ends - sum(bool(ast.get_docstring(node)) for node in documented)


def test_the_vae_of_the_page_has_forty_lines(project):
    parts = shown(project)
    assert {"Encoder", "BernoulliDecoder", "codes_at", "negative_elbo", "train_epoch"} < set(parts)
    assert 35 <= sum(code_lines(source) for _, source in parts.values()) <= 44


def test_no_line_of_it_is_wider_than_the_page(project):
    lines = [line for _, source in shown(project).values() for line in source.splitlines()]
    assert max(map(len, lines)) <= 88


@pytest.mark.slow
def test_the_lines_of_the_page_are_the_librarys(site, project):
    soup = BeautifulSoup((site / "book" / "vae.html").read_text(), "html.parser")
    printed = [block.get_text().strip() for block in soup.select("article div.highlight pre")]
    assert printed == [source.strip() for _, source in shown(project).values()]
