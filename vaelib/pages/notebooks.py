"""Executed notebooks: numbers for the book's prose, one normal form for git, and how nbval compares their outputs."""

import base64
import json
import math
import re
from pathlib import Path

from vaelib.errors import VaelibError

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT = ("mystnb", "tags")  # of a cell's metadata; the rest is timing
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
SAME = 1e-5  # relative difference of two numbers that are taken for the same: far above any processor's rounding
TIPPED = 0.01  # share of the numbers of a text whose last printed digit may have been rounded the other way
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|Users|tmp|work|mnt|private)/[\w.-]+")


def glue(name: str, value: float) -> None:
    """Leave a number in the notebook's outputs, unseen, for the prose of the book's pages (``{glue:text}``).

    The format is that of ``myst_nb.glue``, which takes two seconds to import and brings Sphinx along.
    """
    from IPython.display import display  # there in every notebook, and not with the library alone

    prefix = "application/papermill.record/"
    metadata = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    display({f"{prefix}text/plain": repr(float(value))}, raw=True, metadata=metadata)


class Output(str):
    """An output's text, equal to another when the words are the same and the numbers are, up to rounding.

    Processors round differently. So two numbers are the same when they differ by ``SAME`` of themselves at most. In a
    text, where they were rounded to be printed, that can tip a last digit: one number in a hundred (or one, in a
    shorter text) may differ by one unit of its last digit. A number that stands alone, as ``glue`` leaves it, may not.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str) or NUMBER.sub("#", self) != NUMBER.sub("#", other):
            return False
        pairs = list(zip(NUMBER.findall(self), NUMBER.findall(other), strict=True))
        unlike = [pair for pair in pairs if not math.isclose(*map(_value, pair), rel_tol=SAME)]
        alone = NUMBER.fullmatch(self.strip()) is not None
        return not unlike or (
            not alone and len(unlike) <= max(1, TIPPED * len(pairs)) and all(_differ_by_one_unit(*p) for p in unlike)
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _value(printed: str) -> float:
    return float(printed.replace(",", "").replace("−", "-"))


def _differ_by_one_unit(one: str, other: str) -> bool:
    """Whether two printed numbers lie no farther apart than one in the last place of the coarser one."""
    unit = max(10.0 ** -len(re.split("e", number)[0].partition(".")[2]) for number in (one, other))
    return abs(_value(one) - _value(other)) <= 1.000001 * unit


def read(path: Path) -> dict:
    """A notebook's content.

    Raises
    ------
    VaelibError
        When the file is no notebook of Jupyter's format 4.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        is_one = notebook["nbformat"] == 4 and all(
            isinstance(cell["metadata"], dict) and {"cell_type", "source"} <= cell.keys() for cell in notebook["cells"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_one = False
    if not is_one:
        raise VaelibError(f"{path} is no notebook: expected an .ipynb file of Jupyter's format 4.")
    return notebook


def write(notebook: dict, path: Path) -> None:
    """Write a notebook's content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def normalise(path: Path) -> None:
    """Rewrite a notebook without timestamps and machine's metadata; its outputs and execution counts stay.

    Raises
    ------
    VaelibError
        When an output holds an absolute path or an error, which has no place in a committed notebook.
    """
    path.write_text(normalised(path), encoding="utf-8")


def normalised(path: Path) -> str:
    """The text that ``normalise`` would write."""
    notebook = read(path)
    for number, cell in enumerate(notebook["cells"]):
        kept = {key: cell["metadata"][key] for key in KEPT if cell["metadata"].get(key)}
        cell["metadata"] = kept
        cell["id"] = f"cell-{number:02d}"
        for output in cell.get("outputs", ()):
            output.pop("metadata" if output["output_type"] in ("stream", "error") else "transient", None)
            _refuse(output, path, number)
    notebook |= {"metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def picture(path: Path) -> bytes:
    """The PNG of the one figure that an executed notebook shows.

    Raises
    ------
    VaelibError
        When it shows none, or more than one.
    """
    outputs = [output for cell in read(path)["cells"] for output in cell.get("outputs", ())]
    found = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    if len(found) != 1:
        raise VaelibError(f"{path} shows {len(found)} figures, expected one. Execute it first (`make notebooks`).")
    return base64.b64decode("".join(found[0]))


def _refuse(output: dict, path: Path, number: int) -> None:
    texts = json.dumps({key: value for key, value in output.items() if key != "data"}) + json.dumps(
        {kind: value for kind, value in output.get("data", {}).items() if not kind.startswith("image/")}
    )
    if output["output_type"] == "error":
        raise VaelibError(f"{path}: cell {number} ended in an error ({output['ename']}). Mend it and execute again.")
    if found := ABSOLUTE_PATH.search(texts):
        raise VaelibError(f"{path}: an output of cell {number} holds the path {found[0]}… of one machine.")
