"""Data sets beside real Keras: the same files give the same arrays."""

import importlib
import inspect
import itertools

import numpy as np
import pytest

import dataset_files as make
from brisknet import datasets
from oracle import keras


def modules(name, path, monkeypatch):
    """Ours, and Keras's, which takes this path for what it would download."""
    module = importlib.import_module(f"keras.src.datasets.{name}")
    monkeypatch.setattr(
        module, "get_file", lambda fname, *a, **k: path / fname if name == "fashion_mnist" else path
    )
    return getattr(datasets, name), module


def assert_same(ours, theirs):
    for a, b in zip(itertools.chain(*ours), itertools.chain(*theirs), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tolist() == b.tolist()


TEXTS = [
    {},
    {"num_words": 20},
    {"num_words": 20, "skip_top": 7},
    {"num_words": 30, "oov_char": None},
    {"maxlen": 7, "num_words": 25},
    {"start_char": None},
    {"start_char": None, "index_from": 0},
    {"start_char": 9, "index_from": 5, "oov_char": 8, "seed": 3},
]


@pytest.mark.parametrize("arguments", TEXTS, ids=str)
@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_texts(tmp_path, monkeypatch, name, arguments):
    path = getattr(make, name)(tmp_path / "x.npz")
    ours, theirs = modules(name, path, monkeypatch)
    assert_same(ours.load_data(path, **arguments), theirs.load_data(**arguments))


@pytest.mark.parametrize("split", [0, 0.2, 0.55])
def test_houses(tmp_path, monkeypatch, split):
    for name, columns, more in (
        ("boston_housing", 13, [{}]),
        ("california_housing", 8, [{}, {"version": "small"}]),
    ):
        path = make.housing(tmp_path / f"{name}.npz", columns, 650)
        ours, theirs = modules(name, path, monkeypatch)
        for arguments in more:
            arguments = {"test_split": split, "seed": 5, **arguments}
            assert_same(ours.load_data(path=path, **arguments), theirs.load_data(**arguments))


def test_pictures(tmp_path, monkeypatch):
    ours, theirs = modules("fashion_mnist", make.fashion(tmp_path), monkeypatch)
    assert_same(ours.load_data(tmp_path), theirs.load_data())

    folder = make.cifar100(tmp_path / "cifar-100-python")
    ours, theirs = modules("cifar100", tmp_path, monkeypatch)
    for mode in ("fine", "coarse"):
        assert_same(ours.load_data(mode, folder), theirs.load_data(mode))

    folder = make.cifar10(tmp_path / "cifar-10-batches-py", 10_000, 5)  # Keras counts on so many
    ours, theirs = modules("cifar10", tmp_path, monkeypatch)
    loaded, expected = ours.load_data(folder), theirs.load_data()
    for a, b in zip(itertools.chain(*loaded), itertools.chain(*expected), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)


def test_words(tmp_path, monkeypatch):
    path = make.words(tmp_path / "w.json")
    for name in ("imdb", "reuters"):
        ours, theirs = modules(name, path, monkeypatch)
        assert ours.get_word_index(path) == theirs.get_word_index()
    assert datasets.reuters.get_label_names() == keras.datasets.reuters.get_label_names()


@pytest.mark.parametrize("name", sorted(set(datasets.__all__) - {"mnist", "fashion_mnist"}))
def test_sums_and_addresses_are_those_of_keras(name):
    source = inspect.getsource(importlib.import_module(f"keras.src.datasets.{name}"))
    ours = getattr(datasets, name)
    for each in (ours._DATA, *([ours._WORDS] if hasattr(ours, "_WORDS") else [])):
        assert each.sum.partition(":")[2] in source
        assert each.url.rpartition("/")[2] in source
        assert each.name.removesuffix("_archive") in source


@pytest.mark.parametrize("name", datasets.__all__)
def test_signatures(name):
    """Ours add download, and a path where Keras has none."""
    for function in getattr(datasets, name).__all__:
        ours = inspect.signature(getattr(getattr(datasets, name), function)).parameters
        theirs = inspect.signature(getattr(getattr(keras.datasets, name), function)).parameters
        named = [p for p in theirs.values() if p.kind is not p.VAR_KEYWORD]
        kept = [p for p in ours.values() if p.name != "download"][: len(named)]
        defaults = [(p.name, None if p.name == "path" else p.default) for p in named]
        assert [(p.name, None if p.name == "path" else p.default) for p in kept] == defaults
        assert set(ours) - set(theirs) <= {"download", "path"}
