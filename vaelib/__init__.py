"""Can VAEs Generate Novel Examples? The models, Theorem 1's optimal decoder, and how trained VAEs compare with it.

What one needs first is here, and imported when it is first asked for:

    from vaelib import OptimalDecoder, VAE, Experiment, Store, Trained, fit, partition
"""

from importlib import import_module

_HOMES = {
    "OptimalDecoder": "vaelib.optimal_decoder",
    "VAE": "vaelib.models",
    "Experiment": "vaelib.kinds",
    "Store": "vaelib.store",
    "Trained": "vaelib.runs",
    "fit": "vaelib.training",
    "partition": "vaelib.data",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    """The public name, from the module that it lives in (PEP 562): PyTorch takes a second to import."""
    if name not in _HOMES:
        raise AttributeError(f"module 'vaelib' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
