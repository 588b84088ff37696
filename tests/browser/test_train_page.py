"""Training in Chromium: page and library take the same steps, and the page answers hand, keys and ears."""

import json

import numpy as np
import pytest
import torch
from visits import wait

from vaelib.closed_form import ClosedForm
from vaelib.models import VAE
from vaelib.novelty import experiments
from vaelib.objectives import Autograd, negative_elbo
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.training import Batches, train_epoch

pytestmark = pytest.mark.slow
PAGE = "book/train.html"
MINI = experiments.mini()
APART = 1e-9  # of weights and of nats, after the steps that are compared
READY = "vaelibTraining.page.training"
STEPS = READY + ".steps"
# a training with given weights and noise, all at once; numbers come and go as one text, which is faster than one by one
TRAINED = """(asked) => {
  const [images, pixels, hidden, latent, weights, noise] = JSON.parse(asked);
  const { Trainer, whole } = vaelibTraining;
  const found = new Trainer({ images: Float64Array.from(images), pixels, hidden, latent });
  const layers = [...found.encoder, ...found.decoder];
  layers.forEach((layer, i) => layer.matrix.set(weights[i]));
  const terms = noise.map((epsilon) => whole(found.step(Float64Array.from(epsilon))));
  return JSON.stringify({ terms, weights: layers.map((layer) => Array.from(layer.matrix)) });
}"""


@pytest.fixture
def opened(page, address):
    page.goto(f"{address}/{PAGE}")
    wait(page, READY)
    return page


def shown(page, name):
    return page.locator(f"#train [data-name={name}]").text_content()


def matrices(vae):
    """Each layer's weights, transposed, above its biases, as the page has them."""
    linear = [layer for layer in vae.modules() if isinstance(layer, torch.nn.Linear)]
    return [torch.cat([layer.weight.T, layer.bias[None]]).detach().flatten().tolist() for layer in linear]


class Given(Batches):
    """All rows in their order at each step, with noise that was drawn beforehand."""

    def __init__(self, noise):
        super().__init__(noise.shape[1], noise.shape[1], noise.shape[2:], torch.Generator())
        self.steps = iter(noise)

    def __iter__(self):
        yield torch.arange(len(self)), next(self.steps)


def by_the_library(vae, images, noise, objective):
    """The terms that each step met; the model is trained."""
    if objective == "autograd":
        made = Autograd(vae, images, noise.shape[2:], lambda vae, x, epsilon, step: negative_elbo(vae, x, epsilon))
    else:
        made = ClosedForm(vae, images, beta=1.0)
    optimizer = torch.optim.Adam(made.parameters, lr=MINI.learning_rate)
    batches = Given(noise)
    return [train_epoch(made, optimizer, batches, step) for step in range(len(noise))]


def assert_same(page, vae, images, noise, objective):
    hidden = [layer.out_features for layer in vae.encoder.modules() if isinstance(layer, torch.nn.Linear)][:-1]
    asked = [
        images.flatten().tolist(),
        images.shape[1],
        hidden,
        noise.shape[2],
        matrices(vae),
        noise.flatten(1).tolist(),
    ]
    found = json.loads(page.evaluate(TRAINED, json.dumps(asked)))
    before = matrices(vae)
    terms = by_the_library(vae, images, noise, objective)
    for ours, theirs in zip(found["terms"], terms, strict=True):
        assert ours == pytest.approx(theirs, abs=APART)
    after = matrices(vae)
    apart = [np.abs(np.subtract(ours, theirs)).max() for ours, theirs in zip(found["weights"], after, strict=True)]
    moved = [np.abs(np.subtract(was, now)).max() for was, now in zip(before, after, strict=True)]
    assert max(apart) < APART
    assert min(moved) > 1e-3


@pytest.mark.parametrize("objective", ["autograd", "closed form"])
def test_page_and_library_take_the_same_steps_on_mini_mnist(opened, objective):
    torch.set_default_dtype(torch.float64)
    try:
        vae = VAE(MINI.hidden, MINI.latent_dim)
        noise = torch.randn(4, 100, MINI.latent_dim)
        assert_same(opened, vae, MINI.inputs().double(), noise, objective)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("seed", range(4))
def test_page_and_library_take_the_same_steps_on_random_models(opened, seed):
    random = np.random.default_rng(seed)
    hidden = tuple(int(size) for size in random.integers(3, 20, size=seed % 4))
    images = torch.tensor(random.random((int(random.integers(1, 12)), 784)) * (random.random(784) < 0.5))
    torch.manual_seed(seed)
    vae = VAE(hidden, 1 + seed % 3).double()
    noise = torch.randn(30, len(images), 1 + seed % 3, dtype=torch.float64)
    assert_same(opened, vae, images, noise, "autograd")


def test_the_page_trains_on_the_hundred_images_of_mini_mnist(opened):
    pixels = json.loads(opened.evaluate(f"JSON.stringify(Array.from({READY}.trainer.images))"))
    assert np.allclose(pixels, MINI.inputs().flatten(), rtol=0, atol=1e-7)  # the library divides in single precision


def test_fresh_weights_are_pytorchs_in_distribution_and_noise_is_standard_normal(opened):
    weights = opened.evaluate(
        """() => {
          const { encoder, decoder } = vaelibTraining.page.training.trainer;
          const scaled = ({ matrix, inputs }) => Array.from(matrix, (w) => w * Math.sqrt(inputs));
          return JSON.stringify([...encoder, ...decoder].map(scaled));
        }"""
    )
    weights = json.loads(weights)
    values = np.concatenate(weights)
    assert all(0.9 < np.abs(layer).max() <= 1 for layer in weights)
    assert np.histogram(values, 20, (-1, 1))[0] / len(values) == pytest.approx(1 / 20, abs=1e-3)
    noise = np.array(
        json.loads(opened.evaluate("JSON.stringify(Array.from(new vaelibTraining.Random(3).normals(200000)))"))
    )
    exact = torch.distributions.Normal(0, 1).cdf(torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])).numpy()
    assert [(noise < edge).mean() for edge in (-2, -1, 0, 1, 2)] == pytest.approx(exact, abs=5e-3)
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 0.01
    assert np.abs(noise).max() > 4


def test_it_waits_for_the_reader_steps_once_a_press_and_says_so(opened):
    opened.wait_for_timeout(200)
    assert opened.evaluate(STEPS) == 0
    opened.locator("#train [data-name=step]").focus()
    for steps in (1, 2):
        opened.keyboard.press("Enter")
        wait(opened, f"{STEPS} === {steps}")
    terms = opened.evaluate(f"Object.values({READY}.course).map((values) => values.at(-1))")
    assert shown(opened, "distortion") == f"{terms[0]:.1f}"
    assert shown(opened, "rate") == f"{terms[1]:.2f}"
    assert shown(opened, "sum") == f"{sum(terms):.1f}"
    assert shown(opened, "spoken").startswith(f"Step 2: distortion {terms[0]:.1f}, rate {terms[1]:.2f}")


def test_the_numbers_of_the_clouds_are_theorem_1s(opened):
    opened.get_by_label("Architecture h").select_option("100 50")
    opened.evaluate(f"{READY}.until(12)")
    wait(opened, f"{STEPS} === 12")
    means, stds = opened.evaluate(f"Object.values({READY}.trainer.posteriors()).map((values) => Array.from(values))")
    means, log_stds = (torch.tensor(values, dtype=torch.float64).view(-1, 2) for values in (means, stds))
    optimal = OptimalDecoder(means, log_stds, MINI.inputs())
    side = (2 * torch.arange(100, dtype=torch.float64) + 1) / 20 - 5
    owned = (optimal.top(torch.cartesian_prod(side, side), 1)[0] > 0.99).double().mean().item()
    assert shown(opened, "std") == f"{log_stds.exp().median().item():.3f}"
    assert (
        abs(
            opened.evaluate("Number(document.querySelector('[data-name=owned]').textContent.slice(0, -1))") / 100
            - owned
        )
        < 0.006
    )


def test_play_pause_and_reset_and_a_seed_gives_the_same_training_again(opened):
    opened.get_by_label("Architecture h").select_option("100 50")
    courses = []
    for seed in ("4", "5", "4"):
        opened.get_by_label("Seed").fill(seed)
        opened.get_by_label("Seed").press("Enter")
        assert opened.evaluate(STEPS) == 0
        opened.get_by_role("button", name="Play").click()
        wait(opened, f"{STEPS} >= 4")
        opened.get_by_role("button", name="Pause").click()
        wait(opened, f"!{READY}.running")
        rested = opened.evaluate(STEPS)
        opened.wait_for_timeout(100)
        assert opened.evaluate(STEPS) == rested
        courses.append(opened.evaluate(f"{READY}.course.distortion.slice(0, 4)"))
        opened.get_by_role("button", name="Reset").click()
        assert opened.evaluate(STEPS) == 0
        assert shown(opened, "distortion") == "–"
    assert courses[0] == courses[2] != courses[1]
    assert courses[0][3] < courses[0][0]


def test_a_slow_speed_is_kept(opened):
    opened.get_by_label("Architecture h").select_option("100 50")
    opened.get_by_label("Speed").select_option("1")
    opened.get_by_role("button", name="Play").click()
    wait(opened, f"{STEPS} >= 1")
    opened.wait_for_timeout(300)
    assert opened.evaluate(STEPS) <= 2
    opened.get_by_label("Speed").select_option("")
    wait(opened, f"{STEPS} >= 6")


def test_it_ends_after_a_thousand_steps_in_cells(opened):
    opened.get_by_label("Architecture h").select_option("100 50")
    opened.evaluate("""() => {
      const { page, whole } = vaelibTraining;
      const { training } = page;
      for (let step = 1; step < 1000; step++) {
        training.finish(whole(training.trainer.step(training.random.normals(200))));
      }
    }""")
    opened.get_by_role("button", name="Play").click()
    wait(opened, f"{STEPS} === 1000 && !{READY}.running")
    assert opened.get_by_role("button", name="Play").is_disabled()
    assert float(shown(opened, "std")) < 0.2
    assert int(shown(opened, "owned")[:-1]) > 50
    rate = opened.evaluate(f"{READY}.course.rate")
    assert rate[-1] > 5
    assert shown(opened, "spoken").startswith("Step 1,000:")


def test_where_motion_is_unwelcome_the_picture_changes_at_milestones_alone(opened):
    opened.emulate_media(reduced_motion="reduce")
    opened.get_by_label("Architecture h").select_option("100 50")
    plane = (
        "document.querySelector('#train [data-name=distortion-chart] .ours').getAttribute('points').split(' ').length"
    )
    opened.evaluate(f"{READY}.until(14)")
    seen = set()
    while opened.evaluate(f"{READY}.running"):
        seen.add(opened.evaluate(plane))
        opened.wait_for_timeout(20)
    assert seen <= {0, 1, 10, 14}
    assert opened.evaluate(plane) == 14


def test_it_works_from_a_file_and_asks_nobody(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / PAGE).as_uri())
    wait(page, READY)
    page.get_by_role("button", name="Step").click()
    wait(page, f"{STEPS} === 1")
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
