"""Findings: one measure of one claim each, with its threshold, and what they say together.

A claim is reproduced when all of its measures hold, partly when some do; it is not decided when a control holds, a
measure that has to fail where the claim says nothing. What a paper's own picture shows without deciding anything is
shown and not counted.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from vaelib.pages.markdown import table


class Finding(NamedTuple):
    """One measure of one claim."""

    claim: str
    measure: str
    ours: float
    threshold: str
    holds: bool
    role: Literal["measure", "control", "shown"] = "measure"


def above(claim: str, measure: str, ours: float, threshold: float) -> Finding:
    """A finding that holds when ours is above the threshold."""
    return Finding(claim, measure, ours, f"> {threshold:g}", ours > threshold)


def below(claim: str, measure: str, ours: float, threshold: float) -> Finding:
    """A finding that holds when ours is below the threshold."""
    return Finding(claim, measure, ours, f"< {threshold:g}", ours < threshold)


def verdicts(findings: Sequence[Finding]) -> dict[str, str]:
    """Each claim's verdict by one seed: reproduced, partly, not reproduced, not decided."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.claim, []).append(finding)
    return {claim: verdict([(line.role, line.holds) for line in lines]) for claim, lines in grouped.items()}


def verdict(lines: Sequence[tuple[str, bool]]) -> str:
    """A claim's verdict from the role of each of its lines and whether it holds."""
    if any(holds for role, holds in lines if role == "control"):
        return "not decided"
    holds = [holds for role, holds in lines if role == "measure"]
    return "reproduced" if all(holds) else "partly" if any(holds) else "not reproduced"


NOTES = {"measure": "", "control": " *(control: has to fail)*", "shown": " *(shown, not counted)*"}


OURS = {"reproduced": "holds", "partly": "holds in part", "not reproduced": "does not hold"}
MARKS = {"reproduced": "✓", "partly": "◐", "not decided": "○", "not reproduced": "✗"}  # in the order of their groups


def marked(verdict: str, ours: bool = False) -> str:
    """A verdict by its shape and its word, in bold: ``**◐ partly**``; of a claim of ours it holds or does not."""
    return f"**{MARKS[verdict]} {OURS.get(verdict, verdict) if ours else verdict}**"


def findings_table(findings: Sequence[Finding], says: Mapping[str, str] | None = None, ours: bool = False) -> str:
    """A Markdown table: claim by claim its verdict and what it ``says``, and under it its measures.

    ``says`` has a claim's words by its identity, which stands in their place where they are not there. Where a claim is
    ``ours`` and no paper's, it holds or does not, and is not reproduced.
    """
    if not findings:
        return "These models are too few, or too like each other, for the claims."
    rows = []
    for claim, verdict in verdicts(findings).items():
        rows.append((marked(verdict, ours), f"**{(says or {}).get(claim, claim)}**", "", ""))
        of_claim = [f for f in findings if f.claim == claim]
        rows += [
            ("yes" if f.holds else "no", f.measure + NOTES[f.role], f"{f.ours:.3f}", f.threshold) for f in of_claim
        ]
    shown = table(("holds", "claim and measures", "ours", "threshold"), rows)
    return f"{shown}\n\nThe verdicts are by these models alone."


def folded_findings(findings: Sequence[Finding], says: Mapping[str, str] | None = None, ours: bool = False) -> str:
    """Markdown for a page that has many: each claim's verdict in a line, and ``findings_table`` folded under them."""
    if not findings:
        return findings_table(findings)
    lines = [(marked(verdict, ours), (says or {}).get(claim, claim)) for claim, verdict in verdicts(findings).items()]
    opening = f'<details class="claim">\n<summary>All {len(findings)} measures and their thresholds</summary>'
    return f"{table(('verdict', 'claim'), lines)}\n\n{opening}\n\n{findings_table(findings, says, ours)}\n\n</details>"
