"""The theorem's premise made true: fewer images, more steps, a wider decoder; and two halves that never met.

Theorem 1 is about the best decoder. Here the trained one is brought nearer to it: training sets of 100 images to all of
them at an equal number of steps; for a thousand and fewer a wide decoder and ten times the steps, its encoder trained
along, or taken from the run before and frozen. And two VAEs on sets of one size that share no image, shown the same
test images: one that answers from memory answers from its own set, one that generalises answers as the other does
(Kadkhodaie et al. 2024, of denoisers).

The thresholds were committed before the runs of this module were begun. Whether two models are wrong alike was asked
when the other results were known: it is shown, and judges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.nn.functional import cosine_similarity

from vaelib import data, provenance
from vaelib.data import Partition
from vaelib.determinism import deterministic
from vaelib.distances import most_alike
from vaelib.information import rounded
from vaelib.kinds import Experiment, VariedExperiment
from vaelib.novelty.experiments import DEEP, HELD_OUT, SEEDS, SHALLOW, training_partition
from vaelib.novelty.study.measured import Measured, Measures, each
from vaelib.pages.findings import Finding, above, below
from vaelib.results import Arrays, Packed, Result
from vaelib.runs import Trained
from vaelib.store import Store

SIZES = (100, 300, 1_000, 3_000, 10_000, 54_051)  # the last is all but the nines
SMALL = 1_000  # up to which the premise is made true
STEPS, LONGER = 4_230, 10  # those of ten epochs of the whole; and how many times as many
BATCH = 128
WIDE = (1_000,)
TESTED = 1_000  # test images of seen digits, and of nines, that two halves are shown
PICTURED = 3  # of each, the first ones, of which the answers are kept

GONE = 1.0  # nats per image: a decoder so near to the best one is the best one, for this purpose
AGREE = 0.0  # difference of cosines, other half's answer less own set's nearest image, above which both agree


def halved(sizes: Sequence[int] = SIZES) -> tuple[int, ...]:
    """Images of each of two sets that share none: these, and half the last in its place."""
    return (*sizes[:-1], sizes[-1] // 2)


def of_size(n: int, hidden: Sequence[int] = SHALLOW, seed: int = 0, steps: int = STEPS, **varied) -> Experiment:
    """Trained on so many images without nines, as many whole epochs as come nearest to so many steps."""
    epochs = max(1, round(steps / -(-n // BATCH)))
    fields = {"epochs": epochs, "snapshots": (epochs,), "test_every": epochs, "first": n, "batch_size": BATCH}
    kind = VariedExperiment if varied else Experiment
    return kind(data=training_partition(HELD_OUT), hidden=tuple(hidden), seed=seed, **fields, **varied)


def equal_steps(seeds: Sequence[int] = SEEDS, sizes: Sequence[int] = SIZES, steps: int = STEPS) -> list[Measured]:
    """Both depths on every size."""
    return each([of_size(n, hidden, seed, steps) for seed in seeds for hidden in (SHALLOW, DEEP) for n in sizes])


def made_true(seeds: Sequence[int] = SEEDS, sizes: Sequence[int] = SIZES, steps: int = STEPS) -> list[Measured]:
    """Ten times the steps with a wide decoder: the encoder trained along, or frozen after the equal number of steps."""
    found = []
    for seed in seeds:
        for n in (n for n in sizes if n <= SMALL):
            frozen = of_size(n, SHALLOW, seed, steps)
            for varied in ({}, {"encoder_of": frozen}):
                found.append(of_size(n, SHALLOW, seed, LONGER * steps, decoder_hidden=WIDE, **varied))
    return each(found)


class Answers(NamedTuple):
    """What two models answer to the first test images, rounded to 1/255, and what each could have remembered."""

    outputs: UInt8[Tensor, "2 p 784"]
    remembered: Int[Tensor, "2 p"]  # position in ``mnist/train`` of the own set's image most like the output


@dataclass(frozen=True)
class Agreement:
    """What two models on sets that share no image answer to the same test images, of seen digits and of the withheld.

    ``between`` is the median cosine of both outputs, ``memory`` that of an output and the nearest image, by cosine, of
    its own training set, the mean of both models' medians. ``neither`` is the share of the test images of which no
    answer is recognised, ``same_wrong`` the share of which both answers are recognised as one other digit.
    """

    images: int  # of each training set
    depth: int
    seed: int
    between: dict[str, float]
    memory: dict[str, float]
    neither: dict[str, float]
    same_wrong: dict[str, float]
    answers: dict[str, Answers] = field(compare=False, repr=False)

    def more_alike_than_memory(self, which: str) -> float:
        """By how much the other's answer is nearer than the own training set."""
        return self.between[which] - self.memory[which]


NUMBERS = ("between", "memory", "neither", "same_wrong")


@dataclass(frozen=True)
class Disjoint(Result[Agreement]):
    """Two models of one depth on so many images each, the first ones and those that follow."""

    images: int
    hidden: tuple[int, ...]
    seed: int
    steps: int = STEPS

    @property
    def experiments(self) -> tuple[Experiment, Experiment]:
        """Of the first images, and of those that follow."""
        asked = (self.images, self.hidden, self.seed, self.steps)
        return of_size(*asked), of_size(*asked, skip=self.images)

    @property
    def path(self) -> str:
        return f"{self.experiments[0].name}/disjoint.json"

    @property
    def files(self) -> tuple[str]:
        return (self.pattern,)

    @property
    def about(self) -> dict:
        return {"experiments": [one.model_dump(mode="json") for one in self.experiments]}

    def needs(self) -> tuple[Trained, ...]:
        return tuple(Trained(one, (one.epochs,)) for one in self.experiments)

    def make(self, store: Store) -> tuple[Agreement, dict]:
        runs = [store.get(run) for run in self.needs()]
        with provenance.record() as record, deterministic(), torch.no_grad():
            vaes, trained_on = [run.model() for run in runs], [run.experiment.train() for run in runs]
            everything = data.partition("mnist/train")
            numbers, answers = {name: {} for name in NUMBERS}, {}
            for which, part in (("seen", f"test-without-{HELD_OUT}"), ("withheld", f"test-{HELD_OUT}")):
                test = data.partition(f"mnist/{part}")
                x, labels = test.images[:TESTED], test.labels[:TESTED]
                outputs = [vae.decoder.output(vae.encode(x)[0]) for vae in vaes]
                numbers["between"][which] = rounded(cosine_similarity(*outputs).median())
                own, positions = zip(*map(_nearest, outputs, trained_on), strict=True)
                numbers["memory"][which] = rounded(torch.stack([cosines.median() for cosines in own]).mean())
                one, other = (everything.labels[most_alike(output, everything.images)] for output in outputs)
                wrong = (one != labels) & (other != labels)
                numbers["neither"][which] = rounded(wrong.double().mean())
                numbers["same_wrong"][which] = rounded((wrong & (one == other)).double().mean())
                pictures = torch.stack(outputs)[:, :PICTURED].mul(255).round().to(torch.uint8)
                answers[which] = Answers(pictures, torch.stack(positions)[:, :PICTURED].int())
        return Agreement(self.images, len(self.hidden), self.seed, **numbers, answers=answers), record

    def pack(self, value: Agreement) -> Packed:
        arrays = {f"{w}-{name}": each for w, kept in value.answers.items() for name, each in kept._asdict().items()}
        return Packed({name: getattr(value, name) for name in NUMBERS}, {self.pattern: arrays})

    def unpack(self, content: dict, arrays: Arrays) -> Agreement:
        kept = arrays[self.pattern]
        answers = {w: Answers(*(kept[f"{w}-{name}"] for name in Answers._fields)) for w in content["between"]}
        numbers = {name: content[name] for name in NUMBERS}
        return Agreement(self.images, len(self.hidden), self.seed, **numbers, answers=answers)


def _nearest(outputs: Float[Tensor, "n 784"], images: Partition) -> tuple[Float[Tensor, "n"], Int[Tensor, "n"]]:
    """Of each output the training image at the smallest angle: the cosine, and the position in ``mnist/train``."""
    found = most_alike(outputs, images.images)
    return cosine_similarity(outputs, images.images[found]), images.indices[found]


def disjoint(seeds: Sequence[int] = SEEDS, sizes: Sequence[int] = SIZES, steps: int = STEPS) -> list[Disjoint]:
    """Both depths on two sets of every size, the last halved."""
    return [Disjoint(n, h, seed, steps) for seed in seeds for h in (SHALLOW, DEEP) for n in halved(sizes)]


def of_pairs() -> list[Measured]:
    """Both models of each pair by itself: what else they answer, and how they were trained."""
    return each([e for pair in disjoint() for e in pair.experiments])


def results() -> list[Result]:
    """All that the page shows, and the models of its pairs."""
    return [*equal_steps(), *made_true(), *of_pairs(), *disjoint()]


DISTANCE = "distance from the best decoder"


def findings(measured: Sequence[Measures], agreements: Sequence[Agreement]) -> list[Finding]:
    """Whether a decoder reaches the best one where the premise is made true, and whether halves agree at last."""
    lines = []
    true = [one for one in measured if is_made_true(one)]
    for n in sorted({one.experiment.first for one in true}):
        found = [one[DISTANCE] for one in true if one.experiment.first == n]
        lines.append(below("premise", f"{n:,} images: greatest {DISTANCE}", max(found), GONE))
    few, many = (which(one.images for one in agreements) for which in (min, max))
    for depth in sorted({one.depth for one in agreements}):
        for n, claim in ((few, "few-from-memory"), (many, "many-agree")):
            of = [a.more_alike_than_memory("seen") for a in agreements if (a.images, a.depth) == (n, depth)]
            what = f"depth {depth}, {n:,} images: cosine to the other's answer less that to the own set"
            line = below(claim, what, max(of), AGREE) if n == few else above(claim, what, min(of), AGREE)
            lines.append(line)
    return lines


def is_made_true(one: Measures) -> bool:
    """Whether its decoder is the wide one."""
    return getattr(one.experiment, "decoder_hidden", None) == WIDE
