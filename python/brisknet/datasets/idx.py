"""The four IDX files of images and labels of MNIST and similar data sets."""

from __future__ import annotations

import gzip
import os
from io import BufferedIOBase
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from brisknet.datasets.npz import read_npz
from brisknet.datasets.reading import MismatchError, as_path, check_shape, naming, read_array

Array: TypeAlias = npt.NDArray[np.uint8]
Split: TypeAlias = tuple[tuple[Array, Array], tuple[Array, Array]]


class Part(NamedTuple):
    """One of the four arrays: its name in an npz file, the prefix of its IDX file, its shape."""

    member: str
    stem: str
    item_shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return 1 + len(self.item_shape)

    def file_name(self, separator: str = "-") -> str:
        return f"{self.stem}{separator}idx{self.ndim}-ubyte"


PARTS = (
    Part("x_train", "train-images", (28, 28)),
    Part("y_train", "train-labels", ()),
    Part("x_test", "t10k-images", (28, 28)),
    Part("y_test", "t10k-labels", ()),
)


def read_idx(op: str, path: Path, part: Part, md5: str | None = None) -> Array:
    """The array of one file, whose content is verified if an md5 sum is given."""
    gzipped = path.suffix == ".gz"
    with path.open("rb") as file, naming(op, path, "gzip" if gzipped else "IDX"):
        stream: BufferedIOBase = gzip.GzipFile(fileobj=file) if gzipped else file
        header_size = 4 * (1 + part.ndim)
        header = stream.read(header_size)
        if len(header) != header_size:
            raise MismatchError(
                f"a header of {header_size} bytes", f"a file of {len(header)} bytes"
            )
        magic, *shape = np.frombuffer(header, ">u4").tolist()
        if magic != 0x800 + part.ndim:
            raise MismatchError(f"magic number {0x800 + part.ndim}", magic)
        check_shape(part.member, tuple(shape), part.item_shape)
        array = read_array(stream, tuple(shape), np.uint8, os.fstat(file.fileno()).st_size)
        _check_labels(part, array)
        if md5 is not None:
            import hashlib

            digest = hashlib.md5(header, usedforsecurity=False)
            digest.update(array.reshape(-1).data)
            if digest.hexdigest() != md5:
                raise MismatchError(f"md5 sum {md5}", f"{digest.hexdigest()} (reinstall brisknet)")
        return array


def read_path(op: str, path: str | os.PathLike[str], otherwise: str) -> Split:
    """The data in a user's npz file or folder of four IDX files.

    Args:
        op: the name in error messages.
        path: the folder or file.
        otherwise: what to do if there is nothing at the path.
    """
    source = as_path(op, path)
    if source.is_dir():
        arrays = [read_idx(op, find_idx(op, source, part), part) for part in PARTS]
    elif source.is_file():
        arrays = _read_npz(op, source)
    else:
        raise FileNotFoundError(
            f"[{op}] expected an npz file or a folder of IDX files at '{source}', "
            f"got nothing there; {otherwise}"
        )
    return split(op, source, arrays)


def split(op: str, source: Path, arrays: list[Array]) -> Split:
    """The four arrays as Keras returns them, after a check that labels and images match."""
    for name, images, labels in zip(("train", "test"), arrays[::2], arrays[1::2], strict=True):
        if len(images) != len(labels):
            raise ValueError(
                f"[{op}] expected as many {name} labels as images, "
                f"got {len(labels)} labels and {len(images)} images, in '{source}'"
            )
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)


def find_idx(op: str, folder: Path, part: Part) -> Path:
    """The path of a part in a folder, where it may have several names."""
    names = [part.file_name(separator) + gz for gz in ("", ".gz") for separator in "-."]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"[{op}] expected {' or '.join(names)} in folder '{folder}', got none of them"
    )


def _check_labels(part: Part, array: Array) -> None:
    if part.ndim == 1 and array.max(initial=0) > 9:
        raise MismatchError("labels from 0 to 9", f"label {array.max()}")


def _read_npz(op: str, path: Path) -> list[Array]:
    def checks(part: Part) -> Any:
        def check(name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
            if dtype != np.uint8:
                raise MismatchError(f"{name} of dtype uint8", dtype)
            check_shape(name, shape, part.item_shape)

        return check

    found = read_npz(op, path, {part.member: checks(part) for part in PARTS})
    with naming(op, path, "npz"):
        for part in PARTS:
            _check_labels(part, found[part.member])
    return list(found.values())
