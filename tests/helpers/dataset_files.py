"""Small data sets in the exact formats of the real ones, for tests."""

import gzip
import io
import json
import pickle
import struct
import tarfile

import numpy as np

from brisknet import datasets

RNG = np.random.default_rng(0)


def lists(count):
    """Lists of word indices."""
    return [RNG.integers(1, 60, RNG.integers(1, 12)).tolist() for _ in range(count)]


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def imdb(path, **replaced):
    arrays = {
        "x_train": objects(lists(21)),
        "y_train": RNG.integers(0, 2, 21),
        "x_test": objects(lists(9)),
        "y_test": RNG.integers(0, 2, 9),
    }
    np.savez(path, **{**arrays, **replaced})
    return path


def reuters(path, **replaced):
    np.savez(path, **{"x": objects(lists(30)), "y": RNG.integers(0, 46, 30), **replaced})
    return path


def housing(path, columns, rows=50, **replaced):
    x = RNG.normal(size=(rows, columns)).astype(np.float32)
    np.savez(path, **{"x": x, "y": RNG.normal(size=rows), **replaced})
    return path


def words(path):
    path.write_text(json.dumps({"the": 1, "and": 2, "ein": 3}))
    return path


def fashion(folder, train=6, test=3):
    for stem, count, shape in (
        ("train-images", train, (28, 28)),
        ("train-labels", train, ()),
        ("t10k-images", test, (28, 28)),
        ("t10k-labels", test, ()),
    ):
        array = RNG.integers(0, 256 if shape else 10, (count, *shape), np.uint8)
        header = np.array([0x801 + len(shape), count, *shape], ">u4").tobytes()
        name = f"{stem}-idx{1 + len(shape)}-ubyte.gz"
        (folder / name).write_bytes(gzip.compress(header + array.tobytes()))
    return folder


def python2(value):
    """A pickle of strings, numbers, lists, dicts and uint8 arrays in Python 2's protocol 2."""
    out = io.BytesIO()
    out.write(b"\x80\x02")

    def text(data):
        short = len(data) < 256
        out.write(b"U" + bytes([len(data)]) if short else b"T" + struct.pack("<i", len(data)))
        out.write(data)

    def put(item):
        if isinstance(item, bytes):
            text(item)
        elif isinstance(item, int):
            out.write(b"J" + struct.pack("<i", item))
        elif isinstance(item, list):
            out.write(b"](")
            for inner in item:
                put(inner)
            out.write(b"e")
        elif isinstance(item, dict):
            out.write(b"}(")
            for key, inner in item.items():
                put(key)
                put(inner)
            out.write(b"u")
        else:
            out.write(
                b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R("
            )
            out.write(b"K\x01")
            for axis in item.shape:
                put(axis)
            out.write(b"\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNN")
            out.write(b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89")
            text(item.tobytes())
            out.write(b"tb")

    put(value)
    out.write(b".")
    return out.getvalue()


def batch(count, *keys, classes=10):
    """A CIFAR batch, as bytes."""
    labels = {key.encode(): RNG.integers(0, classes, count).tolist() for key in keys}
    data = RNG.integers(0, 256, (count, 3072), np.uint8)
    names = [f"picture_{i}.png".encode() for i in range(count)]
    return python2({b"batch_label": b"a batch", **labels, b"data": data, b"filenames": names})


def cifar10(folder, train=4, test=3):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(1, 6):
        (folder / f"data_batch_{i}").write_bytes(batch(train, "labels"))
    (folder / "test_batch").write_bytes(batch(test, "labels"))
    return folder


def cifar100(folder, train=6, test=3):
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", train), ("test", test)):
        (folder / name).write_bytes(batch(count, "fine_labels", "coarse_labels", classes=20))
    return folder


def archive(path, folder, name):
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, name)
    return path


class Evil:
    """Pickles that call a given function."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def pickled(value, protocol=2):
    return pickle.dumps(value, protocol)


def fill(folder):
    """Puts small data sets where Keras stores the real ones."""
    imdb(folder / "imdb.npz")
    reuters(folder / "reuters.npz")
    words(folder / "imdb_word_index.json")
    words(folder / "reuters_word_index.json")
    housing(folder / "boston_housing.npz", 13)
    housing(folder / "california_housing.npz", 8, 700)
    (folder / "fashion-mnist").mkdir()
    fashion(folder / "fashion-mnist")
    cifar10(folder / "cifar-10-batches-py-target" / "cifar-10-batches-py")
    cifar100(folder / "cifar-100-python-target" / "cifar-100-python")


NAMES = sorted(set(datasets.__all__) - {"mnist"})


def load(name, **arguments):
    return getattr(datasets, name).load_data(**arguments)
