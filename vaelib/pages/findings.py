"""Findings: one measure of one claim each, with its threshold, and what they say together.

A claim is reproduced when all of its measures hold, partly when some do; it is not decided when a control holds, a
measure that has to fail where the claim says nothing. What a paper's own picture shows without deciding anything is
shown and not counted.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from vaelib.pages.markdown import once, table


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


def findings_table(findings: Sequence[Finding], ours: bool = False) -> str:
    """A Markdown table: claim by claim its measures, ours, threshold, whether it holds; and the verdicts under it.

    Where a claim is ``ours`` and no paper's, it holds or does not, and is not reproduced.
    """
    if not findings:
        return "These models are too few, or too like each other, for the claims."
    by_claim = [f for claim in dict.fromkeys(f.claim for f in findings) for f in findings if f.claim == claim]
    rows = [
        ("yes" if f.holds else "no", f.measure + NOTES[f.role], f"{f.ours:.3f}", f.threshold, claim)
        for f, claim in zip(by_claim, once([f.claim for f in by_claim]), strict=True)
    ]
    found = verdicts(findings)
    lines = [f"**{claim}**: {OURS.get(verdict, verdict) if ours else verdict}" for claim, verdict in found.items()]
    head = ("holds", "measure", "ours", "threshold", "claim")
    return f"{table(head, rows)}\n\nBy these models alone: {' · '.join(lines)}"
