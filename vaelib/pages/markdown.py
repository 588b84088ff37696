"""Tables for the pages of the book."""

import re
from collections.abc import Sequence

MINUS = re.compile(r"(?<![\w.)])-(?=[\d.])")  # a hyphen before a number, at its place of a minus sign


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; negative numbers have a minus sign."""
    rows = [[MINUS.sub("−", cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))
