"""Claims of a paper over all seeds: each measure with its spread, each claim with its verdict.

``vaelib.pages.findings`` are of one seed; here a measure holds when it holds for every seed. The interval beside a
measure is a bootstrap of the first seed; the spread is the smallest and the largest of the seeds.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from vaelib.errors import NotPublished
from vaelib.pages import findings
from vaelib.pages.findings import Finding
from vaelib.pages.markdown import once, table, unbroken
from vaelib.store import Store

DRAWS = 200  # of the bootstrap
INTERVAL = (0.025, 0.975)
OUR_PLACE = "ours"  # of a statement that no paper makes: it holds or does not, and is not reproduced


@dataclass(frozen=True)
class Subject:
    """What claims are measured on.

    ``measure`` takes it from the store for one seed, ``findings`` makes findings of that, and ``redraw`` findings of
    the same drawn again with replacement, for the bootstrap (None where nothing is drawn). ``figures`` are those of the
    paper that show it, ``seeds`` those that it is measured on.
    """

    measure: Callable[[Store, int], Any]
    findings: Callable[[Any], list[Finding]]
    seeds: tuple[int, ...]
    figures: tuple[int | str, ...] = ()
    redraw: Callable[[Any, torch.Generator], list[Finding]] | None = None


class Claim(NamedTuple):
    """A statement of a paper."""

    identity: str
    place: str
    says: str
    subject: Subject

    @property
    def command(self) -> str:
        """What trains its first seed anew."""
        figures = self.subject.figures
        return f"make reproduce FIGURE={figures[0]}" if len(figures) == 1 else "make reproduce"


def judge(claims: Sequence[Claim], store: Store, seeds: Sequence[int] | None = None) -> list[dict]:
    """Every claim with its measures over its seeds (or these), as it is published in ``results/claims.json``."""
    subjects = dict.fromkeys(claim.subject for claim in claims)
    found = {subject: _measures(subject, store, seeds or subject.seeds) for subject in subjects}
    judged = []
    for claim in claims:
        measures = found[claim.subject][claim.identity]
        described = {"claim": claim.identity, "place": claim.place, "says": claim.says}
        described["figures"] = list(claim.subject.figures)
        verdict = findings.verdict([(measure["role"], all(measure["holds"])) for measure in measures])
        judged.append(described | {"command": claim.command, "measures": measures, "verdict": verdict})
    return judged


def _measures(subject: Subject, store: Store, seeds: Sequence[int]) -> dict[str, list[dict]]:
    """By claim, each measure of a subject over the seeds."""
    measured = [subject.measure(store, seed) for seed in seeds]
    intervals = _bootstrap(subject, measured[0])
    found: dict[str, list[dict]] = {}
    for lines in zip(*map(subject.findings, measured), strict=True):
        found.setdefault(lines[0].claim, []).append(
            {
                "measure": lines[0].measure,
                "threshold": lines[0].threshold,
                "ours": {str(seed): float(line.ours) for seed, line in zip(seeds, lines, strict=True)},
                "interval": intervals.get((lines[0].claim, lines[0].measure)),
                "role": lines[0].role,
                "holds": [bool(line.holds) for line in lines],
            }
        )
    return found


def _bootstrap(subject: Subject, measured: Any) -> dict[tuple[str, str], list[float]]:
    """For each measure of a subject (claim, measure) where it lies when what it is of is drawn again."""
    if subject.redraw is None:
        return {}
    random = torch.Generator().manual_seed(0)
    draws: dict[tuple[str, str], list[float]] = {}
    for _ in range(DRAWS):
        for line in subject.redraw(measured, random):
            draws.setdefault((line.claim, line.measure), []).append(line.ours)
    return {measure: np.quantile(values, INTERVAL).tolist() for measure, values in draws.items()}


def path(store: Store) -> Path:
    """Where the verdicts from a store's uppermost layer lie."""
    return store.layers[0] / "claims.json"


def write(judged: Sequence[dict], path: Path) -> None:
    """Keep the verdicts, with six digits a number."""
    text = json.dumps(json.loads(json.dumps(judged), parse_float=lambda x: float(f"{float(x):.6g}")), indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path, paper: str | None = None) -> list[dict]:
    """The verdicts as they were written; those of one paper, or all of them.

    Raises
    ------
    NotPublished
        When nobody has judged yet.
    """
    if not path.exists():
        raise NotPublished(f"{path} is not there. `python -m vaelib judge` measures every claim and writes it.")
    judged = json.loads(path.read_text(encoding="utf-8"))
    return [row for row in judged if paper in (None, row["paper"])]


def overview_table(judged: Sequence[dict]) -> str:
    """Markdown: one line per claim, those of one verdict together, a paper's before ours."""
    order = list(findings.MARKS)
    grouped = sorted(judged, key=lambda row: (order.index(row["verdict"]), not _is_a_papers(row)))
    rows = [
        (
            verdict,
            row["says"] if _is_a_papers(row) else f"ours: {row['says']}",
            unbroken(f"{sum(all(measure['holds']) for measure in _counted(row))} of {len(_counted(row))}"),
            f"{row['figures'][0]} to {row['figures'][-1]}" if len(row["figures"]) > 1 else f"{row['figures'][0]}",
        )
        for row, verdict in zip(grouped, once([_verdict(row) for row in grouped]), strict=True)
    ]
    said = "the paper says" if all(map(_is_a_papers, judged)) else "what is said"
    return table(("verdict", said, "hold", "figure"), rows)


def _is_a_papers(row: dict) -> bool:
    return row["place"] != OUR_PLACE


def _verdict(row: dict) -> str:
    return findings.marked(row["verdict"], ours=not _is_a_papers(row))


def _counted(row: dict) -> list[dict]:
    return [measure for measure in row["measures"] if measure["role"] == "measure"]


def sections(judged: Sequence[dict], *identities: str) -> str:
    """Markdown: claims one under the other (all, or those named), each folded, with its verdict in the line to open."""
    by_claim = {row["claim"]: row for row in judged}
    return "\n\n".join(section(by_claim[claim]) for claim in identities or by_claim)


def section(row: dict) -> str:
    """Markdown: one claim's verdict and words, and folded its place, its measures and the command that trains anew."""
    verdict = _verdict(row).strip("*")
    opening = f'<details class="claim">\n<summary>{verdict}: {row["says"]}</summary>'
    place = row["place"][0].upper() + row["place"][1:]
    anew = f"Its first seed is trained anew by `{row['command']}`; in `claims.json` it is `{row['claim']}`."
    return f"{opening}\n\n{measures_table(row)}\n\n{place}. {anew}\n\n</details>"


def measures_table(row: dict) -> str:
    """Markdown: one line per measure of a claim."""
    lines = []
    for measure in row["measures"]:
        ours = list(measure["ours"].values())
        spread = f"{np.mean(ours):.3f}" + (f" ({min(ours):.3f} to {max(ours):.3f})" if len(ours) > 1 else "")
        interval = "" if measure["interval"] is None else "{:.3f} to {:.3f}".format(*measure["interval"])
        what = measure["measure"] + findings.NOTES[measure["role"]]
        lines.append((_held(measure["holds"]), what, spread, measure["threshold"], interval))
    seeds = list(row["measures"][0]["ours"])
    head = (
        "holds",
        "measure",
        f"ours, seed{'s' * (len(seeds) > 1)} {', '.join(seeds)}",
        "threshold",
        "95 % by bootstrap, seed 0",
    )
    return table(head, lines)


def beside_table(found: Sequence[Finding], judged: Sequence[dict], data: str) -> str:
    """Markdown: measures on other data, by one seed, beside the published ones on MNIST, by the mean of their seeds.

    Over the measures of a claim stand its words and both verdicts.
    """
    says = {row["claim"]: row["says"] for row in judged}
    on_mnist = {row["claim"]: findings.marked(row["verdict"]) for row in judged}
    published = {(row["claim"], measure["measure"]): measure for row in judged for measure in row["measures"]}
    lines = []
    for claim, verdict in findings.verdicts(found).items():
        words = f"**{says.get(claim, claim)}**"
        lines.append((words, "", on_mnist.get(claim, "–"), findings.marked(verdict)))
        for finding in (one for one in found if one.claim == claim):
            measure = published.get((claim, finding.measure))
            mnist = f"{np.mean(list(measure['ours'].values())):.3f}: {_held(measure['holds'])}" if measure else "–"
            here = f"{finding.ours:.3f}: {_held([finding.holds])}"
            lines.append((finding.measure, finding.threshold, mnist, here))
    return table(("claim and measures", "threshold", "MNIST: holds", f"{data}: holds"), lines)


def _held(holds: Sequence[bool]) -> str:
    return "yes" if all(holds) else "no" if not any(holds) else "in some seeds"
