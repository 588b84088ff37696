"""Locks between processes, whose holder can be named."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PATIENCE = 10  # seconds of waiting without a word


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock; after some seconds of waiting for it, say on standard error who does.

    The operating system frees it when its holder ends, however that happens.
    """
    lock, holder = FileLock(path), path.with_name(f"{path.name}.holder")
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
        print(f"Waiting for {who}, which holds {path}. If it hangs, end it.", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        holder.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
