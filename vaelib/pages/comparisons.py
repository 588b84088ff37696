"""A paper's published numbers beside ours: every seed, and their mean."""

from collections.abc import Sequence
from typing import NamedTuple

from vaelib.pages.markdown import once, table


class Comparison(NamedTuple):
    """A published number beside ours, seed by seed; ``tolerance`` is None where none is set.

    A ``signed`` number's side of zero is judged too: on which side of the diagonal a mode lies.
    """

    quantity: str
    paper: float
    ours: tuple[float, ...]
    tolerance: float | None = None
    signed: bool = False

    @property
    def mean(self) -> float:
        """The mean of ours."""
        return sum(self.ours) / len(self.ours)

    @property
    def difference(self) -> float:
        """The mean of ours less the paper's."""
        return self.mean - self.paper

    @property
    def same_side(self) -> bool:
        """Whether every seed lies on the paper's side of zero."""
        return all(ours * self.paper > 0 for ours in self.ours)

    @property
    def agrees(self) -> bool | None:
        """Whether every seed is within the tolerance, and on the same side where that counts."""
        if self.tolerance is None:
            return None
        near = all(abs(ours - self.paper) <= self.tolerance for ours in self.ours)
        return near and (self.same_side or not self.signed)


def comparison_table(comparisons: Sequence[Comparison]) -> str:
    """A Markdown table: the paper's number, the mean of ours, each seed, the difference and the tolerance."""
    if not comparisons:
        return "The paper published no number for these parameters."
    named = [c.quantity.partition(": ") for c in comparisons]
    rows = []
    for c, whose, (_, _, quantity) in zip(comparisons, once([whose for whose, _, _ in named]), named, strict=True):
        judged = "none set" if c.tolerance is None else f"± {c.tolerance:g}: {'within' if c.agrees else 'outside'}"
        side = "" if not c.signed or c.same_side else ", other side"
        places = 2 if max(abs(c.paper), *map(abs, c.ours)) <= 1 else 1  # shares, or nats and counts
        seeds = ", ".join(f"{ours}" if isinstance(ours, int) else f"{ours:.{places}f}" for ours in c.ours)
        numbers = (f"{c.paper:g}", f"{c.mean:.{places}f}", seeds, f"{c.difference:+.{places}f}")
        rows.append((whose, quantity, *numbers, judged + side))
    return table(("of", "quantity", "paper", "ours", "by seed", "difference", "tolerance"), rows)
