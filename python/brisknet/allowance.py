"""What weights a configuration from a file may ask for: no more than the file has values for."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

_METRICS = 2**22  # elements that a metric's variable may have; files have no values for it


class _Allowance(threading.local):
    left: int | None = None  # elements that variables made in this thread may still have


_allowance = _Allowance()


@contextmanager
def allowing(elements: int) -> Iterator[None]:
    """A block in which variables start as zeros, and with so many elements together at most."""
    before, _allowance.left = _allowance.left, elements
    try:
        yield
    finally:
        _allowance.left = before


def limited() -> bool:
    """Whether this is within `allowing`."""
    return _allowance.left is not None


def zeros(shape: Sequence[int], dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Zeros, within `allowing`.

    Raises:
        ValueError: if they are too many.
    """
    assert _allowance.left is not None
    _allowance.left -= math.prod(shape)
    if _allowance.left < 0:
        raise ValueError(f"it has no values for a weight of shape {tuple(shape)}")
    return np.zeros(shape, dtype)


def check_metric(shape: Sequence[int]) -> None:
    """Raises ValueError for a metric's variable that is too large, within `allowing`."""
    if limited() and math.prod(shape) > _METRICS:
        raise ValueError(f"it has a metric with a variable of shape {tuple(shape)}")
