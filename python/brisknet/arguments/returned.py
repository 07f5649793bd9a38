"""What custom layers and activation functions return: checked, and their denormals flushed.

What brisknet computes needs no such check.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet import _core
from brisknet.arguments.checks import Array, as_float32, describe

Backward = Callable[[Array], Any]


def checked_output(
    op: str, function: str, result: Any, x: Array, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """The output and its backward, both of which give what layers pass one another.

    Args:
        op, function: for the errors.
        result: what the function returned for x.
        input_gradient: whether anyone uses what backward returns.

    Raises:
        TypeError: if it is not (y, backward), or y or dx is not of numbers.
        ValueError: if y has other samples than x, or dx another shape.
    """
    if not isinstance(result, tuple) or len(result) != 2 or not callable(result[1]):
        raise TypeError(
            f"[{op}] expected {function} to return (y, backward), with dx = backward(dy), "
            f"got {describe(result)}"
        )
    y, backward = as_float32(op, "output", result[0]), result[1]
    if y.ndim == 0 or len(y) != len(x):
        raise ValueError(f"[{op}] expected an output for {len(x)} samples, got shape {y.shape}")

    def checked_backward(dy: Array) -> Array | None:
        dx = backward(dy)
        if not input_gradient:
            return None
        if dx is None:
            raise ValueError(f"[{op}] expected backward to return dx, got None")
        dx = as_float32(op, "dx", dx)
        if dx.shape != x.shape:
            raise ValueError(
                f"[{op}] expected backward to return dx of shape {x.shape}, got {dx.shape}"
            )
        return _core.flush(dx, True)

    return _core.flush(y), checked_backward
