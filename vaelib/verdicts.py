"""The paper's claims over all seeds: each measure with its spread, each claim with its verdict.

``vaelib.claims`` measures one seed; here a measure holds when it holds for every seed. The interval beside a measure is
a bootstrap over test images of the first seed, the same images drawn for all models, or over architectures where it
compares them; the spread is the smallest and the largest of the seeds.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vaelib import claims, experiments, subjects
from vaelib.evaluation import Evaluation
from vaelib.markdown import table
from vaelib.store import Store

DRAWS = 200  # of the bootstrap
INTERVAL = (0.025, 0.975)


class Claim(NamedTuple):
    """A statement of the paper."""

    identity: str
    place: str
    says: str
    subject: int | str  # of ``vaelib.subjects``: a figure's number, or a word

    @property
    def figures(self) -> list[int]:
        """The figures of the paper that show it."""
        return list(subjects.FIGURES.get(self.subject, (self.subject,)))

    @property
    def seeds(self) -> tuple[int, ...]:
        """The protocol's three for Figures 1 to 4, one where the weights or every digit are needed."""
        return subjects.SEEDS.get(self.subject, experiments.SEEDS)

    @property
    def command(self) -> str:
        """What trains its first seed anew."""
        return "make reproduce" if len(self.figures) > 1 else f"make reproduce FIGURE={self.figures[0]}"


CLAIMS = (
    Claim("seen-similar", "Section 2, Figure 1", "trained on all digits, output and weighted average look alike", 1),
    Claim("one-example", "Section 2, Figure 1", "for most test images one training image carries the weight", 1),
    Claim("k-nn", "Section 2, Figure 1", "this is k-nearest-neighbour matching with k = 1", subjects.CODES),
    Claim("depth-keeps-perplexity", "Section 2, Figure 1", "shallow and deep have similar histograms of perplexity", 1),
    Claim(
        "not-the-average", "Section 2, Figure 1", "shallow, without nines: outputs are not similar to the average", 1
    ),
    Claim("shallow-generalises", "Section 2, Figure 2", "the shallow VAE reconstructs nines that it never saw", 2),
    Claim("shallow-nearer-input", "Section 2, Figure 2", "shallow, without nines: nearer to the input", 2),
    Claim("deep-nearer-average", "Section 2, Figure 2", "deep, without nines: nearer to the weighted average", 2),
    Claim("changes-the-decoder", "Section 2, Figures 1 and 2", "complexity changes the decoder, not the encoder", 1),
    Claim("deltas", "Section 2, Figure 3", "mini-MNIST's posteriors converge to delta distributions", 3),
    Claim("cells", "Section 2, Figure 3", "one training image has all the weight nearly everywhere", 3),
    Claim(
        "nearest-in-plane",
        "Section 2, Figure 3",
        "the weighted average is the nearest neighbour in the latent space",
        3,
    ),
    Claim("capacity", "Section 2.1, Figure 4", "the more capacity, the nearer to the average, not to the input", 4),
    Claim("overfit", "Section 2.1, Figure 4", "complex VAEs overfit and therefore fail", subjects.TRAINING),
    Claim("layers-over-parameters", "Section 2.1, Figure 4", "layers matter more than parameters", 4),
    Claim("single-layer-always", "Section 2.1, Figure 4", "one hidden layer matches the input whatever its size", 4),
    Claim("close-to-neighbours", "Abstract", "deep outputs are closely approximated by nearest neighbours", 1),
    Claim(
        "all-digits", "Figures 4 to 13, our sentence", "both shares of Figure 2, whatever the digit", subjects.DIGITS
    ),
)


def judge(store: Store, seeds: Sequence[int] | None = None) -> list[dict]:
    """Every claim with its measures over its seeds (or these), as it is published in ``results/claims.json``."""
    found: dict[int | str, dict[str, list[dict]]] = {}
    for claim in CLAIMS:
        if claim.subject not in found:
            found[claim.subject] = _measures(claim.subject, store, seeds or claim.seeds)
    judged = []
    for claim in CLAIMS:
        measures = found[claim.subject][claim.identity]
        described = {"claim": claim.identity, "place": claim.place, "says": claim.says, "figures": claim.figures}
        verdict = claims.verdict([(measure["role"], all(measure["holds"])) for measure in measures])
        judged.append(described | {"command": claim.command, "measures": measures, "verdict": verdict})
    return judged


def _measures(subject: int | str, store: Store, seeds: Sequence[int]) -> dict[str, list[dict]]:
    """By claim, each measure of a subject over the seeds."""
    measured = [subjects.measure(subject, store, seed) for seed in seeds]
    findings = zip(*(subjects.FINDINGS[subject](one) for one in measured), strict=True)
    intervals = _bootstrap(subject, measured[0])
    found: dict[str, list[dict]] = {}
    for lines in findings:
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


def write(judged: Sequence[dict], path: Path) -> None:
    """Keep the verdicts, with six digits a number."""
    text = json.dumps(json.loads(json.dumps(judged), parse_float=lambda x: float(f"{float(x):.6g}")), indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[dict]:
    """The verdicts as they were written."""
    return json.loads(path.read_text(encoding="utf-8"))


def overview_table(judged: Sequence[dict]) -> str:
    """Markdown: one line per claim."""
    rows = [
        (
            f"**{row['verdict']}**",
            row["says"],
            f"{sum(all(measure['holds']) for measure in _counted(row))} of {len(_counted(row))}",
            row["claim"],
            f"{row['figures'][0]} to {row['figures'][-1]}" if len(row["figures"]) > 1 else f"{row['figures'][0]}",
        )
        for row in judged
    ]
    return table(("verdict", "the paper says", "measures that hold", "claim", "figure"), rows)


def _counted(row: dict) -> list[dict]:
    return [measure for measure in row["measures"] if measure["role"] == "measure"]


def section(row: dict) -> str:
    """Markdown: one claim's place and words, its measures, its verdict and the command that measures it anew."""
    said = f"{row['place']}: {row['says']}."
    judged = f"**{row['verdict']}** · its first seed is trained anew by `{row['command']}`"
    return f"{said}\n\n{measures_table(row)}\n\n{judged}"


def measures_table(row: dict) -> str:
    """Markdown: one line per measure of a claim."""
    lines = []
    for measure in row["measures"]:
        ours = list(measure["ours"].values())
        spread = f"{np.mean(ours):.3f}" + (f" ({min(ours):.3f} to {max(ours):.3f})" if len(ours) > 1 else "")
        interval = "" if measure["interval"] is None else "{:.3f} to {:.3f}".format(*measure["interval"])
        what = measure["measure"] + claims.NOTES[measure["role"]]
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


def beside_table(findings: Sequence[claims.Finding], judged: Sequence[dict], data: str) -> str:
    """Markdown: measures on other data, by one seed, beside the published ones on MNIST, by the mean of their seeds."""
    published = {(row["claim"], measure["measure"]): measure for row in judged for measure in row["measures"]}
    lines = []
    for finding in findings:
        measure = published.get((finding.claim, finding.measure))
        mnist = f"{np.mean(list(measure['ours'].values())):.3f}: {_held(measure['holds'])}" if measure else "–"
        here = f"{finding.ours:.3f}: {_held([finding.holds])}"
        lines.append((finding.claim, finding.measure, finding.threshold, mnist, here))
    return table(("claim", "measure", "threshold", "MNIST: holds", f"{data}: holds"), lines)


def _held(holds: Sequence[bool]) -> str:
    return "yes" if all(holds) else "no" if not any(holds) else "in some seeds"


def _bootstrap(subject: int | str, measured: list) -> dict[tuple[str, str], list[float]]:
    """For each measure of a subject (claim, measure) where it lies when what it is of is drawn again.

    A measure of one model is of test images, one that compares architectures is of architectures; none for others.
    """
    if not (isinstance(measured, list) and isinstance(measured[0], Evaluation)):
        return {}
    random = torch.Generator().manual_seed(0)
    images = {one.request.digit: len(one) for one in measured}
    draws: dict[tuple[str, str], list[float]] = {}
    architectures = subject in (4, *experiments.APPENDIX)
    for _ in range(DRAWS):
        rows = {digit: torch.randint(n, (n,), generator=random) for digit, n in images.items()}
        drawn = [_drawn(one, rows[one.request.digit]) for one in measured]
        lines = subjects.FINDINGS[subject](drawn)
        if architectures:
            models = torch.randint(len(measured), (len(measured),), generator=random)
            across = claims.across_architectures([measured[model] for model in models])
            compared = {line.claim for line in across}
            lines = [line for line in lines if line.claim not in compared] + across
        for line in lines:
            draws.setdefault((line.claim, line.measure), []).append(line.ours)
    return {measure: np.quantile(values, INTERVAL).tolist() for measure, values in draws.items()}


def _drawn(evaluation: Evaluation, rows: Tensor) -> Evaluation:
    by_image = {k: v[rows] for k, v in vars(evaluation).items() if isinstance(v, Tensor) and len(v) == len(evaluation)}
    return replace(evaluation, **by_image)
