"""The exercises: every number got another way than the library's, every derivation held against the library."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from vaelib import data
from vaelib.information import code_terms
from vaelib.models import VAE
from vaelib.novelty import exercises, experiments
from vaelib.novelty.evaluation import evaluated
from vaelib.objectives import cross_entropy, pixel_entropy, squared_error
from vaelib.optimal_decoder import OptimalDecoder
from vaelib.store import Store

PAGE = (Path(__file__).resolve().parents[2] / "book" / "exercises.md").read_text(encoding="utf-8")
POSED = dict(re.findall(r"```\{answer\} ([\w-]+)\n(.*?)```", PAGE, re.S))


@pytest.fixture(scope="module")
def numbers():
    return exercises.exercises(Store(train=False))


def densities(given, z):
    return [stats.norm.pdf(z, given[f"m{i}"], given[f"s{i}"]) for i in (1, 2)]


def test_the_page_poses_every_number_and_answers_every_mistake(numbers):
    assert list(POSED) == list(numbers)
    for name, posed in POSED.items():
        told = [line.split(": ")[0] for line in posed.splitlines() if line and not line.startswith(":")]
        assert told == list(numbers[name].mistakes), name


def test_the_page_has_twenty_in_three_levels():
    titles = re.findall(r"^### (\d+)\. ", PAGE, re.M)
    assert titles == [str(n) for n in range(1, 21)]
    assert len(re.findall(r"^## Level \d", PAGE, re.M)) == 3
    kinds = [len(re.findall(rf"^\*{kind}, from {{doc}}", PAGE, re.M)) for kind in ("A number", "A derivation", "Code")]
    assert kinds == [10, 6, 4]
    assert PAGE.count("{dropdown} Solution") == 20


def test_no_mistake_counts_as_right_and_none_is_taken_for_another(numbers):
    for name, (answer, tolerance, _, mistakes, _) in numbers.items():
        values = sorted([answer, *mistakes.values()])
        assert min(np.diff(values)) > 2 * tolerance, name


def test_it_is_written_as_the_page_reads_it(numbers, tmp_path):
    written = json.loads(exercises.write(tmp_path, Store(train=False)).read_text())
    assert {name: exercises.Exercise(**fields) for name, fields in written.items()} == numbers


def test_the_weight_is_the_share_of_the_densities(numbers):
    found = numbers["weight"]
    first, second = densities(found.given, found.given["z"])
    assert found.answer == pytest.approx(first / (first + second)) == pytest.approx(2 / 3)


def test_the_rate_is_the_integral(numbers):
    found = numbers["rate"]
    q, p = stats.norm(found.given["m1"], found.given["s1"]), stats.norm()
    integral, _ = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -8, 8)
    assert (found.given["m2"], found.given["s2"]) == (0, 1)  # the second dimension is the prior's
    assert found.answer == pytest.approx(integral)


def test_the_perplexity_is_that_of_the_weights(numbers):
    found = numbers["perplexity"]
    assert found.answer == pytest.approx(math.exp(stats.entropy(list(found.given.values())))) == pytest.approx(2**1.5)


def test_a_grey_picture_costs_its_entropy(numbers):
    found = numbers["grey"]
    assert found.answer == pytest.approx(784 * stats.bernoulli(0.5).entropy(), rel=1e-6)


def test_at_the_borders_both_clouds_are_equally_high(numbers):
    found = numbers["border"]
    for z in (found.answer, found.others["behind"]):
        assert np.subtract(*densities(found.given, z)) == pytest.approx(0, abs=1e-9)
    roots = sorted(np.roots([1.5, -12, 18 - math.log(2)]))  # the equation of the solution
    assert roots == pytest.approx([found.answer, found.others["behind"]])
    assert found.given == {"m1": 0, "s1": 1, "m2": 3, "s2": 0.5}  # which it is written for
    first, second = densities(found.given, found.others["behind"] + 1)
    assert first > second


def test_a_code_that_two_share_tells_which_pair(numbers):
    assert numbers["information"].answer == pytest.approx(math.log(100) - math.log(2))


def test_the_decoders_parameters_are_those_of_the_model(numbers):
    found = numbers["parameters"]
    for hidden, expected in (((400, 200, 100), found.answer), ((400,), found.others["shallow"])):
        decoder = VAE(hidden, 50).decoder
        assert sum(parameter.numel() for parameter in decoder.parameters()) == expected
    last = [layer for layer in VAE((400, 200, 100), 50).decoder.layers if hasattr(layer, "weight")][-1]
    share = sum(parameter.numel() for parameter in last.parameters()) / found.answer
    assert share == pytest.approx(0.75, abs=0.01)  # "three quarters"


def test_the_verdict_is_turned_by_the_entropies(numbers):
    found = numbers["verdict"]
    of = evaluated(experiments.figure(1).deep_unseen, epoch=50, digit=9)
    kept = Store(train=False).get(of)
    place = int(found.others["place"])
    assert kept.bce_input[place] < kept.bce_average[place]
    assert kept.kl_input[place] > kept.kl_average[place]
    assert (kept.kl_input - kept.kl_average)[place].item() == pytest.approx(found.answer, abs=0.15)
    image = data.partition("mnist/test-9").images[place].double().numpy()
    assert stats.bernoulli(image).entropy().sum() == pytest.approx(found.given["entropy-input"], abs=0.06)


def test_another_seed_moves_the_share_more_than_other_test_images_do(numbers):
    found = numbers["share"]
    assert found.answer == pytest.approx(100 * stats.binom(1009, found.given["percent"] / 100).std() / 1009)
    shares = [found.others[f"seed-{seed}"] for seed in range(3)]
    assert found.others["spread"] == pytest.approx(100 * np.std(shares, ddof=1))
    assert found.others["spread"] > 2 * found.answer


def test_the_noise_is_that_of_the_odds(numbers):
    found = numbers["denoiser"]
    assert found.answer == pytest.approx(math.sqrt(50 / math.log(99)))
    assert 3 < found.answer < 3.5  # "three times as loud"


@pytest.fixture
def random():
    """Clouds in three dimensions, images, an output, and Theorem 1's answers at a code."""
    generator = np.random.default_rng(1)
    means, stds = generator.normal(size=(6, 3)), generator.uniform(0.5, 1.5, size=(6, 3))
    images, output = torch.tensor(generator.uniform(0.05, 0.95, size=(6, 8))), torch.tensor(generator.uniform(size=8))
    optimal = OptimalDecoder(torch.tensor(means), torch.tensor(stds).log(), images)
    z = torch.tensor(generator.normal(size=(1, 3)))
    return optimal, z, optimal.weights(z)[0], images, output


def test_5_a_picture_is_its_own_best_answer(random):
    *_, images, output = random
    for image in images:
        least = pixel_entropy(image)
        assert cross_entropy(image, image).item() == pytest.approx(least.item())
        assert cross_entropy(image, output) > least
        found = optimize.minimize_scalar(
            lambda p, x=image[:1]: cross_entropy(x, torch.tensor([p])).item(), bounds=(0.01, 0.99), method="bounded"
        )
        assert found.x == pytest.approx(image[0].item(), abs=1e-4)


def test_11_squares_split_into_a_variance_and_what_the_output_adds(random):
    optimal, z, weights, images, output = random
    mu = optimal(z)[0]
    cost = weights @ squared_error(output, images)
    assert cost.item() == pytest.approx((weights @ squared_error(mu, images) + squared_error(output, mu)).item())


def test_12_the_cost_of_an_output_is_the_averages_entropy_and_a_divergence(random):
    optimal, z, weights, images, output = random
    mu = optimal(z)[0]
    cost = weights @ cross_entropy(images, output.expand_as(images))
    divergence = (mu * (mu / output).log() + (1 - mu) * ((1 - mu) / (1 - output)).log()).sum()
    assert cost.item() == pytest.approx((pixel_entropy(mu) + divergence).item(), rel=1e-6)


def test_17_the_rate_is_information_and_what_the_aggregate_differs_from_the_prior():
    clouds = ((-1.0, 0.5), (0.3, 0.8), (2.0, 0.3))
    optimal = exercises.line(*clouds)
    points = torch.linspace(-8, 8, 4001, dtype=torch.float64)[:, None]
    summary = optimal.summary(points, 1)
    terms = []
    for place, cloud in enumerate(clouds):
        rows = torch.full((len(points),), place)
        density = stats.norm(*cloud).pdf(points.numpy()[:, 0])
        found = code_terms(optimal, rows, points, summary)
        terms.append([integrate.simpson(density * values.numpy(), x=points.numpy()[:, 0]) for values in found.values()])
    rate, mutual_information, marginal_kl = np.mean(terms, axis=0)
    assert rate == pytest.approx(mutual_information + marginal_kl, abs=1e-6)
    aggregate = summary.log_density.numpy()
    by_definition = [
        integrate.simpson(q.pdf(x) * (q.logpdf(x) - aggregate), x=x)
        for q in (stats.norm(*cloud) for cloud in clouds)
        for x in (points.numpy()[:, 0],)
    ]
    assert mutual_information == pytest.approx(np.mean(by_definition), abs=1e-6)
    assert mutual_information < math.log(len(clouds))


def test_18_far_out_the_widest_cloud_owns_the_codes():
    optimal = exercises.line((3.0, 1.0), (-5.0, 2.0), (4.0, 0.2), (-4.0, 2.0))
    assert optimal.weights(exercises.code(500.0))[0].argmax() == 3  # widest, and the largest mean among those
    assert optimal.weights(exercises.code(-500.0))[0].argmax() == 1
    assert optimal.weights(exercises.code(500.0))[0].amax() > 0.999
    stds = torch.tensor([[1.0, 3.0], [2.0, 0.5], [1.5, 1.5]], dtype=torch.float64)
    for direction in ((1.0, 0.1), (0.1, 1.0), (1.0, 1.0)):
        u = torch.tensor([direction], dtype=torch.float64)
        wide = OptimalDecoder(torch.zeros(3, 2, dtype=torch.float64), stds.log(), torch.eye(3, dtype=torch.float64))
        assert wide.weights(1000 * u)[0].argmax() == (u**2 / stds**2).sum(1).argmin()


def test_19_the_averages_slope_is_a_covariance(random):
    optimal, z, weights, images, _ = random
    step = 1e-5
    for d in range(3):
        aside = torch.zeros_like(z)
        aside[0, d] = step
        slope = ((optimal(z + aside) - optimal(z - aside)) / (2 * step))[0]
        a = (optimal.means[:, d] - z[0, d]) / (2 * optimal.log_stds[:, d]).exp()
        told = (weights * (a - weights @ a)) @ images
        assert torch.allclose(slope, told, atol=1e-7)


def test_19_between_two_images_the_slope_goes_as_one_over_the_square_of_the_width():
    s = 0.7
    optimal = exercises.line((-1.0, s), (1.0, s), images=torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=torch.float64))
    step = 1e-5
    slope = (optimal(exercises.code(step)) - optimal(exercises.code(-step)))[0] / (2 * step)
    assert slope[0].item() == pytest.approx(-2 / (4 * s**2), rel=1e-6)
    assert optimal(exercises.code(30.0))[0].tolist() == pytest.approx([0, 0], abs=1e-9)
