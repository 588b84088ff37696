"""How the library computes: always the same bits on one machine."""

from contextlib import contextmanager

import torch


@contextmanager
def deterministic():
    """One thread, so that the bits stay the same, and denormal numbers taken as zero, for speed.

    One thread is also the fastest way: two processes of one thread each train more than one process of two.
    It may be entered again inside of itself.
    """
    before = torch.get_num_threads(), _flushes_denormals()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.set_flush_denormal(before[1])


def _flushes_denormals() -> bool:
    """Whether this thread takes denormal numbers as zero; PyTorch has no question for it."""
    return torch.tensor(2e-38).div(4).item() == 0
