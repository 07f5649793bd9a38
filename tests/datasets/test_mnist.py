"""The MNIST data set: the bundled copy, users' files in every layout, and every kind of damage."""

import doctest
import gzip
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from brisknet import datasets
from brisknet.datasets import mnist, reading

RNG = np.random.default_rng(0)
ARRAYS = {
    "x_train": RNG.integers(0, 256, (5, 28, 28), np.uint8),
    "y_train": np.array([9, 0, 3, 3, 1], np.uint8),
    "x_test": RNG.integers(0, 256, (2, 28, 28), np.uint8),
    "y_test": np.array([7, 8], np.uint8),
}
STEMS = {
    "x_train": "train-images",
    "y_train": "train-labels",
    "x_test": "t10k-images",
    "y_test": "t10k-labels",
}


def idx_bytes(array, magic=None, shape=None):
    shape = array.shape if shape is None else shape
    header = [0x800 + len(shape) if magic is None else magic, *shape]
    return np.array(header, ">u4").tobytes() + array.tobytes()


def idx_name(key, separator="-"):
    return f"{STEMS[key]}{separator}idx{ARRAYS[key].ndim}-ubyte"


def write_folder(folder, separator="-", gz=False, **replaced):
    for key, array in {**ARRAYS, **replaced}.items():
        data = idx_bytes(array)
        name = idx_name(key, separator) + (".gz" if gz else "")
        (folder / name).write_bytes(gzip.compress(data) if gz else data)
    return folder


def write_npz(path, **replaced):
    np.savez(path, **{**ARRAYS, **replaced})
    return path


def assert_is_synthetic(loaded):
    (x_train, y_train), (x_test, y_test) = loaded
    got = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    for key, array in got.items():
        np.testing.assert_array_equal(array, ARRAYS[key], strict=True)
        assert array.flags.c_contiguous
        assert array.flags.writeable


def assert_refused(source, message, blamed=None):
    """Loading fails with an error that says `message` and names the file to blame."""
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        mnist.load_data(source)
    text = str(caught.value)
    assert text.startswith("[mnist.load_data] expected ")
    assert ", got " in text
    assert f"'{blamed or source}'" in text


@pytest.fixture(scope="module")
def bundled():
    return mnist.load_data()


def test_bundled_shapes_and_dtypes(bundled):
    (x_train, y_train), (x_test, y_test) = bundled
    assert x_train.shape == (60000, 28, 28)
    assert y_train.shape == (60000,)
    assert x_test.shape == (10000, 28, 28)
    assert y_test.shape == (10000,)
    for array in (x_train, y_train, x_test, y_test):
        assert type(array) is np.ndarray
        assert array.dtype == np.uint8
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.flags.owndata


def test_bundled_contents_are_the_published_ones(bundled):
    (x_train, y_train), (x_test, y_test) = bundled
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    train_counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test_counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(y_train).tolist() == train_counts
    assert np.bincount(y_test).tolist() == test_counts
    assert x_train.sum(dtype=np.int64) == 1567298545
    assert x_test.sum(dtype=np.int64) == 264923200
    assert (x_train.min(), x_train.max(), x_test.min(), x_test.max()) == (0, 255, 0, 255)
    # The first digit lies upright: row 5 of the first image holds the top stroke of a 5.
    assert x_train[0, 5, 12:24].tolist() == [3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127]


def test_every_call_gives_fresh_arrays(bundled):
    again = mnist.load_data()
    for old, new in zip(bundled[0] + bundled[1], again[0] + again[1], strict=True):
        assert not np.shares_memory(old, new)
    changed = again[1][0]
    changed[:] = 0
    assert bundled[1][0].sum(dtype=np.int64) == 264923200


def test_documented_example_runs():
    results = doctest.testmod(mnist)
    assert results.attempted == 3
    assert results.failed == 0


def test_damaged_bundle_is_noticed(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    write_folder(folder, gz=True)
    monkeypatch.setattr(mnist, "files", lambda package: tmp_path)
    expected = "expected md5 sum 6bbc9ace898e44ae57da46a324031adb, got "
    with pytest.raises(ValueError, match=f"{expected}.*reinstall.*train-images-idx3-ubyte.gz"):
        mnist.load_data()


def test_bundle_comes_with_its_licence():
    text = (Path(mnist.__file__).parent / "data" / "mnist" / "LICENSE.txt").read_text()
    for words in ("LeCun", "Cortes", "Burges", "https://creativecommons.org/licenses/by-sa/3.0/"):
        assert words in text


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize("kind", [str, Path])
def test_folder(tmp_path, separator, gz, kind):
    assert_is_synthetic(mnist.load_data(kind(write_folder(tmp_path, separator, gz))))


def test_folder_of_mixed_spellings_beside_folders_of_the_same_name(tmp_path):
    (tmp_path / idx_name("x_train")).mkdir()
    (tmp_path / idx_name("x_train", ".")).write_bytes(idx_bytes(ARRAYS["x_train"]))
    (tmp_path / idx_name("y_train")).write_bytes(idx_bytes(ARRAYS["y_train"]))
    for key in ("x_test", "y_test"):
        data = gzip.compress(idx_bytes(ARRAYS[key]))
        (tmp_path / f"{idx_name(key)}.gz").write_bytes(data)
    assert_is_synthetic(mnist.load_data(path=tmp_path))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, save):
    path = tmp_path / "mnist.npz"
    save(path, extra=np.arange(3), **ARRAYS)
    assert_is_synthetic(mnist.load_data(path))
    assert_is_synthetic(mnist.load_data(str(path)))


def test_npz_in_fortran_order(tmp_path):
    x_train = np.asfortranarray(ARRAYS["x_train"])
    assert_is_synthetic(mnist.load_data(write_npz(tmp_path / "f.npz", x_train=x_train)))


def test_no_images_at_all(tmp_path):
    empty = {key: array[:0] for key, array in ARRAYS.items()}
    folder = write_folder(tmp_path, **empty)
    npz = write_npz(tmp_path / "empty.npz", **empty)
    for source in (folder, npz):
        (x_train, y_train), (x_test, y_test) = mnist.load_data(source)
        assert x_train.shape == x_test.shape == (0, 28, 28)
        assert y_train.shape == y_test.shape == (0,)


@pytest.mark.parametrize("path", [3, b"mnist.npz", ["mnist.npz"]])
def test_path_of_a_wrong_type(path):
    kind = type(path).__name__
    with pytest.raises(TypeError, match=rf"\[mnist.load_data\] expected path .*, got {kind}$"):
        mnist.load_data(path)


def test_missing_path_points_to_the_bundled_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"'my\.npz', got nothing.*leave out `path`"):
        mnist.load_data("my.npz")


def test_the_default_of_keras_is_the_bundled_copy_where_there_is_no_such_file(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (x, _), (_, y) = mnist.load_data("mnist.npz")
    assert (len(x), len(y)) == (60_000, 10_000)
    Path("mnist.npz").write_bytes(b"other")
    with pytest.raises(ValueError, match="expected an intact"):
        mnist.load_data("mnist.npz")


@pytest.mark.parametrize("key", STEMS)
def test_folder_lacking_a_file(tmp_path, key):
    write_folder(tmp_path)
    (tmp_path / idx_name(key)).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        mnist.load_data(tmp_path)
    for words in (idx_name(key), f"{idx_name(key, '.')}.gz", str(tmp_path), "got none of them"):
        assert words in str(caught.value)


IMAGES, LABELS = ARRAYS["x_train"], ARRAYS["y_train"]
IDX_DAMAGE = {
    "foreign": ("x_train", b"\x89PNG" * 8, "expected magic number 2051, got 2303741511"),
    "labels for images": ("x_train", idx_bytes(LABELS) + b"123", "magic number 2051, got 2049"),
    "images for labels": ("y_train", idx_bytes(IMAGES), "magic number 2049, got 2051"),
    "float32 pixels": ("x_train", idx_bytes(IMAGES, 0xD03), "magic number 2051, got 3331"),
    "little endian": ("y_train", b"\x01\x08\0\0" + bytes(9), "2049, got 17301504"),
    "empty": ("x_train", b"", "a header of 16 bytes, got a file of 0 bytes"),
    "short header": ("y_train", idx_bytes(LABELS)[:7], "header of 8 bytes, got a file of 7 bytes"),
    "short images": (
        "x_train",
        idx_bytes(IMAGES)[:-1],
        "expected 3920 bytes of data as the header declares, got 3919",
    ),
    "short labels": ("y_train", idx_bytes(LABELS)[:-2], "5 bytes of data as the header declares, "),
    "surplus": (
        "x_train",
        idx_bytes(IMAGES) + b"\0",
        "expected 3920 bytes of data as the header declares, got more",
    ),
    "wrong dims": (
        "x_train",
        idx_bytes(IMAGES, shape=(5, 14, 56)),
        "x_train of shape (n, 28, 28), got (5, 14, 56)",
    ),
    "label 10": (
        "y_train",
        idx_bytes(np.array([9, 0, 10, 3, 1], np.uint8)),
        "labels from 0 to 9, got label 10",
    ),
    "absurd size": (
        "x_train",
        idx_bytes(IMAGES, shape=(2**32 - 1, 28, 28)),
        "bytes of data, got a header that declares 3367254359280 in a file of ",
    ),
    "more than deflate can hold": (
        "x_train",
        idx_bytes(IMAGES[:0], shape=(1000, 28, 28)),
        "bytes of data, got a header that declares 784000 in a file of ",
    ),
}


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("damage", IDX_DAMAGE)
def test_damaged_idx_file(tmp_path, damage, gz):
    key, data, message = IDX_DAMAGE[damage]
    write_folder(tmp_path, gz=gz)
    path = tmp_path / (idx_name(key) + (".gz" if gz else ""))
    path.write_bytes(gzip.compress(data) if gz else data)
    assert_refused(tmp_path, message, path)


def test_size_is_bounded_however_large_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 3919)
    for gz in (False, True):
        name = idx_name("x_train") + (".gz" if gz else "")
        folder = tmp_path / str(gz)
        folder.mkdir()
        message = "expected at most 3919 bytes of data, got a header that declares 3920"
        assert_refused(write_folder(folder, gz=gz), message, folder / name)
    assert_refused(write_npz(tmp_path / "mnist.npz"), "expected at most 3919 bytes of data")


@pytest.fixture
def gz_folder(tmp_path):
    write_folder(tmp_path, gz=True)
    return tmp_path, tmp_path / f"{idx_name('y_train')}.gz"


def test_not_gzip(gz_folder):
    folder, path = gz_folder
    path.write_bytes(idx_bytes(LABELS))
    assert_refused(folder, "an intact gzip file, got BadGzipFile: Not a gzipped file", path)


def test_gzip_truncated_anywhere(gz_folder):
    folder, path = gz_folder
    whole = path.read_bytes()
    for size in range(2, len(whole)):
        path.write_bytes(whole[:size])
        assert_refused(folder, "expected an intact gzip file, got EOFError: ", path)


def test_gzip_checksum(gz_folder):
    folder, path = gz_folder
    damaged = bytearray(path.read_bytes())
    damaged[-8] ^= 1
    path.write_bytes(damaged)
    assert_refused(folder, "got BadGzipFile: CRC check failed", path)


def test_gzip_stream_damaged(gz_folder):
    folder, path = gz_folder
    damaged = bytearray(path.read_bytes())
    damaged[10] |= 0b110  # a reserved block type
    path.write_bytes(damaged)
    assert_refused(folder, "expected an intact gzip file, got error: Error -3", path)


def test_gzip_bomb_is_not_unpacked(gz_folder, monkeypatch):
    folder, path = gz_folder
    path.write_bytes(gzip.compress(idx_bytes(LABELS) + bytes(2**24)))
    taken = []

    class Meter(gzip.GzipFile):
        def read(self, size=-1):
            taken.append(size)
            return super().read(size)

        def readinto(self, buffer):
            data = self.read(len(buffer))
            buffer[: len(data)] = data
            return len(data)

    # A plain file is preferred, so only the labels are unpacked before loading stops.
    (folder / idx_name("x_train")).write_bytes(idx_bytes(IMAGES))
    monkeypatch.setattr(gzip, "GzipFile", Meter)
    assert_refused(folder, "5 bytes of data as the header declares, got more", path)
    assert taken == [8, 5, 1]


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"y_train": LABELS[:4]}, "many train labels as images, got 4 labels and 5 images"),
        ({"x_test": IMAGES[:3]}, "many test labels as images, got 2 labels and 3 images"),
    ],
)
def test_count_mismatch(tmp_path, replaced, message):
    assert_refused(write_folder(tmp_path, **replaced), message)
    assert_refused(write_npz(tmp_path / "mnist.npz", **replaced), message)


NPZ_DAMAGE = {
    "int64 labels": ({"y_train": LABELS.astype(np.int64)}, "y_train of dtype uint8, got int64"),
    "float images": ({"x_test": IMAGES / 255}, "x_test of dtype uint8, got float64"),
    "flat images": (
        {"x_train": IMAGES.reshape(5, 784)},
        "x_train of shape (n, 28, 28), got (5, 784)",
    ),
    "32 by 32": (
        {"x_train": np.zeros((5, 32, 32), np.uint8)},
        "x_train of shape (n, 28, 28), got (5, 32, 32)",
    ),
    "one-hot labels": (
        {"y_test": np.eye(10, dtype=np.uint8)[:2]},
        "y_test of shape (n,), got (2, 10)",
    ),
    "scalar label": ({"y_test": np.uint8(3)}, "y_test of shape (n,), got ()"),
    "label 200": ({"y_test": np.array([0, 200], np.uint8)}, "labels from 0 to 9, got label 200"),
}


@pytest.mark.parametrize("damage", NPZ_DAMAGE)
def test_wrong_array_in_npz(tmp_path, damage):
    replaced, message = NPZ_DAMAGE[damage]
    assert_refused(write_npz(tmp_path / "mnist.npz", **replaced), message)


class Unpicklable:
    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


def test_object_arrays_are_refused_unloaded(tmp_path):
    objects = np.array([Unpicklable()] * 5, dtype=object)
    path = write_npz(tmp_path / "mnist.npz", y_train=objects)
    assert_refused(path, "y_train of dtype uint8, got object")


@pytest.mark.parametrize("key", ARRAYS)
def test_npz_lacking_an_array(tmp_path, key):
    path = tmp_path / "mnist.npz"
    np.savez(path, other=np.arange(2), **{k: v for k, v in ARRAYS.items() if k != key})
    assert_refused(path, f"expected a member {key}.npy, got ['other.npy', ")


def test_npz_lacking_everything(tmp_path):
    path = tmp_path / "mnist.npz"
    zipfile.ZipFile(path, "w").close()
    assert_refused(path, "expected a member x_train.npy, got []")


@pytest.mark.parametrize("data", [b"", b"x_train", idx_bytes(IMAGES), gzip.compress(b"PK")])
def test_not_npz(tmp_path, data):
    path = tmp_path / "mnist.npz"
    path.write_bytes(data)
    assert_refused(path, "an intact npz file, got BadZipFile: File is not a zip file")


def test_npz_truncated(tmp_path):
    path = write_npz(tmp_path / "mnist.npz")
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        assert_refused(path, "expected an intact npz file, got BadZipFile: ")


def test_npz_checksum(tmp_path):
    path = write_npz(tmp_path / "mnist.npz")
    damaged = path.read_bytes().replace(LABELS.tobytes(), LABELS[::-1].tobytes())
    path.write_bytes(damaged)
    assert_refused(path, "got BadZipFile: Bad CRC-32 for file 'y_train.npy'")


def npy_header(shape, version=b"\x01\x00"):
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (b"GIF89a", "expected an intact npz file, got ValueError: "),
        (b"", "expected an intact npz file, got ValueError: "),
        (npy_header((5, 28, 28), b"\x03\x00"), "npy version (1, 0), got (3, 0)"),
        (npy_header("5 +"), "expected an intact npz file, got "),
        (npy_header("(" * 150), "expected an intact npz file, got "),
        (npy_header((-1, 28, 28)), "expected an intact npz file, got ValueError: negative "),
        (npy_header((10**15, 28, 28)), "got a header that declares 784000000000000000 in a file"),
        (npy_header((5, 28, 28)) + bytes(99), "3920 bytes of data as the header declares, got 99"),
        (npy_header((5, 28, 28)) + bytes(3921), "as the header declares, got more"),
    ],
    ids=["foreign", "empty", "version", "syntax", "nesting", "sign", "absurd", "short", "surplus"],
)
def test_damaged_array_in_npz(tmp_path, member, message):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", member)
    assert_refused(path, message)


def test_npz_of_an_unbounded_compression_method(tmp_path):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x_train.npy", npy_header((5, 28, 28)) + bytes(3920))
    assert_refused(path, "expected x_train stored or deflated, got zip compression method 12")


def test_encrypted_npz(tmp_path):
    path = write_npz(tmp_path / "mnist.npz")
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"PK\x01\x02") + 8] |= 1
    damaged[damaged.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(damaged)
    assert_refused(path, "expected an intact npz file, got RuntimeError: ")


def test_random_damage_never_gives_anything_but_a_value_error(tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, **{key: array[:1] for key, array in ARRAYS.items()})
    whole = path.read_bytes()
    refused = 0
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            (x_train, _), (_, y_test) = mnist.load_data(path)
        except ValueError:
            refused += 1
        else:
            np.testing.assert_array_equal(x_train, ARRAYS["x_train"][:1], strict=True)
            np.testing.assert_array_equal(y_test, ARRAYS["y_test"][:1], strict=True)
    assert refused > 250


def test_unknown_attribute():
    with pytest.raises(AttributeError, match=r"module 'brisknet\.datasets' has no attribute 'x'"):
        datasets.x  # noqa: B018
    assert mnist.__all__ == ["load_data"]
