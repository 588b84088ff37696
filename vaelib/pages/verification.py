"""Retrain published experiments and hold them against what is published.

On one machine with the same library versions a retrained experiment gives the same bits. Elsewhere the rounding
differs, and training carries that as far as another seed would; a paper says by how much each of its numbers may
differ (``vaelib.pages.paper.Verification``).
"""

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import torch

from vaelib.pages.markdown import once, table
from vaelib.pages.paper import Paper, Verification
from vaelib.results import Result
from vaelib.store import Store

WIDTH = 5  # standard deviations of the difference between two seeds


class Line(NamedTuple):
    """One measure of one result: as published, as made anew here, and by how much it may differ."""

    result: str
    measure: str
    published: float
    retrained: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(self.retrained - self.published) <= self.tolerance


class Verified(NamedTuple):
    """A result made anew: its lines, and whether all that is written of it equals the published one bit for bit."""

    lines: list[Line]
    identical: bool


def sample(papers: Sequence[Paper], count: int, seed: int) -> list[tuple[Verification, Result]]:
    """So many of the papers' results, drawn with a seed, with how each is held against what is published."""
    ways = [paper.verification() for paper in papers if paper.verification is not None]
    every = sorted(((way, result) for way in ways for result in way.results()), key=lambda pair: pair[1].path)
    return Random(seed).sample(every, min(count, len(every)))


def between_seeds(
    of_seed: Callable[[int], Sequence[Result]],
    seeds: Sequence[int],
    numbers: Callable[[Any], dict[str, float]],
    smallest: Mapping[str, float] = {},
) -> Verification:
    """Results of several seeds, each of which may differ by ``WIDTH`` times what two seeds of its model differ by.

    Parameters
    ----------
    of_seed
        The results of a seed, models in the same order for every seed.
    numbers
        Those of a result's value that are compared.
    smallest
        By the number's name the least tolerance, where the seeds may have no spread.
    """

    def tolerances(store: Store) -> Callable[[Result], dict[str, float]]:
        allowed: dict[Result, dict[str, float]] = {}
        for same in zip(*map(of_seed, seeds), strict=True):
            found = [numbers(store.get(one)) for one in same]
            widths = {name: WIDTH * 2**0.5 * float(np.std([one[name] for one in found], ddof=1)) for name in found[0]}
            allowed |= dict.fromkeys(same, {name: max(width, smallest.get(name, 0)) for name, width in widths.items()})
        return allowed.__getitem__

    return Verification(lambda: [one for seed in seeds for one in of_seed(seed)], numbers, tolerances)


def verify(drawn: Sequence[tuple[Verification, Result]]) -> list[Verified]:
    """Make these anew, in a folder of their own and a process a core; compare with what is published."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count(), context) as pool:
        published = Store(train=False)
        allowed = {way: way.tolerances(published) for way in dict.fromkeys(way for way, _ in drawn)}
        again = pool.map(_made_anew, [result for _, result in drawn], [Path(folder)] * len(drawn))
        return [
            compare(result, published.get(result), found, way.numbers, allowed[way](result))
            for (way, result), found in zip(drawn, again, strict=True)
        ]


def compare(
    result: Result, published: Any, retrained: Any, numbers: Callable[[Any], dict[str, float]], allowed: dict
) -> Verified:
    """Two values of one result, measure by measure."""
    theirs, ours = numbers(published), numbers(retrained)
    lines = [Line(result.path, what, theirs[what], ours[what], allowed[what]) for what in theirs]
    first, second = (result.pack(value) for value in (published, retrained))
    pairs = ((a, second.arrays[file][name]) for file, arrays in first.arrays.items() for name, a in arrays.items())
    return Verified(lines, first.content == second.content and all(torch.equal(*pair) for pair in pairs))


def report(verified: Sequence[Verified]) -> str:
    """Markdown: every line, and how many agree."""
    every = [line for found in verified for line in found.lines]
    rows = []
    for line, result in zip(every, once([line.result for line in every]), strict=True):
        numbers = (f"{line.published:.4g}", f"{line.retrained:.4g}", f"± {line.tolerance:.2g}")
        rows.append((result, line.measure, *numbers, "yes" if line.agrees else "**no**"))
    agree = sum(all(line.agrees for line in found.lines) for found in verified)
    identical = sum(found.identical for found in verified)
    summary = f"{agree} of {len(verified)} results agree with what is published, {identical} of them in every bit."
    return table(("result", "measure", "published", "made anew", "tolerance", "agrees"), rows) + f"\n\n{summary}"


def _made_anew(result: Result, folder: Path) -> Any:
    return Store(recompute=True, local=folder, progress=False).get(result)
