"""What the sliders of the book's page look up: the closed forms at every place of each slider, as a script of data.

    python -m vaelib.likelihood_first.slider book/static/likelihood_first/parts.js

The file is committed; a test holds it against the closed forms.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from vaelib.likelihood_first import closed_forms
from vaelib.likelihood_first.closed_forms import Parts

DIGITS = 4
W = tuple(n / 100 for n in range(100))
DEGREES = tuple(range(91))
A = tuple(n / 100 for n in range(40, 121))
NOISES = tuple(round(10 ** (-2.5 + n / 8), 4) for n in range(21))  # s²


def table() -> list[dict]:
    """Each slider: its name, its places, and at each of them log-likelihood, gap and information, in nats."""
    sliders = [_slider("collapsing", "w", W, closed_forms.collapsing)]
    sliders.append(_slider("rotated", "rotation, degrees", DEGREES, closed_forms.rotated))
    for c in (0.5, 0.8, 0.95):
        sliders.append(_slider(f"correlated-{c:g}", "a", A, lambda a, c=c: closed_forms.correlated(a, c)))
    for name, fold in (("folded", True), ("rising", False)):
        sliders.append(_slider(name, "noise s²", NOISES, lambda s2, fold=fold: closed_forms.folded(fold, s2)))
    return sliders


def _slider(name: str, parameter: str, places: Sequence[float], of: Callable[[float], Parts]) -> dict:
    parts = [of(place) for place in places]
    rows = [[round(v, DIGITS) for v in (one.log_likelihood, one.gap, one.information)] for one in parts]
    return {"name": name, "parameter": parameter, "places": list(places), "parts": rows}


def write(path: Path) -> None:
    """Write the script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'"use strict";\nconst vaelibParts = {json.dumps(table(), allow_nan=False)};\n', encoding="utf-8")


def read(path: Path) -> list[dict]:
    """What such a script holds."""
    return json.loads(path.read_text(encoding="utf-8").split("vaelibParts = ", 1)[1].rstrip().rstrip(";"))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
