"""Limits on the memory that a configuration from a file can claim in total.

The weights must not have more elements than the file has values. Metrics, which have no values in
the file, are limited to a fixed number of elements.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

_METRICS = 2**22  # the limit for the variables and thresholds of all metrics


class _Allowance(threading.local):
    left: int | None = None  # the remaining limit for variables created in this thread
    metrics: int = 0  # the remaining limit for metrics


_allowance = _Allowance()


@contextmanager
def allowing(elements: int) -> Iterator[None]:
    """A block in which variables start as zeros, with a limited total number of elements."""
    before = _allowance.left, _allowance.metrics
    _allowance.left, _allowance.metrics = elements, _METRICS
    try:
        yield
    finally:
        _allowance.left, _allowance.metrics = before


def limited() -> bool:
    """Whether the call is within `allowing`."""
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


def check_metric(name: str, shape: Sequence[int]) -> None:
    """Raises ValueError if, within `allowing`, a metric's variable or list exceeds the limit."""
    if limited():
        _allowance.metrics -= math.prod(shape)
        if not 0 <= _allowance.metrics <= _METRICS:  # false for NaN too
            raise ValueError(
                f"its metrics have more than {_METRICS} elements: {name} asks for shape "
                f"{tuple(shape)}"
            )
