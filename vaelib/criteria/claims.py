"""The paper's claims as we re-derived them, and what each is measured on."""

from vaelib.criteria import checks, plan, tabular
from vaelib.criteria.protocol import SEEDS
from vaelib.pages.claims import OUR_PLACE, Claim, Subject

TABLES = Subject(lambda store, seed: tabular.identity_errors(seed), checks.indifference, SEEDS, ("criteria-1",))
MEMBERS = Subject(
    lambda store, seed: plan.got(store, plan.members(seed)), checks.any_regulariser, SEEDS, ("criteria-1",)
)
BLUR = Subject(lambda store, seed: [store.get(one) for one in plan.sweep(seed)], checks.blur, SEEDS, ("criteria-2",))
INFORMATION = Subject(
    lambda store, seed: plan.got(store, plan.information(seed)), checks.information, SEEDS, ("criteria-3",)
)

WORTH = Subject(
    lambda store, seed: {side: tuple(map(store.get, pair)) for side, pair in plan.coarser(seed).items()},
    checks.worth,
    SEEDS,
    ("criteria-3",),
)


def _steps(dataset: str) -> Subject:
    return Subject(
        lambda store, seed: plan.got(store, plan.steps(dataset, seed)),
        lambda found: checks.steps(found, f"steps-sharpen-{dataset}"),
        SEEDS,
        ("criteria-4",),
    )


STEPS = {dataset: _steps(dataset) for dataset in plan.DATASETS}
ABSTRACT, DERIVED = "Abstract", "Abstract, re-derived here"
SHARP = "a sequential VAE makes samples sharper with a pixel-wise loss"

CLAIMS = (
    Claim("elbo-is-indifferent", DERIVED,
          "the ELBO does not reward informative codes where the decoder is flexible; an unregularised criterion does",
          TABLES),
    Claim("any-regulariser", DERIVED, "with a flexible decoder every member of the family recovers the data",
          MEMBERS),
    Claim("blur-is-overlap", DERIVED, "samples are blurred because posteriors overlap", BLUR),
    Claim("codes-are-ignored", ABSTRACT,
          "a strong decoder leaves codes uninformative under the ELBO, and another criterion makes them informative",
          INFORMATION),
    Claim("codes-say-what-they-are-worth", OUR_PLACE,
          "under the ELBO a code says the less, the better the decoder does without it", WORTH),
    Claim("steps-sharpen-mnist", ABSTRACT, f"{SHARP} (our adaptation, on MNIST)", STEPS["mnist"]),
    Claim("steps-sharpen-fashion-mnist", ABSTRACT, f"{SHARP} (our adaptation, on Fashion-MNIST)",
          STEPS["fashion-mnist"]),
)  # fmt: skip

SAYS = {claim.identity: claim.says for claim in CLAIMS} | {"draws-the-withheld": "a withheld digit is drawn"}
