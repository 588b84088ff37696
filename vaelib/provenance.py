"""Where a result comes from: versions, commit, machine, time and memory."""

import os
import platform
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("vaelib", "torch", "torchvision", "numpy", "safetensors")


class Clock:
    """Time since it was made, on the wall and on the processor; ``earlier`` is what a stopped computation had taken."""

    def __init__(self, earlier: dict[str, float] | None = None):
        self.earlier = earlier or {"wall_seconds": 0.0, "cpu_seconds": 0.0}
        self._began = self._now()

    def __call__(self) -> dict[str, float]:
        now = self._now()
        return {name: round(self.earlier[name] + now[name] - self._began[name], 2) for name in now}

    @staticmethod
    def _now() -> dict[str, float]:
        return {"wall_seconds": time.perf_counter(), "cpu_seconds": time.process_time()}


@contextmanager
def record(clock: Clock | None = None):
    """Collects the provenance of what is computed inside; the yielded dictionary is full at the end.

    ``wall_seconds`` is the time inside, ``cpu_seconds`` what the processor spent on it, whoever else was there (with
    one thread, what it takes alone); both with the time before where a stopped computation was taken up again.
    ``peak_memory_mb`` the whole process's greatest resident size so far, in 10⁶ bytes; ``uncommitted_changes`` tells
    that ``commit`` is not the whole truth about the code.
    """
    found, described = {}, machine_and_code()
    began, clock = datetime.now(UTC), clock or Clock()
    yield found
    found |= described | {
        "began": began.isoformat(timespec="seconds"),
        **clock(),
        "peak_memory_mb": round(peak_memory() / 1e6),
        "threads": 1,
    }


def machine_and_code() -> dict:
    """Versions, the commit and the machine, as they are now."""
    tracked = _git("ls-files", "--error-unmatch", Path(__file__).name)  # and not installed in a folder of another's
    commit = _git("rev-parse", "HEAD") if tracked else None
    changed = _git("status", "--porcelain", "--", ".")
    return {
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "commit": commit,
        "uncommitted_changes": None if commit is None else bool(changed),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _git(*arguments: str) -> str | None:
    done = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def peak_memory() -> int:
    """Greatest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux kibibytes


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
