"""Whether two samples are of one distribution: kernel mean discrepancy, a classifier, Fréchet distance of features."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from vaelib.models import perceptron

PERMUTATIONS = 200
STEPS, BATCH = 600, 256  # of the classifier's training
SCALES = (0.25, 1.0, 4.0)  # in dimensions, C of the Gaussians that codes are held against the prior with


def inverse_multiquadric(scale: float, squared: Tensor) -> Tensor:
    """The kernel C / (C + ‖x − y‖²), which Tolstikhin et al. (2018) use with C = 2 · dimension for N(0, I)."""
    return scale / (scale + squared)


def gaussian(scale: float, squared: Tensor) -> Tensor:
    """The kernel exp(−‖x − y‖² / (2 C)); C is often the median squared distance."""
    return (-squared / (2 * scale)).exp()


def mmd(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], kernel=inverse_multiquadric, scale: float | None = None,
    permutations: int = PERMUTATIONS, seed: int = 0,
) -> tuple[float, Float[Tensor, "permutations"]]:  # fmt: skip
    """The squared maximum mean discrepancy of two samples, unbiased, and the same where they are mixed up.

    Gretton et al. (2012), equation 3: may fall below 0, and is 0 on average where both are of one distribution. What it
    is for random halves of the two samples together is the null distribution of the permutation test.

    Parameters
    ----------
    x, y
        The samples, any unit.
    kernel, scale
        ``inverse_multiquadric`` or ``gaussian``, and its C; by default 2 d for the first, the median squared distance
        of all points for the second.

    Raises
    ------
    ValueError
        When a sample has fewer than two points.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"Expected two points or more in each sample, found {len(x)} and {len(y)}.")
    points = torch.cat([x, y]).double()
    squared = torch.cdist(points, points).square()
    if scale is None:
        scale = 2.0 * x.shape[1] if kernel is inverse_multiquadric else squared.median().item()
    k = kernel(scale, squared).fill_diagonal_(0)
    n, m = len(x), len(y)
    random = torch.Generator().manual_seed(seed)
    orders = [torch.arange(n + m), *(torch.randperm(n + m, generator=random) for _ in range(permutations))]
    first = torch.zeros(n + m, len(orders), dtype=torch.float64)  # by split, which points are of the first sample
    for column, order in enumerate(orders):
        first[order[:n], column] = 1
    within, total = (first * (k @ first)).sum(0), k.sum()
    to_first = (k @ first).sum(0)
    across = to_first - within
    found = within / (n * (n - 1)) + (total - within - 2 * across) / (m * (m - 1)) - 2 * across / (n * m)
    return found[0].item(), found[1:]


def mmd_from_prior(z: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """The squared discrepancy of codes and the prior N(0, I), whose expectations are in closed form; differentiable.

    The kernel is the mean of Gaussians with C = c d for c in ``SCALES``, whose expectations are, with N(0, I) once,
    (C / (C + 1))^(d/2) exp(−‖z‖² / (2 (C + 1))), and twice, (C / (C + 2))^(d/2). A V-statistic: never negative, and for
    n codes of the prior itself about (1 − E k) / n.
    """
    d = z.shape[1]
    squared = (z.square().sum(1)[:, None] + z.square().sum(1) - 2 * z @ z.T).clamp(min=0)
    found = []
    for scale in (c * d for c in SCALES):
        once = (scale / (scale + 1)) ** (d / 2) * gaussian(scale + 1, z.square().sum(1)).mean()
        twice = (scale / (scale + 2)) ** (d / 2)
        found.append(gaussian(scale, squared).mean() - 2 * once + twice)
    return torch.stack(found).mean()


def classifier_accuracy(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], hidden: tuple[int, ...] = (64, 64), seed: int = 0
) -> float:
    """How well a classifier tells two samples apart: its share of right answers on points that it was not trained on.

    The classifier two-sample test (Lopez-Paz & Oquab 2017): a half where both are of one distribution. Halves of both
    samples train a perceptron (without hidden layers: logistic regression, which sees means alone), the others test it;
    both count as much, however many points they have.
    """
    random = torch.Generator().manual_seed(seed)
    halves = []
    for sample, label in ((x, 0.0), (y, 1.0)):
        shuffled = sample[torch.randperm(len(sample), generator=random)].float()
        halves.append([(part, label) for part in shuffled.chunk(2)])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        classifier = perceptron((x.shape[1], *hidden, 1))
    optimizer = torch.optim.Adam(classifier.parameters(), lr=1e-3, weight_decay=1e-4)
    train = [part for part, _ in (half[0] for half in halves)]
    labels = torch.cat([torch.full((BATCH // 2,), label) for label in (0.0, 1.0)])
    for _ in range(STEPS):
        rows = torch.cat([part[torch.randint(len(part), (BATCH // 2,), generator=random)] for part in train])
        optimizer.zero_grad()
        binary_cross_entropy_with_logits(classifier(rows)[:, 0], labels).backward()
        optimizer.step()
    with torch.no_grad():
        tested = [(classifier(half[1][0])[:, 0] > 0, bool(half[1][1])) for half in halves]
    return sum((found == label).double().mean().item() for found, label in tested) / 2


def frechet(x: Float[Tensor, "n f"], y: Float[Tensor, "m f"]) -> float:
    """The Fréchet distance of two samples of features, as of two normal distributions with their moments.

    ‖m − m'‖² + Tr(S + S' − 2 (S^½ S' S^½)^½) (Dowson & Landau 1982; Heusel et al. 2017), in squared units of the
    features. On features of a classifier that was trained here it is no FID, and no number of another extractor's
    stands beside it. It is biased upwards by as much as there are few points.
    """
    (mean, covariance), (other_mean, other_covariance) = (_moments(sample) for sample in (x, y))
    values, vectors = torch.linalg.eigh(covariance)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    between = torch.linalg.eigvalsh(root @ other_covariance @ root).clamp(min=0).sqrt().sum()
    apart = (mean - other_mean).square().sum() + covariance.trace() + other_covariance.trace() - 2 * between
    return max(0.0, apart.item())


def frechet_error(x: Float[Tensor, "n f"], y: Float[Tensor, "m f"], draws: int = 20, seed: int = 0) -> float:
    """The standard error of ``frechet``, by bootstrap: both samples drawn again with replacement."""
    random = torch.Generator().manual_seed(seed)
    found = [
        frechet(*(s[torch.randint(len(s), (len(s),), generator=random)] for s in (x, y))) for _ in range(draws)
    ]  # fmt: skip
    mean = math.fsum(found) / draws
    return math.sqrt(math.fsum((value - mean) ** 2 for value in found) / (draws - 1))


def _moments(sample: Tensor) -> tuple[Tensor, Tensor]:
    values = sample.double()
    mean = values.mean(0)
    return mean, (values - mean).T @ (values - mean) / (len(values) - 1)
