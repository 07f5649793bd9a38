"""Reading untrusted data files: clear errors, bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# More than any array of the data sets has; a file that declares more is refused.
MAX_BYTES = 2**30
# The maximum compression ratio of deflate, so no file contains more than this multiple of its size.
_MAX_RATIO = 1032


class MismatchError(Exception):
    def __init__(self, expected: str, got: object) -> None:
        super().__init__(f"expected {expected}, got {got}")


@contextmanager
def naming(op: str, path: Path, kind: str) -> Iterator[None]:
    """Turn any error in the content of a file into a ValueError that names the file."""
    try:
        yield
    except MismatchError as error:
        raise ValueError(f"[{op}] {error}, in '{path}'") from None
    except MemoryError:
        raise
    except Exception as error:  # damaged bytes make gzip, zipfile and NumPy raise a dozen types
        fault = MismatchError(f"an intact {kind} file", f"{type(error).__name__}: {error}")
        raise ValueError(f"[{op}] {fault}, in '{path}'") from error


def as_path(op: str, path: Any) -> Path:
    """The user's path.

    Raises:
        TypeError: if it is not a path.
    """
    try:
        return Path(path)
    except TypeError:
        raise TypeError(
            f"[{op}] expected path to be a str, an os.PathLike or None, got {type(path).__name__}"
        ) from None


def check_shape(name: str, shape: tuple[int, ...], item_shape: tuple[int, ...]) -> None:
    """Raise unless the shape is any number of items of the expected shape."""
    if len(shape) != 1 + len(item_shape) or shape[1:] != item_shape:
        expected = str(("n", *item_shape)).replace("'", "")
        raise MismatchError(f"{name} of shape {expected}", shape)


def read_array(
    stream: BufferedIOBase,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    stored: int,
    fortran: bool = False,
) -> npt.NDArray[Any]:
    """Read the data after a header, from a file of `stored` bytes, as the declared array."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    check_size(size, stored)
    array: npt.NDArray[Any] = np.empty(shape[::-1] if fortran else shape, dtype)
    got = _fill(array.reshape(-1).view(np.uint8).data, stream)
    declared = f"{size} bytes of data as the header declares"
    if got != size:
        raise MismatchError(declared, got)
    if stream.read(1):  # gzip verifies its checksum only when read past the end
        raise MismatchError(declared, "more")
    return np.ascontiguousarray(array.T) if fortran else array


def check_size(size: int, stored: int) -> None:
    """Raise if a file of `stored` bytes cannot contain `size` bytes, or no data set has as many."""
    most = min(MAX_BYTES, _MAX_RATIO * stored)
    if size > most:
        raise MismatchError(
            f"at most {most} bytes of data", f"a header that declares {size} in a file of {stored}"
        )


def _fill(buffer: memoryview, stream: BufferedIOBase) -> int:
    """Read until the buffer is full or the stream ends; return the number of bytes read."""
    got = 0
    # In chunks, since the decompressing streams copy all requested bytes first.
    while got < len(buffer) and (piece := stream.readinto(buffer[got : got + 2**20])):
        got += piece
    return got
