"""What the claims are measured on, by seed, and the claims themselves."""

from collections.abc import Sequence
from typing import Any

from vaelib.pages.claims import Claim, Subject
from vaelib.pages.findings import Finding
from vaelib.results import Result
from vaelib.store import Store
from vaelib.two_stage import checks, protocol
from vaelib.two_stage.latents import Latents
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.protocol import DIMENSIONS, GAMMAS, IMAGES, MANIFOLDS, SEEDS, Models
from vaelib.two_stage.samples import Sampled, Yardstick
from vaelib.two_stage.stage import OnManifold, Stage
from vaelib.two_stage.withheld import Withheld

Asked = dict[Any, Any]  # results by what they are of; a result, or more of them by more


def stages(seed: int, datasets: Sequence[str] = IMAGES, **changes) -> Asked:
    """First stages by data set: with γ = 1 and with learned γ."""
    found = {dataset: protocol.models(dataset, seed, **changes) for dataset in datasets}
    return {name: {"fixed": Stage(m.fixed), "learned": Stage(m.learned)} for name, m in found.items()}


def latents(seed: int, datasets: Sequence[str] = IMAGES, **changes) -> Asked:
    """The codes of both stages by data set."""
    return {dataset: Latents(protocol.models(dataset, seed, **changes).second) for dataset in datasets}


def samples(seed: int, datasets: Sequence[str] = IMAGES, **changes) -> Asked:
    """What the four models draw, by data set."""
    return {dataset: sampled(protocol.models(dataset, seed, **changes)) for dataset in datasets}


def sampled(models: Models) -> Asked:
    """What the models of one data set draw."""
    return {name: Sampled(one, models.cross_entropy.first) for name, one in models._asdict().items()}


def dimensions(seed: int, dataset: str = "mnist", latent_dims: Sequence[int] = DIMENSIONS, **changes) -> Asked:
    """What the first stage draws alone and both together, and the first stage itself, by dim z."""
    found = {k: protocol.models(dataset, seed, k, **changes) for k in latent_dims}
    return {
        "stage": {k: Stage(m.learned) for k, m in found.items()},
        "first": {k: sampled(m)["learned"] for k, m in found.items()},
        "second": {k: sampled(m)["second"] for k, m in found.items()},
    }


def manifolds(seed: int, of_dimension: Sequence[int] = MANIFOLDS, gammas: Sequence[float] = GAMMAS, **changes) -> Asked:
    """VAEs on manifolds by r: with learned γ, and with given ones."""
    return {
        "learned": {r: OnManifold(protocol.manifold(r, seed, **changes)) for r in of_dimension},
        "given": {r: [OnManifold(protocol.manifold(r, seed, g, **changes)) for g in gammas] for r in of_dimension},
    }


def withheld(seed: int, held_out: int = protocol.HELD_OUT, **changes) -> Asked:
    """The cross-entropy VAE and the one with learned γ, without a digit."""
    pair = protocol.withheld(seed, held_out, **changes)
    return dict(zip(("cross_entropy", "learned"), map(Withheld, pair), strict=True))


def yardsticks(datasets: Sequence[str] = IMAGES, first: int | None = None) -> Asked:
    """What the measures are for images of the data, by data set."""
    return {dataset: Yardstick(protocol.extractor(dataset, first=first)) for dataset in datasets}


def taken(store: Store, asked: Any) -> Any:
    """The same with every result taken from the store."""
    if isinstance(asked, dict):
        return {name: taken(store, one) for name, one in asked.items()}
    return [taken(store, one) for one in asked] if isinstance(asked, list) else store.get(asked)


def flat(asked: Any) -> list[Result[Measured]]:
    """All results that are asked for."""
    if isinstance(asked, Result):
        return [asked]
    return [one for part in (asked.values() if isinstance(asked, dict) else asked) for one in flat(part)]


def of_manifolds(found: Asked) -> list[Finding]:
    """A2, and the identity of A1 on manifolds."""
    return checks.manifolds(found["learned"], found["given"])


def of_directions(found: Asked) -> list[Finding]:
    """A3, on MNIST."""
    return checks.directions(found["mnist"]["learned"])


def of_dimensions(found: Asked) -> list[Finding]:
    """A7."""
    return checks.dimensions(found["first"], found["second"])


def _of_stages(found: Asked) -> list[Finding]:
    return [*checks.variance(found["stages"]), *of_directions(found["stages"]), *of_manifolds(found["manifolds"])]


def _first_stages(store: Store, seed: int) -> Asked:
    return taken(store, {"stages": stages(seed), "manifolds": manifolds(seed)})


STAGES = Subject(_first_stages, _of_stages, SEEDS, ("two-stage-1", "two-stage-2"))
LATENTS = Subject(lambda store, seed: taken(store, latents(seed)), checks.latents, SEEDS, ("two-stage-4",))
SAMPLES = Subject(lambda store, seed: taken(store, samples(seed)), checks.samples, SEEDS, ("two-stage-table",))
DIMENSION = Subject(lambda store, seed: taken(store, dimensions(seed)), of_dimensions, SEEDS, ("two-stage-5",))

CLAIMS = (
    Claim("A1", "Theorem 3, Figure 1", "learned, γ falls to the reconstruction error, and reconstruction gains by it",
          STAGES),
    Claim("A2", "Equations 8 and 9", "near γ = 0 a dimension is active for each of the manifold, and costs −½ log γ",
          STAGES),
    Claim("A3", "Figure 2", "a dimension of the code is informative or superfluous, and these are blocked",
          STAGES),
    Claim("A4", "Figures 3 and 4", "the second stage's codes are nearer to the prior than the first's",
          LATENTS),
    Claim("A5", "Table 1", "two stages draw better images than one, and than a given γ", SAMPLES),
    Claim("A6", "The second stage", "the second stage learns the codes and does not collapse", LATENTS),
    Claim("A7", "Figure 5", "two stages draw alike whatever the latent dimension, one stage does not",
          DIMENSION),
)  # fmt: skip

SAYS = {claim.identity: claim.says for claim in CLAIMS}
