"""The fourth closed form, kept: its gap is a search of seconds, at every noise."""

from dataclasses import asdict, dataclass

from vaelib import provenance
from vaelib.determinism import deterministic
from vaelib.information import rounded
from vaelib.likelihood_first import closed_forms
from vaelib.likelihood_first.closed_forms import Parts
from vaelib.results import Arrays, Packed, Result
from vaelib.store import Store

NOISES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # s²


@dataclass(frozen=True)
class Fold(Result[Parts]):
    """``closed_forms.folded`` at one noise s²: of the folded curve, or of its twin that rises."""

    fold: bool
    variance: float

    path = property(lambda self: f"toys.abs/{'folded' if self.fold else 'rising'}-noise-{self.variance:g}.json")
    about = property(lambda self: {"fold": self.fold, "variance": self.variance})

    def make(self, store: Store) -> tuple[Parts, dict]:
        with provenance.record() as record, deterministic():
            found = closed_forms.folded(self.fold, self.variance)
        return Parts(**{name: rounded(value) for name, value in asdict(found).items()}), record

    def pack(self, value: Parts) -> Packed:
        return Packed(asdict(value), {})

    def unpack(self, content: dict, arrays: Arrays) -> Parts:
        return Parts(**{name: content[name] for name in Parts.__dataclass_fields__})
