"""Shapes that users give."""

from __future__ import annotations

from typing import Any

import numpy as np

Shape = tuple[int | None, ...]


def checked_shape(op: str, name: str, shape: Any) -> Shape:
    """A sample's shape: positive integers, None where an axis is open."""
    if isinstance(shape, int):
        shape = (shape,)
    try:
        axes = tuple(None if axis is None else int(axis) for axis in shape)
    except (TypeError, ValueError, OverflowError, np.ma.MaskError):
        raise TypeError(f"[{op}] expected {name}: a tuple of integers, got {shape!r}") from None
    if any(axis is not None and axis < 1 for axis in axes):
        raise ValueError(f"[{op}] expected {name} of positive axes, got {shape!r}")
    return axes
