"""The teaching pages' files: what is written is the library's own run and the notebook's four images."""

import json

import numpy as np
import pytest
import torch
from handed import array, content

from vaelib.novelty import experiments, nine, teaching
from vaelib.objectives import bernoulli_distortion, gaussian_rate
from vaelib.runs import Trained
from vaelib.store import Store

MINI = experiments.mini()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(local=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def folder(store, tmp_path_factory):
    target = tmp_path_factory.mktemp("teaching") / "data"
    teaching.write(target, store)
    return target


@pytest.mark.slow
def test_the_course_is_the_runs_and_the_page_says_how_it_goes(folder, store):
    course, run = content(folder, "course"), store.get(Trained(MINI))
    distortion, rate = (array(course[term]) for term in ("distortion", "rate"))
    assert np.allclose(distortion, [row["train"]["distortion"] for row in run.history])
    assert np.allclose(rate, [row["train"]["rate"] for row in run.history])
    assert rate[:20].max() > 1 > 0.5 > rate[19:35].min()  # a jump at the start, then next to nothing
    assert distortion[29] < distortion[0] / 2
    blocks = [values[100:].reshape(9, 100).mean(1) for values in (distortion, rate)]
    assert (np.diff(blocks[0]) < 0).all() and (np.diff(blocks[1]) > 0).all()
    images = MINI.inputs()
    mean = images.mean(0).clamp(1e-6, 1 - 1e-6)
    least = bernoulli_distortion(torch.logit(mean).expand(100, -1), images).mean().item()
    assert abs(distortion[24:34].mean() - least) < 12  # the picture of them all


@pytest.mark.slow
def test_the_pictures_are_there(folder):
    for name in ("four.png", "train.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
        assert (folder / name).stat().st_size > 30_000
    for name in ("vae.svg", "asked.svg"):
        drawn = (folder / name).read_text()
        assert "<svg" in drawn and "<script" not in drawn
        assert len(drawn) < 150_000


def test_the_image_is_followed_through_the_vae_as_the_loss_has_it():
    way, store = teaching.passage(Store()), Store()
    experiment = experiments.figure(1).shallow_seen
    vae = store.get(Trained(experiment, (experiment.epochs,))).model()
    x = nine.image()
    mean, log_std = vae.encode(x)
    assert way.rate == pytest.approx(gaussian_rate(mean, log_std).item(), rel=1e-5)
    assert torch.equal(way.x, x[0])
    logits = vae.decoder(way.codes[:1])
    assert way.distortion == pytest.approx(bernoulli_distortion(logits, x).item(), rel=1e-5)
    assert torch.allclose(way.output, logits.sigmoid()[0], atol=1e-6)
    rates = gaussian_rate(mean[0, :, None], log_std[0, :, None])
    assert rates[list(way.dimensions)].min() >= rates.sort().values[-2]
    spread = (way.codes - way.mean) / way.std
    assert spread.std().item() == pytest.approx(1, abs=0.02)


def test_the_theorem_answers_the_drawn_nine_with_what_both_encoders_put_there():
    answers = nine.answers(Store())
    assert [answer.experiment.depth for answer in answers] == [1, 3]
    for answer in answers:
        assert answer.experiment.held_out == 9 and torch.equal(answer.input, nine.image()[0])
        assert answer.weights[0] > 0.9 and answer.weights[:3].sum() > 0.99  # as the caption says
        assert 9 not in answer.classes


def test_the_four_images_are_those_of_the_notebook_by_hand(project):
    notebook = json.loads((project / "notebooks" / "by_hand.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names = {}
    exec(next(source for source in sources if "means =" in source), names)
    four = teaching.Four()
    assert (names["means"], names["stds"], names["z"]) == (list(four.means), list(four.stds), four.z)
    assert names["images"].tolist() == [list(image) for image in four.images]


def test_a_wide_cloud_owns_what_is_far():
    weights = teaching.Four(stds=(1.0, 0.5, 1.0, 3.0)).optimal().weights(torch.tensor([[-6.0]]))[0]
    assert weights[3] > 0.9
