"""The MNIST database of handwritten digits, bundled with the package."""

import os
from importlib.resources import as_file, files
from pathlib import Path
from typing import cast

from brisknet.datasets.idx import PARTS, Array, Split, read_idx, read_path, split

__all__ = ["load_data"]

_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}


def load_data(
    path: str | os.PathLike[str] | None = None,
) -> Split:
    """Load the MNIST database of handwritten digits, greyscale images of 28 by 28 pixels.

    Every call returns fresh, writable, C-contiguous arrays and never uses the network.

    Args:
        path: Where to read from. None, the default, reads the copy bundled with the package and
            verifies its md5 sums; so does Keras's default, "mnist.npz", if there is no such file.
            A file must be in Keras's format (arrays `x_train`, `y_train`, `x_test`, `y_test`), a
            folder must contain the four IDX files (`train-images-idx3-ubyte` or
            `train-images.idx3-ubyte`, and so on, plain or gzipped). Both may contain any number of
            images, up to 1 GiB per array.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (60000, 28, 28) and
        (10000, 28, 28) from 0 (background) to 255 (ink), labels (60000,) and (10000,) from 0 to 9.

    Raises:
        TypeError: If `path` is not a str, an os.PathLike or None.
        FileNotFoundError: If there is nothing at `path`, or an IDX file is missing in the folder.
        ValueError: If a file is truncated, damaged, or contains anything but MNIST-like data.

    Source:
        Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits"; CC BY-SA
        3.0. Same interface as `keras.datasets.mnist.load_data`.

    Example:
        >>> from brisknet.datasets import mnist
        >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()
        >>> x_train.shape, x_test.shape, y_train[:5].tolist()
        ((60000, 28, 28), (10000, 28, 28), [5, 0, 4, 1, 9])
    """
    op = "mnist.load_data"
    if path is None or (path == "mnist.npz" and not os.path.exists(path)):
        return _read_bundled(op)
    return read_path(op, path, "leave out `path` to load the bundled copy")


def _read_bundled(op: str) -> Split:
    folder = files("brisknet.datasets") / "data" / "mnist"
    arrays: list[Array] = []
    for part in PARTS:
        with as_file(folder / f"{part.file_name()}.gz") as path:
            arrays.append(read_idx(op, path, part, _MD5[part.member]))
    return split(op, cast(Path, folder), arrays)
