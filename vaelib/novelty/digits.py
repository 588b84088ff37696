"""Figures 5 to 13 on one page of the book: a digit to choose, its picture, its verdicts and its notebook.

The page is put together of the nine executed notebooks; its choice is a set of radio buttons and works without scripts.
"""

from collections.abc import Mapping
from pathlib import Path

from vaelib.novelty import experiments
from vaelib.novelty.appendix import PLURALS
from vaelib.pages import notebooks

NAME = "every_digit"
PAGE = """# Every digit: does it go like the nines?

Figure 4 withholds the nines.
Here each other digit is withheld in its turn, and twenty architectures are shown one of it.

*Before you look: for which digit will even the deepest VAEs draw what they never saw?*
{{numref}}`Figure %s <fig-4>` says how to read the picture, {{doc}}`../notebooks/classes` counts the answers.

**It does, but for the ones: with three hidden layers, most outputs are nearer to the average; for ones, to the input.**
Choose the digit that no model saw.

:::::{{tab-set}}
:class: digits

{tabs}
:::::
"""

TAB = """::::{{tab-item}} {digit}
:name: without-{digit}

```{{figure}} {picture}
:name: {name}
:alt: {alt}

{caption}
```

{{download}}`This figure as SVG <static/figures/{notebook}/01.svg>`,
{{download}}`its notebook <../notebooks/{notebook}.ipynb>`

{said}
::::
"""


def page(executed: Mapping[int, dict]) -> str:
    """The page's Markdown, from the executed notebooks of Figures 5 to 13 by their numbers."""
    return PAGE.format(tabs="\n".join(_tab(number, executed[number]) for number in sorted(executed)))


def _tab(number: int, notebook: dict) -> str:
    cells = notebook["cells"]
    (described,) = (cell["metadata"]["mystnb"] for cell in cells if "mystnb" in cell["metadata"])
    tables = ["".join(o["data"]["text/markdown"]) for o in _outputs(cells) if "text/markdown" in o.get("data", {})]
    reading = "".join(cells[-1]["source"]).partition("\n")[2].strip()  # its heading left out
    digit = experiments.digit(number)
    return TAB.format(
        digit=digit,
        plural=PLURALS[digit],
        notebook=_named(number),
        picture=f"{NAME}/{_named(number)}.png",
        name=described["figure"]["name"],
        caption=described["figure"]["caption"],
        alt=described["image"]["alt"],
        said="\n\n".join([*tables, reading.replace("(claims.ipynb)", "(../notebooks/claims.ipynb)")]),
    )


def write(folder: Path, found: Mapping[int, Path]) -> list[Path]:
    """Write the page and its pictures into a folder; the notebooks are given by their figures' numbers.

    Raises
    ------
    VaelibError
        When one of the files is no notebook that was executed.
    """
    (folder / NAME).mkdir(parents=True, exist_ok=True)
    written = [folder / f"{NAME}.md"]
    written[0].write_text(page({number: notebooks.read(path) for number, path in found.items()}), encoding="utf-8")
    for number, path in found.items():
        written.append(folder / NAME / f"{_named(number)}.png")
        written[-1].write_bytes(notebooks.picture(path))
    return written


def _outputs(cells: list[dict]) -> list[dict]:
    return [output for cell in cells for output in cell.get("outputs", ())]


def _named(number: int) -> str:
    return f"figure_{number}"
