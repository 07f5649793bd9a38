"""What a configuration from a file may ask for, in all of it together.

Weights: no more than the file has values for. Metrics, which have no values in it: a fixed number.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

_METRICS = 2**22  # elements that the variables and thresholds of all metrics may have


class _Allowance(threading.local):
    left: int | None = None  # elements that variables made in this thread may still have
    metrics: int = 0  # and those of metrics


_allowance = _Allowance()


@contextmanager
def allowing(elements: int) -> Iterator[None]:
    """A block in which variables start as zeros, and with so many elements together at most."""
    before = _allowance.left, _allowance.metrics
    _allowance.left, _allowance.metrics = elements, _METRICS
    try:
        yield
    finally:
        _allowance.left, _allowance.metrics = before


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


def check_metric(name: str, shape: Sequence[int]) -> None:
    """Raises ValueError where a metric's variable or list is one too many, within `allowing`."""
    if limited():
        _allowance.metrics -= math.prod(shape)
        if not 0 <= _allowance.metrics <= _METRICS:  # nor nan
            raise ValueError(
                f"its metrics have more than {_METRICS} elements: {name} asks for shape "
                f"{tuple(shape)}"
            )
