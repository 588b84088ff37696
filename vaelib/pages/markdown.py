"""Tables for the pages of the book."""

import re
from collections.abc import Sequence

MINUS = re.compile(r"(?<![\w.)])-(?=[\d.])")  # a hyphen before a number, at its place of a minus sign


def once(names: Sequence[str]) -> list[str]:
    """Names that follow each other, each said once: empty where it is the one before."""
    return [name if name != before else "" for before, name in zip([None, *names], names, strict=False)]


def unbroken(name: str) -> str:
    """A name that stays on one line."""
    return name.replace(" ", "\N{NO-BREAK SPACE}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; negative numbers have a minus sign."""
    rows = [[MINUS.sub("−", cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))
