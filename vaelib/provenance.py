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


@contextmanager
def record(earlier_seconds: float = 0.0):
    """Collects the provenance of what is computed inside; the yielded dictionary is full at the end.

    ``wall_seconds`` is the time inside, and before it where a stopped computation was taken up again;
    ``peak_memory_mb`` the whole process's greatest resident size so far, in 10⁶ bytes; ``uncommitted_changes`` tells
    that ``commit`` is not the whole truth about the code.
    """
    found: dict = {}
    tracked = _git("ls-files", "--error-unmatch", Path(__file__).name)  # and not installed in a folder of another's
    commit = _git("rev-parse", "HEAD") if tracked else None
    changed = _git("status", "--porcelain", "--", ".")
    began, started = datetime.now(UTC), time.perf_counter()
    yield found
    found |= {
        "began": began.isoformat(timespec="seconds"),
        "wall_seconds": round(earlier_seconds + time.perf_counter() - started, 2),
        "peak_memory_mb": round(_peak_memory() / 1e6),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "commit": commit,
        "uncommitted_changes": None if commit is None else bool(changed),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        "system": f"{platform.system()} {platform.machine()}",
    }


def _git(*arguments: str) -> str | None:
    done = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
