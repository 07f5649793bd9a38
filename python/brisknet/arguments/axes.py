"""Axes of arrays: checked, joined, summed over in an order that no machine changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from brisknet import _core
from brisknet.arguments.checks import Array, describe

Axes = tuple[int, ...]


def checked_axis(op: str, axis: int | Sequence[int]) -> int | list[int]:
    """An `axis` argument: an integer, or a list of them.

    Raises:
        TypeError: if it is neither.
    """
    if _is_integer(axis):
        return axis  # type: ignore[return-value]
    if isinstance(axis, list | tuple) and axis and all(map(_is_integer, axis)):
        return list(axis)
    raise TypeError(f"[{op}] expected axis: an integer or a list of them, got {describe(axis)}")


def _is_integer(axis: object) -> bool:
    return isinstance(axis, int) and not isinstance(axis, bool)


def one_axis(op: str, axis: int, ndim: int) -> int:
    """An axis of an array with `ndim` of them, counted from 0.

    Raises:
        ValueError: if there is no such axis.
    """
    whole = isinstance(axis, int | np.integer) and not isinstance(axis, bool)
    if not whole or not -ndim <= axis < ndim:
        raise ValueError(f"[{op}] expected axis: one of {ndim} axes, got {describe(axis)}")
    return int(axis) % ndim


def axes_of(op: str, axis: int | Sequence[int], ndim: int, first: int = 1) -> Axes:
    """The axes that `axis` means in an array with `ndim` of them, counted from 0 and in order.

    Raises:
        ValueError: if there is no such axis, one comes twice, or one is before `first`: across
            axis 0, the batch, a sample's result would depend on the others.
    """
    given = [axis] if isinstance(axis, int) else list(axis)
    axes = sorted(a + ndim if a < 0 else a for a in given)
    if len(set(axes)) < len(axes) or any(not first <= a < ndim for a in axes):
        raise ValueError(
            f"[{op}] expected different axes from {first} to {ndim - 1}, or negative ones from the "
            f"end, of inputs with {ndim} axes, got {axis}"
        )
    return tuple(axes)


def joined_last(x: Array, axes: Axes) -> tuple[Array, Callable[[Array], Array]]:
    """x as a matrix with these axes along its rows, and the function that undoes this.

    Example:
        >>> x = np.zeros((2, 3, 4), np.float32)
        >>> rows, back = joined_last(x, (1,))
        >>> rows.shape, back(rows).shape
        ((8, 3), (2, 3, 4))
    """
    kept = [a for a in range(x.ndim) if a not in axes]
    order = (*kept, *axes)
    moved = np.ascontiguousarray(x.transpose(order))
    rows = moved.reshape(math.prod(moved.shape[: len(kept)]), math.prod(moved.shape[len(kept) :]))
    return rows, lambda y: np.ascontiguousarray(y.reshape(moved.shape).transpose(np.argsort(order)))


def sum_over(x: Array, axes: Axes) -> Array:
    """The sum over these axes, each of which stays with length 1.

    Example:
        >>> sum_over(np.ones((2, 3), np.float32), (1,))
        array([[3.],
               [3.]], dtype=float32)
    """
    shape = [1 if a in axes else n for a, n in enumerate(x.shape)]
    if axes == tuple(range(len(axes))):
        rows, cols = math.prod(x.shape[: len(axes)]), math.prod(x.shape[len(axes) :])
        return _core.column_sums(x.reshape(rows, cols)).reshape(shape)
    return _core.row_dots(joined_last(x, axes)[0]).reshape(shape)
