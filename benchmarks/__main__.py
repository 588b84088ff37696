"""``python -m benchmarks``: measure everything in one run; writes it down with the machine that it was measured on."""

import importlib.util
import json
import os
import statistics
import sys

from benchmarks import contestants, machine, theorem
from vaelib import paths, provenance
from vaelib.novelty.experiments import DEEP, SHALLOW

ROUNDS = 3
KNOWN = ["vaelib", "autograd", "tutorial"] + (["pythae"] if importlib.util.find_spec("pythae") else [])
CORES = os.cpu_count() or 1


def main() -> None:
    """Measure training, Theorem 1 and an evaluation; print what was found and keep it for the book's page."""
    found = {
        "provenance": provenance.machine_and_code(),
        "cores": CORES,
        "training": {name: training(name, hidden) for name, hidden in (("shallow", SHALLOW), ("deep", DEEP))},
        "theorem_1": alone(theorem.against_broadcasting),
        "along_the_training_set": [alone(theorem.at_size, size) for size in theorem.SIZES],
        "evaluation_seconds": alone(theorem.evaluation),
    }
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    (paths.published() / "benchmarks.json").write_text(text, encoding="utf-8")
    print(text, end="")


def training(name: str, hidden: tuple[int, ...]) -> dict:
    """Rounds of all contestants, one after the other; a ratio is between the two of one round, a figure the median."""
    gflop = contestants.products(hidden) / 1e9
    rounds, shares, rates, memory = [], [], [], 0
    for _ in range(ROUNDS):
        speed = {}
        for contestant in KNOWN:
            workers = CORES if contestant in contestants.OWN_CORE else 1
            epochs = 3 if contestant == "vaelib" else 1
            found = machine.side_by_side(workers, contestants.measure, contestant, hidden, epochs)
            speed[contestant] = sum(contestants.IMAGES / one.seconds for one in found)
            if contestant == "vaelib":
                memory = max(memory, *(one.peak_memory for one in found))
                rates.append(sum(one.matmul_gflops for one in found))
                shares.append(speed["vaelib"] * gflop / rates[-1])
        rounds.append(speed)
        progress = {key: round(value) for key, value in speed.items()}
        print(name, progress, f"{shares[-1]:.1%} of {rates[-1]:.0f} GFLOP/s", file=sys.stderr, flush=True)
    return {
        "hidden": hidden,
        "images_per_second": {key: statistics.median(speed[key] for speed in rounds) for key in KNOWN},
        "over": {key: statistics.median(s["vaelib"] / s[key] for s in rounds) for key in KNOWN if key != "vaelib"},
        "gflop_per_image": gflop,
        "matmul_gflops": statistics.median(rates),
        "share_of_matmul_rate": statistics.median(shares),
        "worker_peak_megabytes": memory / 1e6,
    }


def alone(measure, *arguments) -> object:
    """What a measurement finds in a process of its own."""
    (found,) = machine.side_by_side(1, measure, *arguments)
    print(measure.__name__, found, file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
