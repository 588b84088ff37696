"""What a code says when the decoder could do without it: information, a linear probe, likelihood."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaelib import data
from vaelib.codes import drawn_codes
from vaelib.criteria.experiments import Made, binary
from vaelib.criteria.made import MadeVAE, negative_log_likelihood
from vaelib.criteria.theorem import told_by_codes
from vaelib.information import optimal_decoder, rounded

SAMPLES = 2000  # codes z ~ q(z) behind information and MMD
TESTED, IMPORTANCE = 500, 100  # test images behind the likelihood, and samples of q(z|x) for each
DRAWN = 24  # images drawn from the prior, kept as pictures
STEPS = 200  # of the probe's training


def probe(
    z: Float[Tensor, "n d"], labels: Int[Tensor, "n"], test_z: Float[Tensor, "m d"], test_labels: Int[Tensor, "m"]
) -> float:
    """Share of test codes whose class a linear classifier (logistic regression) of the codes names.

    The codes are samples z ~ q(z|x): their means would tell the class of an image at whatever scale, below the noise.
    """
    mean, std = z.mean(0), z.std(0) + 1e-6
    x, test_x = (z - mean) / std, (test_z - mean) / std
    with torch.enable_grad():
        classifier = torch.nn.Linear(z.shape[1], data.CLASSES)
        torch.nn.init.zeros_(classifier.weight)
        torch.nn.init.zeros_(classifier.bias)
        optimizer = torch.optim.LBFGS(classifier.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

        def closure():
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(classifier(x), labels)
            loss.backward()
            return loss

        optimizer.step(closure)
    return (classifier(test_x).argmax(1) == test_labels).double().mean().item()


@torch.no_grad()
def measure(experiment: Made, model: MadeVAE) -> tuple[dict[str, float], Float[Tensor, "s 784"]]:
    """Numbers of one run, and images drawn from the prior.

    - What codes tell (``told_by_codes``).
    - ``probe``: share of test images whose digit a linear classifier names from a code z ~ q(z|x).
    - ``nll``: −log p(x) of test images by importance sampling, ``nll_se`` its standard error; nats per image.
    """
    random = torch.Generator().manual_seed(experiment.seed)
    train, test = experiment.train(), data.partition(f"{experiment.dataset}/test")
    optimal = optimal_decoder(model, experiment.inputs())
    _, _, told = told_by_codes(optimal, experiment.seed, SAMPLES)
    unseen = binary(test.images, experiment.side)
    of_train, of_test = (drawn_codes(*q, random) for q in ((optimal.means, optimal.log_stds), model.encode(unseen)))
    nll = negative_log_likelihood(model, unseen[:TESTED], IMPORTANCE, random)
    drawn = model.decoder.sample(torch.randn(DRAWN, experiment.latent_dim, generator=random), random)
    values = told | {
        "probe": probe(of_train, train.labels, of_test, test.labels),
        "nll": nll.mean(),
        "nll_se": nll.std() / len(nll) ** 0.5,
    }
    return {name: rounded(value) for name, value in values.items()}, drawn
