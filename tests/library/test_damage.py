"""Damaged entries: never used, never lost, computed again."""

import os

import pytest
import torch
from made_up import flip

from vaelib import store_files
from vaelib.novelty.evaluation import Evaluated, evaluated
from vaelib.runs import Trained, weights_name

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("position", [0, 50, -3])
@pytest.mark.parametrize("file", ["run.json", weights_name(2)])
def test_a_flipped_byte_in_the_local_layer_is_set_aside_and_computed_again(store, smoke, counted, file, position):
    before = store.get(Trained(smoke))
    damaged = store.local / smoke.name / file
    flip(damaged, position)
    content = damaged.read_bytes()
    with pytest.warns(UserWarning, match="set aside"):
        after = store.get(Trained(smoke))
    assert len(counted) == 2
    assert before.history == after.history
    kept = list((store.local / "damaged").rglob(file))
    assert len(kept) == 1
    assert kept[0].read_bytes() == content


def test_a_torn_file_is_not_used(store, smoke, counted):
    store.get(Trained(smoke))
    file = store.local / smoke.name / weights_name(2)
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="set aside"):
        store.get(Trained(smoke))
    assert len(counted) == 2


def test_a_number_edited_by_hand_is_damage(store, smoke):
    store.get(evaluated(smoke))
    path = store.local / Evaluated(smoke, 2, 9).path
    before = path.read_text()
    path.write_text(before.replace('"digit": 9', '"digit": 8'))
    with pytest.warns(UserWarning, match="check-sum differs"):
        assert store.get(evaluated(smoke)).request.digit == 9


def test_one_damaged_evaluation_leaves_the_others_of_its_run_alone(store, smoke):
    sampled = store.get(evaluated(smoke, latent="sample"))
    store.get(evaluated(smoke))
    flip(store.local / Evaluated(smoke, 2, 9).path, 30)
    with pytest.warns(UserWarning, match="set aside"):
        store.get(evaluated(smoke))
    found = store.find(Evaluated(smoke, 2, 9, "sample"))
    assert found and torch.equal(store.get(evaluated(smoke, latent="sample")).bce_input, sampled.bce_input)


def test_a_run_in_anothers_folder_is_not_taken_for_it(store, smoke, counted):
    other = smoke.model_copy(update={"seed": 8})
    store.get(Trained(smoke))
    (store.local / smoke.name).rename(store.local / other.name)
    with pytest.warns(UserWarning, match="another result than its name says"):
        assert store.get(Trained(other)).experiment == other
    assert len(counted) == 2


def rewritten(path, change):
    """An entry whose content was changed by somebody who knows how to make its check-sum right."""
    content = store_files.load(path)
    change(content)
    path.write_text(store_files._text(content | {"sha256": store_files._digest(content)}))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("history"),
        lambda content: content.update(history=[{"epoch": 1}]),
        lambda content: content.update(history=3),
        lambda content: content.update(files=None),
        lambda content: content.update(files={}),
        lambda content: content.pop("experiment"),
    ],
    ids=["no history", "half a history", "a number for a history", "no files", "other files", "no experiment"],
)
def test_a_right_sum_over_a_wrong_content_is_damage(store, smoke, counted, change):
    store.get(Trained(smoke))
    rewritten(store.local / Trained(smoke, ()).path, change)
    with pytest.warns(UserWarning, match="set aside"):
        assert len(store.get(Trained(smoke)).history) == 2
    assert len(counted) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.pop("decoder.layers.0.bias"),
        lambda w: w.update({"decoder.layers.0.bias": w["decoder.layers.0.bias"].double()}),
        lambda w: w.update({"decoder.layers.0.bias": w["decoder.layers.0.bias"][:-1].clone()}),
    ],
    ids=["missing", "of another type", "shorter"],
)
def test_weights_of_another_architecture_are_damage(store, smoke, counted, change):
    run = store.get(Trained(smoke))
    change(run.weights[2])
    files = {weights_name(epoch): weights for epoch, weights in run.weights.items()}
    content = {k: v for k, v in store_files.load(store.local / Trained(smoke, ()).path).items() if k != "files"}
    store_files.save(store.local / Trained(smoke, ()).path, content, files)
    with pytest.warns(UserWarning, match="decoder.layers.0.bias are not of the architecture"):
        store.get(Trained(smoke))
    assert len(counted) == 2


@pytest.mark.parametrize(
    "name, change",
    [
        ("perplexity", lambda values: values[:-1].clone()),
        ("top_indices", lambda values: values.double()),
        ("outputs", lambda values: values[:, :-1].clone()),
    ],
)
def test_arrays_of_another_shape_or_type_are_damage(store, smoke, name, change):
    found = store.get(evaluated(smoke))
    path = store.local / Evaluated(smoke, 2, 9).path
    content = {key: value for key, value in store_files.load(path).items() if key != "files"}
    arrays = found.arrays() | {name: change(found.arrays()[name])}
    store_files.save(path, content, {path.with_suffix(".safetensors").name: arrays})
    with pytest.warns(UserWarning, match=f"its {name} is"):
        assert torch.equal(store.get(evaluated(smoke)).arrays()[name], found.arrays()[name])


def test_a_hundred_thousand_brackets_are_damage(store, smoke, counted):
    store.get(Trained(smoke))
    (store.local / Trained(smoke, ()).path).write_text("[" * 100_000)
    with pytest.warns(UserWarning, match="set aside"):
        store.get(Trained(smoke))
    assert len(counted) == 2


def test_what_is_no_regular_file_is_damage_and_not_waited_for(store, smoke, counted):
    store.get(Trained(smoke))
    path = store.local / Trained(smoke, ()).path
    path.unlink()
    os.mkfifo(path)
    with pytest.warns(UserWarning, match="no regular file"):
        store.get(Trained(smoke))
    assert len(counted) == 2
