"""Depth, or the number of code dimensions in use? The models of that study, and its thresholds.

The deep VAEs of Figure 1 use 6 or 7 of their 50 latent dimensions, the shallow ones 24. Here each is varied while the
other is held: shallow VAEs with fewer dimensions, deep ones with fewer, and deep ones whose codes are kept alive by a
smaller β. All are trained without nines, three seeds each.

The measures are the share recognised and the median KL(x ‖ x̂) of the test nines. Each is regressed on a, the log of
the number of active dimensions (Var m(x) > 0.01), as a parabola, and on a level for each depth. Depth is a proxy of
the code when it adds next to nothing once the code is known, and the code adds much once depth is known.

The thresholds were committed before the runs of this module were begun. What was known by then: the models of Figure 1
(three seeds), the shallow one with dim z = 6 and the deep one with β = 0.2 (three seeds each).
"""

from vaelib.kinds import Experiment
from vaelib.novelty.evaluation import Evaluated
from vaelib.novelty.experiments import DEEP, HELD_OUT, SEEDS, SHALLOW, training_partition

SHALLOW_DIMENSIONS = (2, 3, 4, 6, 8, 12, 16, 24, 50)
DEEP_DIMENSIONS = (2, 3, 4, 50)
BETAS = (0.5, 0.2, 0.1, 0.05)  # of deep VAEs with 50 dimensions

DEPTH_ADDS = 0.05  # share of a measure's variance that depth adds once the active dimensions are known: at most
CODE_ADDS = 0.25  # share that the active dimensions add once depth is known: at least
MATCHED = 0.10  # mean difference of the share recognised, deep less shallow, at equal active dimensions: at most
EQUAL = 1.25  # ratio of two models' active dimensions up to which they are taken for equal


def requests(held_out: int = HELD_OUT) -> list[Evaluated]:
    """Every model of the study at its end, on the digit that it never saw; seed after seed."""
    fields = [{"hidden": SHALLOW, "latent_dim": dimensions} for dimensions in SHALLOW_DIMENSIONS]
    fields += [{"hidden": DEEP, "latent_dim": dimensions} for dimensions in DEEP_DIMENSIONS]
    fields += [{"hidden": DEEP, "beta": beta} for beta in BETAS]
    partition = training_partition(held_out)
    found = [Experiment(data=partition, seed=seed, **changed) for seed in SEEDS for changed in fields]
    return [Evaluated(e, e.epochs, held_out) for e in found]
