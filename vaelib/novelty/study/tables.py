"""Tables of the study's pages, in Markdown."""

from collections.abc import Sequence

import numpy as np

from vaelib.novelty.figures import architecture, sizes
from vaelib.novelty.study import halves, premise, search
from vaelib.novelty.study.code import AWAY, NEARER, RECOGNISED, explained
from vaelib.novelty.study.measured import Measures, by_model
from vaelib.pages.markdown import once, table, unbroken

COUNTS = ("active by variance", "active by rate")
ANSWERS = ("recognised", "nearer to the input", AWAY)


def changed(one: Measures) -> str:
    """What a model has of its own, in words: its latent dimensions, or what keeps its code alive."""
    e = one.experiment
    if getattr(e, "warm_up", 0):
        return f"rate comes in over {e.warm_up} epochs"
    if getattr(e, "free_bits", 0):
        return f"{e.free_bits:g} nats free in each dimension"
    name = f"dim z = {e.latent_dim}" if e.beta == 1 else f"β = {e.beta:g}"
    return unbroken(name)


def slug(one: Measures) -> str:
    """A model's name for numbers that the book's prose shows: ``deep-50-1`` by dim z and β, ``deep-warm-up-10``."""
    e = one.experiment
    name = "shallow" if e.depth == 1 else "deep"
    for field in ("warm_up", "free_bits"):
        if value := getattr(e, field, 0):
            return f"{name}-{field.replace('_', '-')}-{value:g}"
    return f"{name}-{e.latent_dim}-{e.beta:g}"


def slug_of_size(one: Measures) -> str:
    """The same for models of many sizes of the training set: ``deep-300``; with a wide decoder ``frozen-300``."""
    e = one.experiment
    if premise.is_made_true(one):
        return f"{'frozen' if e.encoder_of else 'along'}-{e.first}"
    return f"{'shallow' if e.depth == 1 else 'deep'}-{e.first}"


def code_table(found: Sequence[Measures]) -> str:
    """Markdown: each model's active dimensions by both counts, seed by seed, and the means of what it answers."""
    rows = []
    for seeds in sorted(by_model(found), key=lambda seeds: seeds[0].experiment.depth):
        rows.append((f"{seeds[0].experiment.depth}", changed(seeds[0]), *_counts(seeds), *_answers(seeds)))
    rows = [(depth, *row[1:]) for depth, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(("layers", "model", *COUNTS, *ANSWERS), rows)


def digits_table(found: Sequence[Measures]) -> str:
    """Markdown: for each withheld digit the models, their active dimensions, seed by seed, and what they answer."""
    rows = []
    for seeds in by_model(found):
        depth = f"{seeds[0].experiment.depth}"
        rows.append((f"{seeds[0].digit}", depth, changed(seeds[0]), *_counts(seeds), *_answers(seeds)))
    rows = [(digit, *row[1:]) for digit, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(("digit", "layers", "model", *COUNTS, *ANSWERS), rows)


def _counts(seeds: Sequence[Measures]) -> tuple[str, ...]:
    """Active dimensions, seed by seed, as ``COUNTS`` names them."""
    return tuple(", ".join(f"{one.active[by]}" for one in seeds) for by in ("by_variance", "by_rate"))


def _answers(seeds: Sequence[Measures]) -> tuple[str, ...]:
    """Means of the seeds, as ``ANSWERS`` names them."""
    recognised, nearer, away = (np.mean([one[name] for one in seeds]) for name in (RECOGNISED, NEARER, AWAY))
    return f"{recognised:.2f}", f"{nearer:.2f}", f"{away:.1f}"


def explained_table(
    found: Sequence[Measures], measures: Sequence[str] = (RECOGNISED, NEARER, AWAY), by: str = "by_variance"
) -> str:
    """Markdown: what the code adds to depth, and depth to the code, each with its interval over models."""
    rows = []
    for measure in measures:
        of = explained(found, measure, by)
        code, depth = (
            f"{value:.3f} ({low:.3f} to {high:.3f})"
            for value, (low, high) in ((of.code_adds, of.code_interval), (of.depth_adds, of.depth_interval))
        )
        rows.append((measure, f"{of.together:.2f}", code, depth))
    return table(("variance of", "both explain", "the code adds to depth", "depth adds to the code"), rows)


def search_table(found: Sequence[search.Found]) -> str:
    """Markdown: what each model answers at codes of each origin; means of the seeds, of all test images of a digit."""
    rows = []
    for (depth, digit), of_seeds in search.pairs(found).items():
        for saw, of_one in zip(search.Pair._fields, zip(*of_seeds, strict=True), strict=True):
            model = f"{depth} layer{'s' * (depth != 1)}, {saw}"
            for origin in search.ORIGINS:
                numbers = {name: np.mean([one.rows[origin][name] for one in of_one]) for name in of_one[0].rows[origin]}
                where = "the encoder's" if origin == search.ENCODER else f"λ = {origin}"
                shown = (f"{numbers['kl']:.1f}", f"{numbers['recognised']:.2f}", f"{numbers['norm']:.1f}")
                rows.append((str(digit), model, where, *shown))
    digits, models = (once([row[column] for row in rows]) for column in (0, 1))
    rows = [(digit, model, *row[2:]) for digit, model, row in zip(digits, models, rows, strict=True)]
    return table(("digit", "model", "code", "mean KL(x ‖ x̂)", "recognised", "median ‖z‖"), rows)


def parts_table(found: Sequence[search.Found], strengths: Sequence[str] = ("1", "0.1", "0")) -> str:
    """Markdown: what a digit costs more without the first one in the training set, and whose part that is."""
    rows = []
    for (depth, digit), of_seeds in search.pairs(found).items():
        for strength in strengths:
            parts = search.mean_parts(of_seeds, strength)
            numbers = [f"{parts[name]:+.1f}" for name in ("excess", "encoder", "decoder")]
            rows.append((str(depth), str(digit), strength, *numbers))
    rows = [(depth, *row[1:]) for depth, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(("layers", "digit", "λ", "costs more by", "the encoder's", "the decoder's"), rows)


def together_table(found: Sequence[Measures]) -> str:
    """Markdown: what both halves answer that were trained as one, by the depth of each; means of the seeds.

    The active dimensions are those of the models that never saw the digit, the least and the most of the seeds.
    """
    rows = []
    for depths in sorted({halves.depths(one) for one in found}):
        here = [one for one in found if halves.depths(one) == depths]
        saw, never = ([one for one in here if halves.knows(one)[1] == which] for which in (True, False))
        active = [one.active["by_variance"] for one in never]
        means = [f"{np.mean([one[RECOGNISED] for one in group]):.2f}" for group in (saw, never)]
        away = [f"{np.mean([one[AWAY] for one in group]):.1f}" for group in (saw, never)]
        rows.append((*map(str, depths), f"{min(active)} to {max(active)}", *means, *away))
    rows = [(depth, *row[1:]) for depth, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    columns = [f"{measure}, {saw}" for measure in ("recognised", AWAY) for saw in ("saw it", "never saw it")]
    return table(("encoder's layers", "decoder's layers", "active", *columns), rows)


def shares_table(found: Sequence[Measures], measures: Sequence[str] = (RECOGNISED, AWAY)) -> str:
    """Markdown: the share of each measure's variance that lies between the levels of each half, over all pairs.

    First over the pairs of which neither half saw the digit, then over all; the rest is what two halves do only
    together, and the seeds.
    """
    unseen = halves.unseen(found)
    columns = [halves.shares(group, measure) for group in (unseen, found) for measure in measures]
    columns = [shares | {"the rest": 1 - sum(shares.values())} for shares in columns]
    rows = []
    for name in (*halves.FACTORS, "the rest"):
        rows.append((name, *(f"{shares[name]:.2f}" if name in shares else "" for shares in columns)))
    groups = ("neither half saw it", "all pairs")
    return table(("variance by", *(f"{group}: {measure}" for group in groups for measure in measures)), rows)


def architectures_table(found: Sequence[Measures]) -> str:
    """Markdown: each architecture's layers and size, its active dimensions, seed by seed, and means of its answers."""
    rows = []
    for seeds in sorted(by_model(found), key=lambda seeds: (seeds[0].experiment.depth, seeds[0].experiment.hidden)):
        one = seeds[0].experiment
        rows.append((unbroken(sizes(one.hidden)), f"{one.decoder_parameters:,}", *_counts(seeds), *_answers(seeds)))
    return table(("h", "decoder's parameters", *COUNTS, *ANSWERS), rows)


def pairs_table(found: Sequence[Measures]) -> str:
    """Markdown: what pairs of models answer to a digit that they saw, and to one that they did not; means of seeds."""
    rows = []
    for seeds in by_model(found):
        one = seeds[0].experiment
        saw = "saw it" if one.held_out is None else "never saw it"
        rows.append((architecture(one), saw, *_counts(seeds), *_answers(seeds)))
    rows = [(name, *row[1:]) for name, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(("model", "digit", *COUNTS, *ANSWERS), rows)


def sizes_table(found: Sequence[Measures]) -> str:
    """Markdown: for each size of the training set and each way of training the means of the seeds, on unseen nines."""
    rows = []
    for seeds in sorted(by_model(found), key=lambda seeds: bool(getattr(seeds[0].experiment, "encoder_of", None))):
        one = seeds[0].experiment
        way = f"{one.depth} layer{'s' * (one.depth != 1)}, equal steps"
        if premise.is_made_true(seeds[0]):
            way = f"wide decoder, {premise.LONGER} × the steps, encoder {'frozen' if one.encoder_of else 'along'}"
        active = [each.active["by_variance"] for each in seeds]
        means = [np.mean([each[name] for each in seeds]) for name in (premise.DISTANCE, RECOGNISED, AWAY)]
        numbers = (f"{means[0]:.1f}", f"{means[1]:.2f}", f"{means[2]:.1f}")
        rows.append((way, f"{one.first:,}", unbroken(", ".join(map(str, active))), *numbers))
    rows = [(way, *row[1:]) for way, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    return table(("trained", "images", "active", premise.DISTANCE, "nines recognised", AWAY), rows)


def agreements_table(agreements: Sequence[premise.Agreement]) -> str:
    """Markdown: for each depth and number of images how alike two models' answers are; means of the seeds.

    Median cosines, and of nines that neither recognisably draws the share for which both draw one other digit.
    """
    by: dict[tuple[int, int], list[premise.Agreement]] = {}
    for one in agreements:
        by.setdefault((one.depth, one.images), []).append(one)
    rows = []
    for (depth, images), seeds in by.items():
        numbers = [
            f"{np.mean([getattr(one, to)[which] for one in seeds]):.2f}"
            for which in ("seen", "withheld") for to in ("between", "memory")
        ]  # fmt: skip
        neither, same = (np.mean([getattr(one, of)["withheld"] for one in seeds]) for of in ("neither", "same_wrong"))
        alike = (f"{neither:.2f}", f"{same / neither:.2f}" if neither else "")
        rows.append((f"{depth}", f"{images:,}", *numbers, *alike))
    rows = [(depth, *row[1:]) for depth, row in zip(once([row[0] for row in rows]), rows, strict=True)]
    columns = [f"{which}: to {to}" for which in ("seen digits", "nines") for to in ("other's answer", "own set")]
    wrong = ("nines: neither draws one", "of these: both draw one other digit")
    return table(("layers", "images each", *columns, *wrong), rows)
