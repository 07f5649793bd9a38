"""Sums along rows and powers whose bits are the same on every machine."""

from __future__ import annotations

import numpy as np

from brisknet import _core, ops
from brisknet.arguments.checks import Array
from brisknet.ops.portable_math import whole_power

EPSILON = 1e-7  # Keras's: probabilities are clipped to [EPSILON, 1 - EPSILON]


def row_sums(x: Array) -> Array:
    """Sums over the last axis, in an order that is the same on every machine; np.sum's is not."""
    return _core.row_dots(np.ascontiguousarray(x))


def power(x: Array, exponent: float) -> Array:
    """x to the exponent, elementwise, x >= 0, without the C library's pow."""
    if exponent == 0:
        return np.ones_like(x)
    if 0 < exponent < np.inf and exponent == int(exponent):
        return whole_power(x.copy(), int(exponent))  # type: ignore[arg-type,return-value]
    return ops.exp(np.float32(exponent) * ops.log(x))
