"""The MNIST database of handwritten digits, bundled with the package."""

import gzip
import hashlib
import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

__all__ = ["load_data"]

_Array: TypeAlias = npt.NDArray[np.uint8]

# About twenty times the training images: a file that declares more is no MNIST-like data set.
_MAX_BYTES = 2**30
# Deflate cannot shrink data any further, so no file holds more than this many times its own size.
_MAX_RATIO = 1032


class _Part(NamedTuple):
    member: str
    stem: str
    item_shape: tuple[int, ...]
    md5: str

    @property
    def ndim(self) -> int:
        return 1 + len(self.item_shape)

    def file_name(self, separator: str = "-") -> str:
        return f"{self.stem}{separator}idx{self.ndim}-ubyte"


_PARTS = (
    _Part("x_train", "train-images", (28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    _Part("y_train", "train-labels", (), "a25bea736e30d166cdddb491f175f624"),
    _Part("x_test", "t10k-images", (28, 28), "2646ac647ad5339dbf082846283269ea"),
    _Part("y_test", "t10k-labels", (), "27ae3e4e09519cfbb04c329615203637"),
)


class _MismatchError(Exception):
    def __init__(self, expected: str, got: object) -> None:
        super().__init__(f"expected {expected}, got {got}")


@contextmanager
def _naming(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever is found wrong with the bytes of a file into a ValueError that names it."""
    try:
        yield
    except _MismatchError as error:
        raise ValueError(f"[mnist.load_data] {error}, in '{path}'") from None
    except MemoryError:
        raise
    except Exception as error:  # damaged bytes make gzip, zipfile and NumPy raise a dozen types
        fault = _MismatchError(f"an intact {kind} file", f"{type(error).__name__}: {error}")
        raise ValueError(f"[mnist.load_data] {fault}, in '{path}'") from error


def _fill(buffer: memoryview, stream: BufferedIOBase) -> int:
    """Read until the buffer is full or the stream at its end; returns how many bytes that were."""
    got = 0
    # In pieces, as the unpacking streams first make bytes of all that they are asked for.
    while got < len(buffer) and (piece := stream.readinto(buffer[got : got + 2**20])):
        got += piece
    return got


def _read_array(
    stream: BufferedIOBase, part: _Part, shape: tuple[int, ...], stored: int, fortran: bool = False
) -> _Array:
    """Read what follows a header, from a file of `stored` bytes, as the array it declares."""
    if len(shape) != part.ndim or shape[1:] != part.item_shape:
        expected = str(("n", *part.item_shape)).replace("'", "")
        raise _MismatchError(f"{part.member} of shape {expected}", shape)
    size = math.prod(shape)
    most = min(_MAX_BYTES, _MAX_RATIO * stored)
    if size > most:
        raise _MismatchError(
            f"at most {most} bytes of data", f"a header that declares {size} in a file of {stored}"
        )
    array: _Array = np.empty(shape[::-1] if fortran else shape, np.uint8)
    got = _fill(array.reshape(-1).data, stream)
    declared = f"{size} bytes of data as the header declares"
    if got != size:
        raise _MismatchError(declared, got)
    if stream.read(1):  # gzip compares its checksum only when read past the end
        raise _MismatchError(declared, "more")
    if part.ndim == 1 and array.max(initial=0) > 9:
        raise _MismatchError("labels from 0 to 9", f"label {array.max()}")
    return np.ascontiguousarray(array.T) if fortran else array


def _read_idx(path: Path, part: _Part, verify: bool = False) -> _Array:
    gzipped = path.suffix == ".gz"
    with path.open("rb") as file, _naming(path, "gzip" if gzipped else "IDX"):
        stream: BufferedIOBase = gzip.GzipFile(fileobj=file) if gzipped else file
        header_size = 4 * (1 + part.ndim)
        header = stream.read(header_size)
        if len(header) != header_size:
            raise _MismatchError(
                f"a header of {header_size} bytes", f"a file of {len(header)} bytes"
            )
        magic, *shape = np.frombuffer(header, ">u4").tolist()
        if magic != 0x800 + part.ndim:
            raise _MismatchError(f"magic number {0x800 + part.ndim}", magic)
        array = _read_array(stream, part, tuple(shape), os.fstat(file.fileno()).st_size)
        if verify:
            digest = hashlib.md5(header, usedforsecurity=False)
            digest.update(array.reshape(-1).data)
            if digest.hexdigest() != part.md5:
                raise _MismatchError(
                    f"md5 sum {part.md5}", f"{digest.hexdigest()} (reinstall brisknet)"
                )
        return array


def _read_bundled() -> list[_Array]:
    folder = files("brisknet.datasets") / "data" / "mnist"
    arrays = []
    for part in _PARTS:
        with as_file(folder / f"{part.file_name()}.gz") as path:
            arrays.append(_read_idx(path, part, verify=True))
    return arrays


def _find_idx(folder: Path, part: _Part) -> Path:
    names = [part.file_name(separator) + gz for gz in ("", ".gz") for separator in "-."]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"[mnist.load_data] expected {' or '.join(names)} in folder '{folder}', got none of them"
    )


def _read_member(archive: zipfile.ZipFile, part: _Part, stored: int) -> _Array:
    names = archive.namelist()
    if f"{part.member}.npy" not in names:
        raise _MismatchError(f"a member {part.member}.npy", names[:8])
    info = archive.getinfo(f"{part.member}.npy")
    # The other methods are unpacked without a limit, so a few bytes could fill the memory.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _MismatchError(
            f"{part.member} stored or deflated", f"zip compression method {info.compress_type}"
        )
    with cast(BufferedIOBase, archive.open(info)) as stream:
        version = npy.read_magic(stream)
        if version != (1, 0):  # every array of a plain dtype is saved in this version
            raise _MismatchError(f"{part.member} in npy version (1, 0)", version)
        shape, fortran, dtype = npy.read_array_header_1_0(stream)
        if dtype != np.uint8:
            raise _MismatchError(f"{part.member} of dtype uint8", dtype)
        return _read_array(stream, part, shape, stored, fortran)


def _read_npz(path: Path) -> list[_Array]:
    with path.open("rb") as file, _naming(path, "npz"), zipfile.ZipFile(file) as archive:
        stored = os.fstat(file.fileno()).st_size
        return [_read_member(archive, part, stored) for part in _PARTS]


def _read_path(path: str | os.PathLike[str]) -> list[_Array]:
    try:
        source = Path(path)
    except TypeError:
        raise TypeError(
            "[mnist.load_data] expected path to be a str, an os.PathLike or None, "
            f"got {type(path).__name__}"
        ) from None
    if source.is_dir():
        arrays = [_read_idx(_find_idx(source, part), part) for part in _PARTS]
    elif source.is_file():
        arrays = _read_npz(source)
    else:
        raise FileNotFoundError(
            f"[mnist.load_data] expected an npz file or a folder of IDX files at '{source}', "
            "got nothing there; leave out `path` to load the bundled copy"
        )
    for split, images, labels in zip(("train", "test"), arrays[::2], arrays[1::2], strict=True):
        if len(images) != len(labels):
            raise ValueError(
                f"[mnist.load_data] expected as many {split} labels as images, "
                f"got {len(labels)} labels and {len(images)} images, in '{source}'"
            )
    return arrays


def load_data(
    path: str | os.PathLike[str] | None = None,
) -> tuple[tuple[_Array, _Array], tuple[_Array, _Array]]:
    """Load the MNIST database of handwritten digits, 28 by 28 grey pixels each.

    Every call returns fresh, writable, C-contiguous arrays and never uses the network.

    Args:
        path: Where to read from. None, the default, reads the copy bundled with the package and
            verifies its md5 sums; so does Keras's default, "mnist.npz", where there is no such
            file. A file is read as Keras's (arrays `x_train`, `y_train`, `x_test`, `y_test`), a
            folder as the home of the four IDX files
            (`train-images-idx3-ubyte` or `train-images.idx3-ubyte`, and so on, plain or with
            `.gz`); either may hold any number of images, up to 1 GiB an array.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (60000, 28, 28) and
        (10000, 28, 28) from 0 (background) to 255 (ink), labels (60000,) and (10000,) from 0 to 9.

    Raises:
        TypeError: If `path` is not a str, an os.PathLike or None.
        FileNotFoundError: If there is nothing at `path`, or an IDX file is missing in the folder.
        ValueError: If a file is truncated, damaged, or holds anything but MNIST-like data.

    Source:
        Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits"; CC BY-SA
        3.0. The interface is that of `keras.datasets.mnist.load_data`.

    Example:
        >>> from brisknet.datasets import mnist
        >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()
        >>> x_train.shape, x_test.shape, y_train[:5].tolist()
        ((60000, 28, 28), (10000, 28, 28), [5, 0, 4, 1, 9])
    """
    bundled = path is None or (path == "mnist.npz" and not os.path.exists(path))
    arrays = _read_bundled() if bundled else _read_path(cast("str", path))
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)
