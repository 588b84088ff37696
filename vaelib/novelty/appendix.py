"""Figures 5 to 13 as notebooks: Figure 4's, with another digit, a title, a caption and an alt text of their own.

What is said once for all of them (the paper's words, how to read the picture) stays with Figure 4: its cells that are
tagged ``figure-4`` are left out. papermill then executes the notebook with the digit.
"""

import copy
from collections import Counter
from collections.abc import Sequence

from vaelib.errors import UnknownName
from vaelib.novelty import experiments
from vaelib.novelty.evaluation import Evaluation
from vaelib.store import Store

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PLURALS = tuple(word + ("es" if word == "six" else "s") for word in WORDS)
SHOWN = 1  # the test image of the digit
ONLY_FIGURE_4 = "figure-4"

TITLE = """# Figure {number}: {plural} withheld

Figure 4 with another digit: twenty architectures that never saw {plural} are shown a test {word}.

*Reading: a minute. [Running](../book/use.md): 10 seconds from published results; \
what the paper says, and how to read the picture, stands with [Figure 4](figure_4.ipynb).*"""

CAPTION = (
    "A test {word} through VAEs of different architectures, all trained without {plural}, by number of hidden layers "
    "and then by size. Of each pair the upper picture is Theorem 1's weighted average, the lower one the decoder's "
    "output; frame and number say for which share of all test {plural} the output is nearer to the input than to the "
    "average. Over all {images:,} of them, {nearer} of the {models} models answer mostly nearer to the input."
)

READING = """## What it says

Over all {images:,} test {plural}, on average over the architectures with as many hidden layers:

{by_depth}

The verdicts above are of these models, one seed; [Claims](claims.ipynb) has those over seeds and digits."""

ALT = (
    "{models} pairs of pictures in framed rows beside the input. The weighted averages rest on {averages}. The outputs "
    "look like {outputs}."
)


def page(number: int, template: dict, store: Store) -> dict:
    """The notebook of Figure 5 to 13, from Figure 4's and the results.

    Raises
    ------
    UnknownName
        When the figure is not one of the appendix.
    """
    if number not in experiments.APPENDIX:
        first, last = experiments.APPENDIX[0], experiments.APPENDIX[-1]
        raise UnknownName(f"Figure {number} is not of the appendix: expected {first} to {last}.")
    from vaelib.novelty import subjects  # SciPy, which only this needs

    words = described(number, subjects.of_figure(number, store))
    notebook = copy.deepcopy(template)
    cells = [cell for cell in notebook["cells"] if ONLY_FIGURE_4 not in cell["metadata"].get("tags", ())]
    cells[0]["source"] = TITLE.format(**words)
    (figure,) = (cell["metadata"]["mystnb"] for cell in cells if "mystnb" in cell["metadata"])
    figure["figure"] = {"caption": CAPTION.format(**words), "name": f"fig-{number}"}
    figure["image"] = {"alt": ALT.format(**words)}
    cells.append({"cell_type": "markdown", "id": "what-it-says", "metadata": {}, "source": READING.format(**words)})
    return notebook | {"cells": cells}


def described(number: int, found: Sequence[Evaluation]) -> dict[str, str | int]:
    """What title, caption and alt text say of a figure."""
    from vaelib.novelty import checks, tables

    digit = experiments.digit(number)
    return {
        "number": number,
        "word": WORDS[digit],
        "plural": PLURALS[digit],
        "models": len(found),
        "images": len(found[0]),
        "nearer": sum(shown.nearer_input > checks.MOST for shown in found),
        "averages": _listed([int(shown.top_classes[SHOWN, 0]) for shown in found]),
        "outputs": _listed([int(shown.output_classes[SHOWN]) for shown in found]),
        "by_depth": tables.by_depth_table(found, ("share nearer to the input", "share recognised", "median BCE(x, x̂)")),
    }


def _listed(classes: Sequence[int]) -> str:
    """``sevens (12) and fours (8)``, the most frequent first."""
    counted = [f"{PLURALS[label]} ({count})" for label, count in Counter(classes).most_common()]
    return " and ".join([", ".join(counted[:-1]), counted[-1]] if len(counted) > 1 else counted)
