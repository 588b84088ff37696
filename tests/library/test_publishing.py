"""What is published: used first, never written by a computation, changed as a whole or not at all."""

import errno
from pathlib import Path

import pytest
import torch
from made_up import flip

from vaelib.errors import FileIsDamaged, NotPublished
from vaelib.novelty.evaluation import Evaluated, evaluated
from vaelib.runs import Trained, weights_name
from vaelib.store import Store

pytestmark = pytest.mark.slow


def test_published_results_are_used_and_never_written(store, smoke, counted):
    store.get(evaluated(smoke))
    store.publish([Trained(smoke, ()), Evaluated(smoke, 2, 9)])
    fresh = Store(local=store.local.with_name("empty"), published=store.published, train=False)
    before = {path: path.read_bytes() for path in store.published.glob("*/*")}
    assert fresh.get(evaluated(smoke)).request.digit == 9
    assert fresh.get(Trained(smoke, ())).history[0]["epoch"] == 1
    assert len(counted) == 1
    flip(store.published / Evaluated(smoke, 2, 9).path, 30)
    damaged = (store.published / Evaluated(smoke, 2, 9).path).read_bytes()
    with pytest.warns(UserWarning, match="published result is not used"), pytest.raises(NotPublished):
        fresh.get(evaluated(smoke))
    before[store.published / Evaluated(smoke, 2, 9).path] = damaged
    assert {path: path.read_bytes() for path in store.published.glob("*/*")} == before


def test_what_is_published_is_read_from_there_whatever_was_computed_here(store, smoke, counted):
    published = store.get(evaluated(smoke))
    store.publish([Trained(smoke, (2,)), Evaluated(smoke, 2, 9)])
    flip(store.local / Evaluated(smoke, 2, 9).path, 30)
    found = store.get(evaluated(smoke))
    assert all(torch.equal(found.arrays()[name], array) for name, array in published.arrays().items())
    assert not (store.local / "damaged").exists()


def test_published_weights_are_enough_for_another_digit(store, smoke, counted):
    store.get(evaluated(smoke))
    store.publish([Trained(smoke, (2,)), Evaluated(smoke, 2, 9)])
    fresh = Store(local=store.local.with_name("empty"), published=store.published, train=False)
    assert len(fresh.get(evaluated(smoke, digit=4))) == 982
    assert len(counted) == 1


def test_recompute_leaves_the_published_layer_out(store, smoke, counted):
    store.get(evaluated(smoke))
    store.publish([Trained(smoke, (2,)), Evaluated(smoke, 2, 9)])
    fresh = Store(local=store.local.with_name("empty"), published=store.published, recompute=True)
    fresh.get(evaluated(smoke))
    assert len(counted) == 2


def test_what_is_not_published_says_how_to_get_it(store, smoke):
    with pytest.raises(NotPublished, match="recompute = True in a notebook") as refused:
        Store(local=store.local, published=store.published, train=False).get(evaluated(smoke))
    assert f"`python -m vaelib train {smoke.name}`" in str(refused.value)
    assert "Store().get(Trained(…)) in Python" in str(refused.value)


def test_damage_is_not_published(store, smoke):
    store.get(evaluated(smoke))
    flip(store.local / Trained(smoke, ()).path, 40)
    with pytest.raises(FileIsDamaged):
        store.publish([Trained(smoke, ()), Evaluated(smoke, 2, 9)])
    assert not list(store.published.glob("*/*"))


def test_publishing_is_all_or_nothing(store, smoke, monkeypatch):
    """A disk that fills up while the third file is written: what is published stays as it was, and nothing is added."""
    requests = [Evaluated(smoke, 2, 9), Evaluated(smoke, 1, 9)]
    for request in requests:
        store.get(request)
    store.publish([Trained(smoke, ()), *requests[:1]])
    before = {path: path.read_bytes() for path in store.published.rglob("*") if path.is_file()}
    flip(store.published / Trained(smoke, ()).path, 40)  # so that there is something to write over
    before[store.published / Trained(smoke, ()).path] = (store.published / Trained(smoke, ()).path).read_bytes()
    write, calls = Path.write_bytes, []

    def filling(path, content):
        calls.append(path)
        if len(calls) == 3:
            write(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", filling)
    with pytest.raises(OSError, match="No space left"):
        store.publish([Trained(smoke, (2,)), *requests])
    assert {path: path.read_bytes() for path in store.published.rglob("*") if path.is_file()} == before
    monkeypatch.undo()
    store.publish([Trained(smoke, (2,)), *requests])
    again = Store(local=store.local.with_name("empty"), published=store.published, train=False)
    assert again.get(Trained(smoke, (2,))) and again.get(evaluated(smoke, 1))


def test_publishing_writes_json_last_and_not_through_links(store, smoke, tmp_path):
    store.get(evaluated(smoke))
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("somebody's")
    (store.published / smoke.name).mkdir(parents=True)
    (store.published / Trained(smoke, ()).path).symlink_to(elsewhere)
    store.publish([Trained(smoke, (2,)), Evaluated(smoke, 2, 9)])
    assert elsewhere.read_text() == "somebody's"
    assert not (store.published / Trained(smoke, ()).path).is_symlink()
    written = sorted((store.published / smoke.name).iterdir(), key=lambda path: path.stat().st_ctime_ns)
    assert [path.suffix for path in written] == [".safetensors", ".safetensors", ".json", ".json"]


def test_what_is_not_there_is_not_published(store, smoke):
    store.get(evaluated(smoke))
    (store.local / smoke.name / weights_name(2)).unlink()
    with pytest.raises(NotPublished, match="lacks its arrays"):
        store.publish([Trained(smoke, (2,)), Evaluated(smoke, 2, 9)])
    (store.local / Evaluated(smoke, 2, 9).path).with_suffix(".safetensors").unlink()
    with pytest.raises(NotPublished, match="lacks its arrays"):
        store.publish([Trained(smoke, ()), Evaluated(smoke, 2, 9)])
    assert not list(store.published.glob("*/*"))
