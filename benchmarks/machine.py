"""The yardstick: how many matrix products the machine does; and processes that are measured side by side."""

import ctypes
import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from queue import Empty

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
    try:
        return [_result(queue, started) for _ in started]
    finally:
        for process in started:
            process.kill()  # those that wait for one that failed; the others have ended
            process.join()


def _result(queue, started: list) -> object:
    """What the next of the processes found; an error where one of them failed or was killed."""
    while True:
        failed = [process.exitcode for process in started if process.exitcode]  # asked first: its result may be there
        try:
            found = queue.get(timeout=1)
        except Empty:
            if failed:
                raise RuntimeError(f"A process that measures was ended with exit code {failed[0]}.") from None
            continue
        if isinstance(found, str):
            raise RuntimeError(found)
        return found


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
