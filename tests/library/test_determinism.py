"""Repeatable arithmetic: on inside, and outside as it was."""

import torch

from vaelib.determinism import deterministic


def state():
    return torch.get_num_threads(), (torch.tensor(2e-38) / 4 > 0).item()


def test_it_leaves_threads_and_denormal_numbers_as_it_found_them(threads):
    threads(2)
    assert state() == (2, True)
    with deterministic():
        assert state() == (1, False)
        with deterministic():
            assert state() == (1, False)
        assert state() == (1, False)
    assert state() == (2, True)
