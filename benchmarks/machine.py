"""The yardstick: how many matrix products the machine does; and processes that are measured side by side."""

import ctypes
import multiprocessing
import resource
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import torch

SECONDS = 1.5
SHAPE = (128, 784, 400)  # a batch meets the largest layer


def side_by_side(processes: int, measure: Callable, *arguments) -> list:
    """What ``measure(*arguments, start)`` returns in each of so many processes; ``start()`` waits for the others."""
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes), context.Queue()
    started = [context.Process(target=_run, args=(queue, barrier, measure, arguments)) for _ in range(processes)]
    for process in started:
        process.start()
    results = [queue.get() for _ in started]
    for process in started:
        process.join()
    if any(isinstance(result, str) for result in results):
        raise RuntimeError(next(result for result in results if isinstance(result, str)))
    return results


def matmul_rate() -> float:
    """float32 matrix products of one thread, in GFLOP/s."""
    torch.set_num_threads(1)
    m, k, n = SHAPE
    a, b, out = torch.randn(m, k), torch.randn(k, n), torch.empty(m, n)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        for _ in range(20):
            torch.mm(a, b, out=out)
        count += 20
    return 2 * m * k * n * count / (time.perf_counter() - began) / 1e9


def peak_memory() -> int:
    """Greatest resident size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def added_memory():
    """Yields a list that holds, at the end, by how many bytes the process grew inside, files that it maps apart."""
    found, stop = [], threading.Event()
    ctypes.CDLL(None).malloc_trim(0)  # or what was freed before would be used again, uncounted
    before = peak = _anonymous()

    def watch():
        nonlocal peak
        while not stop.wait(0.002):
            peak = max(peak, _anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        stop.set()
        watcher.join()
        found.append(peak - before)


def _anonymous() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("This system does not tell how much memory a process has (no RssAnon in /proc/self/status).")


def _run(queue, barrier, measure, arguments):
    try:
        queue.put(measure(*arguments, barrier.wait))
    except BaseException as error:
        barrier.abort()
        queue.put(f"{type(error).__name__}: {error}")
        raise
