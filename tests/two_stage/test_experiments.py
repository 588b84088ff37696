"""Both stages as experiments: what is trained and what is not, and what a training ends with."""

import math
from contextlib import nullcontext

import pytest
import torch

from vaelib import manifolds
from vaelib.errors import NotPublished
from vaelib.kinds import Experiment
from vaelib.runs import Trained
from vaelib.store import Store
from vaelib.training import fit
from vaelib.two_stage import checks, collapse, protocol
from vaelib.two_stage.collapse import StageCollapsed, signs_of_collapse
from vaelib.two_stage.experiments import GaussianExperiment, ManifoldExperiment, SecondExperiment
from vaelib.two_stage.measured import Measured
from vaelib.two_stage.models import SecondVAE
from vaelib.two_stage.stage import active, at_the_end, by_epoch, responses

SMALL = {"points": 1000, "learning_rate": 1e-2, "halve_every": 40, "epochs": 200, "snapshots": (200,)}


@pytest.fixture(scope="module")
def on_manifolds():
    """VAEs with learned γ on manifolds of two dimensions and of three, small."""
    found = {}
    for r in (2, 3):
        experiment = ManifoldExperiment(dimension=r, **SMALL)
        run, x = fit(experiment, progress=False), experiment.inputs()
        with torch.no_grad():
            values = at_the_end(run.model(), x) | by_epoch(run.history, x.shape[1])
            values["responses"] = responses(run.model(), x[:32]).tolist()
        found[r] = Measured(experiment, values | {"variances": values["variances"].tolist()})
    return found


def test_as_many_dimensions_are_active_as_the_manifold_has(on_manifolds):
    assert {r: active(found) for r, found in on_manifolds.items()} == {2: 2, 3: 3}


def test_a_learned_variance_ends_at_the_mean_squared_error():
    """Of points with noise of σ = 0.3, below which no error falls, so that γ settles in a short training."""
    experiment = ManifoldExperiment(dimension=2, **SMALL | {"halve_every": 30, "epochs": 150, "snapshots": (150,)})
    noise = 0.3 * torch.randn(1000, 20, generator=torch.Generator().manual_seed(3))
    x = experiment.inputs() + noise
    run = fit(experiment, x, progress=False)
    with torch.no_grad():
        found = Measured(experiment, at_the_end(run.model(), x) | by_epoch(run.history, x.shape[1]))
    assert found["log_gamma"][-1] < -2
    assert checks.identity(found) < checks.IDENTITY


def test_a_learned_variance_of_a_linear_vae_ends_at_the_mean_of_the_eigenvalues_that_are_not_kept():
    """The closed form of probabilistic PCA (Tipping & Bishop 1999), for noise of σ = 0.3 around a plane."""
    noise = 0.3 * torch.randn(1000, 20, generator=torch.Generator().manual_seed(3))
    x = manifolds.flat([3.0, 2.0], 20, 1000, seed=0) + noise
    linear = {"hidden": (), "latent_dim": 2, "dimension": 2, "points": 1000}
    schedule = {"learning_rate": 1e-2, "halve_every": 40, "epochs": 240, "snapshots": (240,)}
    found = fit(ManifoldExperiment(**linear, **schedule), x, progress=False).history[-1]["log_gamma"]
    expected = torch.linalg.eigvalsh(x.T @ x / len(x))[:-2].mean()
    assert math.exp(found) == pytest.approx(expected.item(), rel=0.02)


def test_the_learning_rate_is_halved_on_its_way():
    experiment = ManifoldExperiment(dimension=2, learning_rate=0.8, halve_every=2, epochs=5, snapshots=(5,))
    assert [experiment.rate_in(epoch) for epoch in range(1, 6)] == [0.8, 0.8, 0.4, 0.4, 0.2]
    assert experiment.model_copy(update={"halve_every": 0}).rate_in(5) == 0.8
    still = experiment.model_copy(update={"learning_rate": 1e-30, "points": 300})
    moved = still.model_copy(update={"learning_rate": 1e-2})
    first, last = (fit(one, progress=False).history[-1]["log_gamma"] for one in (still, moved))
    assert first == pytest.approx(0, abs=1e-6) and last < -0.01


def test_the_decoder_blocks_the_superfluous_dimensions(on_manifolds):
    assert all(checks.blocked(found) < checks.BLOCKED for found in on_manifolds.values())


def test_a_given_variance_stays():
    experiment = ManifoldExperiment(dimension=2, gamma=0.03, points=300, epochs=2, snapshots=(2,))
    history = fit(experiment, progress=False).history
    assert [row["log_gamma"] for row in history] == pytest.approx([math.log(0.03)] * 2)


def test_a_given_variance_comes_in_from_one():
    """At first as if γ were 1, half way at its root, from then on itself."""
    experiment = ManifoldExperiment(dimension=2, gamma=0.04, come_in=4, points=256, epochs=8, snapshots=(8,))
    model, x = experiment.architecture(), experiment.inputs()
    objective, rows = experiment.objective(model, x), torch.arange(256)
    found = [objective(rows, torch.zeros(256, 10), step) for step in (0, 4, 8, 100)]  # two steps an epoch
    for terms, gamma in zip(found, (1, 0.2, 0.04, 0.04), strict=True):
        expected = terms["squared_error"] / (2 * gamma) + 256 * 10 * math.log(2 * math.pi * gamma)
        torch.testing.assert_close(terms["distortion"], expected)


def codes(count=2000, dimensions=2, seed=0):
    """Codes with small posteriors, whose distribution is far from normal: means on a ring."""
    angle = torch.rand(count, generator=torch.Generator().manual_seed(seed)) * 2 * math.pi
    mean = 1.4 * torch.stack([angle.cos(), angle.sin()], dim=1)
    return torch.cat([mean, torch.full((count, dimensions), math.log(0.05))], dim=1)


def second(epochs=40, **fields):
    first = GaussianExperiment(data="mnist/train", hidden=(8,), latent_dim=2, epochs=1, snapshots=(1,))
    fields = {"hidden": (64, 64), "learning_rate": 5e-3, "epochs": epochs, "snapshots": (epochs,)} | fields
    return SecondExperiment(first_stage=first, **fields)


def test_a_second_stage_learns_the_codes_and_draws_them():
    run = fit(second(150, warm_up=30, halve_every=50), codes(), progress=False)
    assert run.history[-1]["log_gamma"] < -1.5
    drawn = run.model().draw(500, torch.Generator().manual_seed(1)).norm(dim=1)
    assert 1.25 < drawn.median() < 1.55  # on the ring, where N(0, I) has its median at 1.18 and a tenth below 0.46
    assert drawn.quantile(0.1) > 0.9


def test_codes_are_drawn_anew_at_every_step_from_what_the_first_stage_says():
    """The first half of a row's noise is the code's own: without it the second stage would see means alone."""
    experiment, model = second(), SecondVAE((8,), 2)
    wide = codes()
    wide[:, 2:] = 3.0
    objective = experiment.objective(model, wide)
    assert objective.noise == (4,)
    rows, noise = torch.arange(50), torch.randn(50, 4)
    quiet = torch.cat([torch.zeros(50, 2), noise[:, 2:]], dim=1)
    assert objective(rows, noise, 0)["squared_error"] > 10 * objective(rows, quiet, 0)["squared_error"]


def test_the_decoder_of_the_second_stage_sees_u_beside_its_hidden_layers():
    model = SecondVAE((8,), 3)
    for layer in (model.decoder.layers, model.encoder.layers):
        torch.nn.init.zeros_(layer.layers[0][0].weight)
        torch.nn.init.zeros_(layer.layers[0][0].bias)
    u = torch.randn(5, 3)
    assert model.decoder(u).std(0).min() > 1e-3  # through the concatenation alone
    assert model.encoder(u)[0].std(0).min() > 1e-3


def test_a_collapsed_second_stage_is_an_error_and_is_not_stored(tmp_path, monkeypatch):
    """Here it is made to: at a vanishing learning rate u stays unused."""
    experiment = second(epochs=2, learning_rate=1e-8)
    monkeypatch.setattr(SecondExperiment, "inputs", lambda self, store=None: codes())
    monkeypatch.setattr(SecondExperiment, "needs", lambda self: ())
    store = Store(recompute=True, local=tmp_path, progress=False)
    with pytest.raises(StageCollapsed, match="at least 1 nat and .* found 0.*It is not stored. Set warm_up"):
        store.get(Trained(experiment))
    assert not list(tmp_path.rglob("run.json")) and not list(tmp_path.rglob("weights-*"))


def test_signs_of_collapse_are_those_of_a_stage_that_is_all_noise_or_none():
    model = SecondVAE((8,), 2)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    found = signs_of_collapse(model, codes())
    assert found["rate"] == 0  # q(u|z) is the prior
    assert found["noise"] == pytest.approx(1, abs=0.02)  # γ_z = 1, and codes on this ring have variance 0.98
    model.decoder.log_variance.data.fill_(math.log(0.01))
    assert signs_of_collapse(model, codes())["noise"] == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("rate", "noise", "refused"), [(5.0, 0.3, False), (0.9, 0.3, True), (5.0, 0.95, True), (float("nan"), 0.3, True)]
)
def test_one_sign_of_collapse_is_enough(monkeypatch, rate, noise, refused):
    monkeypatch.setattr(collapse, "signs_of_collapse", lambda model, inputs: {"rate": rate, "noise": noise})
    with pytest.raises(StageCollapsed) if refused else nullcontext():
        collapse.refuse_a_collapse("a stage", SecondVAE((8,), 2), codes())


def test_the_weight_of_the_rate_rises_in_a_warm_up():
    experiment, model = second(warm_up=10), SecondVAE((8,), 2)
    objective = experiment.objective(model, codes(1280))
    rows, noise = torch.arange(50), torch.randn(50, 4)

    def gradient(step):
        objective(rows, noise, step)
        return model.encoder.layers.last.bias.grad.clone()

    none, half, whole, later = (gradient(step) for step in (0, 50, 100, 500))
    torch.testing.assert_close(half, (none + whole) / 2)
    assert torch.equal(whole, later) and not torch.equal(none, whole)


def test_a_second_stage_without_its_first_is_refused():
    with pytest.raises(NotPublished, match="give `fit` the store"):
        fit(second())
    with pytest.raises(ValueError, match="warm_up must be below the epochs"):
        second(epochs=5, warm_up=5)


def test_the_first_stage_stays_as_it_is(tmp_path):
    m = protocol.models(latent_dim=4, epochs=1, second_epochs=1, first=256)
    store = Store(recompute=True, local=tmp_path, progress=False)
    before = store.get(Trained(m.learned)).model().state_dict()
    inputs = m.second.inputs(store)
    assert inputs.shape == (256, 8) and not inputs.requires_grad
    objective = m.second.objective(m.second.architecture(), inputs)
    assert sum(p.numel() for p in objective.parameters) == sum(p.numel() for p in m.second.architecture().parameters())
    after = store.get(Trained(m.learned)).model().state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_kinds_are_told_apart_by_their_tags_and_no_name_of_the_main_book_changes():
    m = protocol.models()
    assert type(m.cross_entropy) is Experiment and "kind" not in m.cross_entropy.model_dump()
    names = [one.name for one in m]
    assert len(set(names)) == 4
    assert names[1].startswith("mnist.train.h-400-200.z-32.gaussian.gamma-1.seed-0.")
    assert names[3].startswith("mnist.train.h-400-200.z-32.gaussian.second-stage.seed-0.")
    for one in m:
        assert type(one)(**one.model_dump(mode="json")).key == one.key
