"""The data sets that are read from Keras's folder or a path: forms, sums, texts."""

import hashlib
import inspect
import itertools
import re

import numpy as np
import pytest

import dataset_files as make
from brisknet import datasets
from brisknet.datasets import files
from dataset_files import NAMES, load

pytestmark = pytest.mark.usefixtures("home")


FORMS = {
    "boston_housing": [("float32", (40, 13)), ("float64", (40,))],
    "california_housing": [("float32", (560, 8)), ("float64", (560,))],
    "cifar10": [("uint8", (20, 32, 32, 3)), ("uint8", (20, 1))],
    "cifar100": [("uint8", (6, 32, 32, 3)), ("int64", (6, 1))],
    "fashion_mnist": [("uint8", (6, 28, 28)), ("uint8", (6,))],
    "imdb": [("object", (21,)), ("int64", (21,))],
    "reuters": [("object", (24,)), ("int64", (24,))],
}


@pytest.mark.parametrize("name", NAMES)
def test_forms(filled, name):
    train, test = load(name)
    assert [(a.dtype.name, a.shape) for a in train] == FORMS[name]
    assert [a.dtype for a in test] == [a.dtype for a in train]
    assert [a.shape[1:] for a in test] == [a.shape[1:] for a in train]
    for array in (*train, *test):
        assert array.flags.c_contiguous
        assert array.flags.writeable


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_is_named(home, name):
    with pytest.raises(FileNotFoundError) as caught:
        load(name)
    text = str(caught.value)
    assert text.startswith(f"[{name}.load_data] expected '{home}")
    for part in ("got nothing there: put https://", "download=True", "BRISKNET_DOWNLOAD=1"):
        assert part in text
    assert re.search("with (sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}),", text)
    assert not any(home.iterdir())


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"fashion_mnist"}))
def test_another_sum_is_refused(home, name):
    make.fill(home)
    with pytest.raises(
        ValueError, match=rf"\[{name}.load_data\] expected (sha256|md5):.* sum, in "
    ):
        load(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_path_of_ones_own(tmp_path, filled, name):
    places = {
        "boston_housing": "boston_housing.npz",
        "california_housing": "california_housing.npz",
        "cifar10": "cifar-10-batches-py-target/cifar-10-batches-py",
        "cifar100": "cifar-100-python-target/cifar-100-python",
        "fashion_mnist": "fashion-mnist",
        "imdb": "imdb.npz",
        "reuters": "reuters.npz",
    }
    expected = load(name)
    own = tmp_path / "own"
    (filled / places[name]).rename(own)
    loaded = load(name, path=own)
    for a, b in zip(itertools.chain(*expected), itertools.chain(*loaded), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
    with pytest.raises(FileNotFoundError, match="got nothing"):
        load(name, path=tmp_path / "nothing")
    for wrong in (3, b"x", [1]):
        with pytest.raises(TypeError, match=rf"\[{name}.load_data\] expected path"):
            load(name, path=wrong)


def test_names_below_the_folder_of_keras(filled):
    (filled / "imdb.npz").rename(filled / "other.npz")
    (x, _), _ = datasets.imdb.load_data("other.npz")
    assert len(x) == 21


def test_the_home_of_the_user(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.folder() == tmp_path / ".keras" / "datasets"
    monkeypatch.setenv("KERAS_HOME", "~/k")
    assert files.folder() == tmp_path / "k" / "datasets"


@pytest.mark.parametrize("data", [b"", b"abc", bytes(3 * 2**20)])
def test_sums(tmp_path, data):
    path = tmp_path / "f"
    path.write_bytes(data)
    for kind in ("md5", "sha256"):
        digest = hashlib.new(kind, data).hexdigest()
        assert files.has_sum(path, f"{kind}:{digest}")
        assert not files.has_sum(path, f"{kind}:{digest[:-1]}x")


# --- texts


def test_words(filled):
    for module in (datasets.imdb, datasets.reuters):
        assert module.get_word_index() == {"the": 1, "and": 2, "ein": 3}
    names = datasets.reuters.get_label_names()
    assert (len(names), names[3], names[45]) == (46, "earn", "lead")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": "b"}', "[" * 10**6, "3"])
def test_damaged_words(home, text):
    (home / "w.json").write_text(text)
    with pytest.raises(ValueError, match=r"\[imdb.get_word_index\] expected .*w\.json'"):
        datasets.imdb.get_word_index(home / "w.json")


def test_texts_of_equal_lengths_stay_lists(tmp_path):
    same = make.objects([[1, 2]] * 5)
    path = make.reuters(tmp_path / "r.npz", x=same, y=np.arange(5))
    (x, _), _ = datasets.reuters.load_data(path)
    assert x.shape == (4,)
    assert x[0] == [1, 4, 2]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"maxlen": 1}, "expected maxlen of more than"),
        ({"test_split": 1}, "expected test_split"),
        ({"num_words": 2.5}, "expected num_words: an integer or None, got 2.5"),
        ({"start_char": "a"}, "expected start_char"),
        ({"test_split": "a"}, "expected test_split"),
    ],
)
def test_arguments_of_texts(tmp_path, arguments, error):
    path = make.reuters(tmp_path / "r.npz")
    with pytest.raises((TypeError, ValueError), match=rf"\[reuters.load_data\] {error}"):
        datasets.reuters.load_data(path, **arguments)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("california_housing", {"version": "middle"}),
        ("cifar100", {"label_mode": "both"}),
        ("boston_housing", {"test_split": -0.1}),
    ],
)
def test_other_arguments(home, function, arguments):
    with pytest.raises(
        ValueError, match=rf"\[{function}.load_data\] expected {next(iter(arguments))}"
    ):
        load(function, **arguments)


def test_signatures_are_those_of_keras_and_download():
    """tests/keras/test_datasets.py compares them with Keras's."""
    for name in NAMES:
        parameters = inspect.signature(getattr(datasets, name).load_data).parameters
        assert parameters["download"].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters["download"].default is False


# --- CIFAR's archives


def test_archives(tmp_path, home, monkeypatch):
    folder = make.cifar10(tmp_path / "batches")
    expected = datasets.cifar10.load_data(folder)
    path = make.archive(tmp_path / "c.tar.gz", folder, "cifar-10-batches-py")
    place = home / "cifar-10-batches-py-target_archive"
    place.write_bytes(path.read_bytes())
    monkeypatch.setattr(files, "has_sum", lambda *args: True)
    for loaded in (datasets.cifar10.load_data(path), datasets.cifar10.load_data()):
        for a, b in zip(itertools.chain(*expected), itertools.chain(*loaded), strict=True):
            np.testing.assert_array_equal(a, b, strict=True)
    other = make.archive(tmp_path / "d.tar.gz", folder, "elsewhere")
    with pytest.raises(
        ValueError, match="expected cifar-10-batches-py/data_batch_1 in it, got none"
    ):
        datasets.cifar10.load_data(other)


def test_pictures_stand_upright(tmp_path):
    """A batch has the red of all pixels, row by row, then the green, then the blue."""
    folder = make.cifar100(tmp_path / "batches")
    data = np.arange(2 * 3072, dtype=np.uint16).astype(np.uint8).reshape(2, 3072)
    (folder / "train").write_bytes(
        make.python2({b"data": data, b"fine_labels": [3, 99], b"coarse_labels": [1, 19]})
    )
    (x, fine), _ = datasets.cifar100.load_data(path=folder)
    (_, coarse), _ = datasets.cifar100.load_data("coarse", folder)
    assert (fine.tolist(), coarse.tolist()) == ([[3], [99]], [[1], [19]])
    for picture, row, column, colour in itertools.product(range(2), (0, 7), (0, 31), range(3)):
        assert x[picture, row, column, colour] == data[picture, 1024 * colour + 32 * row + column]
