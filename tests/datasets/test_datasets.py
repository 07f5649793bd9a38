"""The data sets that are read from Keras's folder or a path: forms, sums, damage, hostile files."""

import functools
import gzip
import hashlib
import http.server
import inspect
import io
import itertools
import os
import pickle
import re
import sys
import tarfile
import threading
import tracemalloc
import zipfile

import numpy as np
import pytest

import dataset_files as make
from brisknet import datasets
from brisknet.datasets import cifar, files, pickles
from brisknet.datasets.reading import MismatchError

NAMES = sorted(set(datasets.__all__) - {"mnist"})


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty folder of Keras's, and no wish to download."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BRISKNET_DOWNLOAD", raising=False)
    folder = tmp_path / "home" / "datasets"
    folder.mkdir(parents=True)
    return folder


def fill(folder):
    """Puts small data sets where Keras has the real ones."""
    make.imdb(folder / "imdb.npz")
    make.reuters(folder / "reuters.npz")
    make.words(folder / "imdb_word_index.json")
    make.words(folder / "reuters_word_index.json")
    make.housing(folder / "boston_housing.npz", 13)
    make.housing(folder / "california_housing.npz", 8, 700)
    (folder / "fashion-mnist").mkdir()
    make.fashion(folder / "fashion-mnist")
    make.cifar10(folder / "cifar-10-batches-py-target" / "cifar-10-batches-py")
    make.cifar100(folder / "cifar-100-python-target" / "cifar-100-python")


@pytest.fixture
def filled(home, monkeypatch):
    """Small data sets in Keras's folder, taken for the real ones."""
    fill(home)
    monkeypatch.setattr(files, "has_sum", lambda path, expected: True)
    monkeypatch.setattr(cifar, "has_sum", lambda path, expected: True)
    return home


def load(name, **arguments):
    return getattr(datasets, name).load_data(**arguments)


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
    fill(home)
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


# --- downloads


@pytest.fixture
def server(tmp_path, monkeypatch):
    """What a machine of one's own serves, and what was asked of it."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *args):
            pass

    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}/", asked
        running.shutdown()
        thread.join()


def sum_of(path):
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_downloads_only_when_asked(home, server, monkeypatch):
    pytest.importorskip("pooch")
    folder, url, asked = server
    made = make.housing(folder / "boston_housing.npz", 13)
    source = files.Source("boston_housing.npz", f"{url}boston_housing.npz", sum_of(made))
    monkeypatch.setattr(datasets.boston_housing, "_DATA", source)
    with pytest.raises(FileNotFoundError):
        datasets.boston_housing.load_data()
    assert not asked
    (x, _), _ = datasets.boston_housing.load_data(download=True)
    assert x.shape == (40, 13)
    assert os.listdir(home) == ["boston_housing.npz"]
    datasets.boston_housing.load_data(download=True)
    datasets.boston_housing.load_data()
    assert asked == ["/boston_housing.npz"]
    (home / "boston_housing.npz").write_bytes(b"cut")
    with pytest.raises(ValueError, match="another sum"):
        datasets.boston_housing.load_data()
    monkeypatch.setenv("BRISKNET_DOWNLOAD", "1")
    datasets.boston_housing.load_data()
    assert len(asked) == 2


def test_a_download_with_another_sum_leaves_nothing(home, server, monkeypatch):
    pytest.importorskip("pooch")
    folder, url, _ = server
    (folder / "f.npz").write_bytes(b"other")
    monkeypatch.setattr(
        datasets.boston_housing, "_DATA", files.Source("f.npz", f"{url}f.npz", "md5:" + "0" * 32)
    )
    with pytest.raises(ValueError, match="hash"):
        datasets.boston_housing.load_data("f.npz", download=True)
    assert os.listdir(home) == []
    monkeypatch.setattr(
        datasets.boston_housing, "_DATA", files.Source("g.npz", f"{url}g.npz", "md5:" + "0" * 32)
    )
    with pytest.raises(OSError, match="404"):
        datasets.boston_housing.load_data("g.npz", download=True)
    assert os.listdir(home) == []


@pytest.mark.parametrize("name", NAMES)
def test_downloading_without_pooch_names_the_extra(home, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install 'brisknet\[data\]'"):
        load(name, download=True)


@pytest.mark.parametrize("value", ["", "0"])
def test_the_environment_can_say_no(monkeypatch, value):
    monkeypatch.setenv("BRISKNET_DOWNLOAD", value)
    assert not files.wants_download()


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


# --- damage and hostile files


def refused(call, name):
    with pytest.raises(ValueError, match=re.escape(name)):
        call()


def npz(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def npy(body, shape=(3,), descr="|O"):
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + len(head).to_bytes(2, "little") + head.encode() + body


LABELS = npy(np.arange(3).tobytes(), descr="<i8")


@pytest.mark.parametrize(
    "replaced",
    [
        {"x": np.arange(3)},
        {"x": np.zeros((3, 2), dtype=object)},
        {"x": make.objects([[1], (2,), [3]])},
        {"x": make.objects([[1], [2.5], [3]])},
        {"x": make.objects([[1], [True], [3]])},
        {"x": make.objects([[1], [-5], [3]])},
        {"x": make.objects([[1], [10**30], [3]])},
        {"x": make.objects([[1], [[2]], [3]])},
        {"x": make.objects([[1], np.arange(3), [3]])},
        {"y": np.arange(2)},
        {"y": np.arange(3.0)},
        {"y": make.objects([[1], [2], [3]])},
    ],
)
def test_wrong_texts(tmp_path, replaced):
    arrays = {"x": make.objects([[1], [2], [3]]), "y": np.arange(3), **replaced}
    path = make.reuters(tmp_path / "r.npz", **arrays)
    refused(lambda: datasets.reuters.load_data(path), "r.npz")


@pytest.mark.parametrize(
    "replaced",
    [
        {"x": np.zeros((3, 12))},
        {"x": np.zeros(13)},
        {"x": np.zeros((3, 13), dtype=object)},
        {"x": np.full((3, 13), "a")},
        {"y": np.zeros(4)},
    ],
)
def test_wrong_houses(tmp_path, replaced):
    arrays = {"x": np.zeros((3, 13)), "y": np.zeros(3), **replaced}
    path = make.housing(tmp_path / "b.npz", 13, **arrays)
    refused(lambda: datasets.boston_housing.load_data(path), "b.npz")


@pytest.mark.parametrize("name", NAMES)
def test_files_that_end_early_or_are_something_else(tmp_path, filled, name):
    whole = {
        "boston_housing": filled / "boston_housing.npz",
        "california_housing": filled / "california_housing.npz",
        "cifar10": filled / "cifar-10-batches-py-target" / "cifar-10-batches-py" / "data_batch_2",
        "cifar100": filled / "cifar-100-python-target" / "cifar-100-python" / "test",
        "fashion_mnist": filled / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz",
        "imdb": filled / "imdb.npz",
        "reuters": filled / "reuters.npz",
    }[name]
    data = whole.read_bytes()
    for damaged in (
        *(data[: len(data) * i // 20] for i in range(20)),
        b"\0" * 1000,
        b"PK\3\4" * 50,
    ):
        whole.write_bytes(damaged)
        refused(lambda: load(name), whole.name)


@pytest.mark.parametrize("trusted", [True, False])
def test_pickles_call_nothing(trusted, monkeypatch):
    """Neither what would run code nor what only looks like NumPy's."""
    called = []
    monkeypatch.setattr(os, "system", called.append)
    for function, *arguments in (
        (os.system, "x"),
        (eval, "1"),
        (getattr, "x", "join"),
        (np.load, "x"),
        (np.zeros, 3),
        (np.dtype, "u1"),
        (io.BytesIO, b""),
        (zipfile.ZipFile, "x"),
        (list, (1,)),
    ):
        for protocol in range(2, 6):
            data = pickle.dumps([make.Evil(function, *arguments)], protocol)
            if function is np.dtype:
                loaded = pickles.load(io.BytesIO(data), trusted)
                assert type(loaded[0]).__module__ == "brisknet.datasets.pickles"
                continue
            with pytest.raises(pickle.UnpicklingError, match="which no data set needs"):
                pickles.load(io.BytesIO(data), trusted)
    assert not called


FORGED = {
    "extension codes": b"\x80\x02\x82\x01.",
    "persistent ids": b"\x80\x02K\x01Q.",
    "a module by attributes": b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",
    "a class of its own": b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(K\x00tU\x01btR.",
    "a state of the function": b"cnumpy.core.multiarray\n_reconstruct\n}U\x08__name__U\x01xsb.",
    "slots of the function": b"cnumpy.core.multiarray\n_reconstruct\nN}U\x08__call__K\x01s\x86b.",
    "attributes of the class": b"cnumpy\nndarray\n}U\x0c__setstate__K\x01sb.",
    "slots of the class": b"cnumpy\ndtype\nN}U\x0c__setstate__K\x01s\x86b.",
    "a memo of gigabytes": b"\x80\x02]r\xff\xff\xff\xff.",
    "a text of gigabytes": b"\x80\x02T\xff\xff\xff\x7fx.",
    "bytes of exabytes": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fx.",
    "a frame of exabytes": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fx.",
    "a long of gigabytes": b"\x80\x02\x8b\xff\xff\xff\x7fx.",
    "digits": b"I" + b"1" * 10**6 + b"\n.",
    "an early stop": b".",
    "nothing": b"",
    "pops of nothing": b"0000.",
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_pickles(tmp_path, name):
    before = {n: dict(vars(v)) for n, v in vars(pickles).items() if inspect.isclass(v)}
    path = npz(tmp_path / "r.npz", x=npy(FORGED[name]), y=LABELS)
    tracemalloc.start()
    try:
        refused(lambda: datasets.reuters.load_data(path), "r.npz")
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()
    folder = make.cifar100(tmp_path / "batches")
    (folder / "train").write_bytes(FORGED[name])
    refused(lambda: datasets.cifar100.load_data(path=folder), "batches")
    assert {n: dict(vars(v)) for n, v in vars(pickles).items() if inspect.isclass(v)} == before


def array(
    state, kind=b"U\x02u1", kind_state=b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
):
    """A pickled array of a state, whose dtype has one as well."""
    start = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tU\1btR"
    dtype = b"cnumpy\ndtype\n(" + kind + b"K\0K\1tR" + kind_state
    return b"\x80\x02" + start + state.replace(b"<dtype>", dtype) + b"b."


@pytest.mark.parametrize(
    "data",
    [
        array(b"(K\1(K\2t<dtype>\x89U\1at"),  # too few bytes
        array(b"(K\1(K\2K\3t<dtype>\x89U\5aaaaat"),
        array(b"(K\1(J\xff\xff\xff\xfft<dtype>\x89U\1at"),  # a negative length
        array(b"(K\1(" + b"J\xff\xff\xff\x7f" * 9 + b"t<dtype>\x89U\1at"),
        array(b"(K\1(K\1t<dtype>\x89]t"),  # a list for bytes
        array(b"(K\1(K\1tU\2u1\x89U\1at"),  # a text for a dtype
        array(b"(K\1(K\1t<dtype>\x89U\1at", kind=b"U\1O"),  # bytes as addresses
        array(b"(K\1(K\1t<dtype>\x89U\x08aaaaaaaat", kind=b"U\2O8"),
        array(b"(K\1(K\1t<dtype>\x89U\1at", kind=b"U\2V9"),
        array(b"(K\1(K\1t<dtype>\x89U\1at", kind=b"]"),
        array(b"(K\1(K\1t<dtype>\x89U\1at", kind_state=b"(K\x03U\x01>NNNK\1K\1K\0tb"),
        array(b"N"),
        array(b"}"),
        array(b"(t"),
        b"\x80\x02cnumpy\nndarray\n.",
        b"\x80\x02cnumpy\nndarray\n(J\xff\xff\xff\x7ftR.",
        b"\x80\x02N.",
    ],
)
def test_forged_arrays(data):
    with pytest.raises((MismatchError, TypeError, pickle.UnpicklingError)):
        pickles.as_numbers("data", pickles.load(io.BytesIO(data), False))


def test_the_arrays_that_there_are():
    data = array(b"(K\1(K\2K\3t<dtype>\x89U\6abcdeft")
    found = pickles.as_numbers("data", pickles.load(io.BytesIO(data), False))
    np.testing.assert_array_equal(
        found, np.frombuffer(b"abcdef", np.uint8).reshape(2, 3), strict=True
    )
    for value in (np.arange(6).reshape(2, 3), np.asfortranarray(np.eye(3)), np.float32([1, 2])):
        stored = pickle.dumps(value, 4)
        np.testing.assert_array_equal(
            pickles.as_numbers("data", pickles.load(io.BytesIO(stored), True)), value, strict=True
        )


def test_bombs(tmp_path):
    """Neither a header nor a member of an archive makes more memory than there are data for."""
    path = npz(tmp_path / "b.npz", x=npy(b"", (10**7, 13), "<f8"), y=LABELS)
    refused(lambda: datasets.boston_housing.load_data(path), "b.npz")
    path = npz(tmp_path / "r.npz", x=npy(b"]" * 2**21), y=LABELS)
    refused(lambda: datasets.reuters.load_data(path), "r.npz")
    header = tarfile.TarInfo("x")
    header.size, header.type = 2**33, tarfile.GNUTYPE_LONGNAME
    (tmp_path / "c.tar.gz").write_bytes(gzip.compress(header.tobuf() + bytes(2**20)))
    tracemalloc.start()
    try:
        refused(lambda: datasets.cifar10.load_data(tmp_path / "c.tar.gz"), "c.tar.gz")
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
