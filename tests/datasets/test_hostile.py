"""Damaged and hostile files of data sets: ValueError, nothing is run, memory stays bounded."""

import gzip
import inspect
import io
import os
import pickle
import re
import tarfile
import tracemalloc
import zipfile

import numpy as np
import pytest

import dataset_files as make
from brisknet import datasets
from brisknet.datasets import pickles
from brisknet.datasets.reading import MismatchError
from dataset_files import NAMES, load

pytestmark = pytest.mark.usefixtures("home")


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
