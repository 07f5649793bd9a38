"""What the housing data sets share: rows of numbers, shuffled and split."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import describe
from brisknet.datasets.files import Source, find
from brisknet.datasets.npz import read_npz
from brisknet.datasets.reading import MismatchError, check_shape

Array = npt.NDArray[Any]
Split = tuple[tuple[Array, Array], tuple[Array, Array]]


def check_share(op: str, test_split: float) -> None:
    """Raise unless test_split is in [0, 1)."""
    if isinstance(test_split, bool) or not isinstance(test_split, int | float | np.number):
        raise TypeError(f"[{op}] expected test_split: a number, got {describe(test_split)}")
    if not 0 <= test_split < 1:
        raise ValueError(f"[{op}] expected test_split: at least 0 and below 1, got {test_split}")


def load(
    op: str,
    source: Source,
    columns: int,
    path: str | os.PathLike[str],
    test_split: float,
    seed: int,
    download: bool,
    rows: int | None = None,
) -> Split:
    """The first rows of a file, shuffled and split into training and test data."""
    check_share(op, test_split)
    place, trusted = find(op, source, path, download)

    def check_x(name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        if dtype.kind not in "fiu":
            raise MismatchError(f"{name} of numbers", dtype)
        check_shape(name, shape, (columns,) if name == "x" else ())

    found = read_npz(op, place, {"x": check_x, "y": check_x}, trusted)
    x, y = found["x"][:rows], found["y"][:rows]
    if len(x) != len(y):
        raise ValueError(
            f"[{op}] expected as many targets as rows, got {len(y)} targets and {len(x)} rows, "
            f"in '{place}'"
        )
    indices = np.arange(len(x))
    np.random.RandomState(seed).shuffle(indices)
    count = int(len(x) * (1 - test_split))
    train, test = indices[:count], indices[count:]
    return (x[train], y[train]), (x[test], y[test])
