"""Zeros, ones and other constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array, as_float32
from brisknet.initializers.base import Initializer

__all__ = [
    "Constant",
    "Ones",
    "Zeros",
    "constant",
    "ones",
    "zeros",
]


class Zeros(Initializer):
    """All zeros."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return np.zeros(shape, dtype=np.float32)


class Ones(Initializer):
    """All ones."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return np.ones(shape, dtype=np.float32)


class Constant(Initializer):
    """One value everywhere, or an array that broadcasts to the shape.

    Args:
        value: a number or an array.
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        value = as_float32("Constant", "value", self.value)
        try:
            return np.array(np.broadcast_to(value, shape))
        except ValueError:
            raise ValueError(
                f"[Constant] expected value: one that broadcasts to {tuple(shape)}, "
                f"got shape {value.shape}"
            ) from None


constant = Constant
ones = Ones
zeros = Zeros
