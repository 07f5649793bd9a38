"""A penalty on the values that pass through."""

from __future__ import annotations

from typing import Any

from brisknet import regularizers
from brisknet.arguments.checks import Array
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["ActivityRegularization"]


class ActivityRegularization(Layer):
    """y = x; the loss grows by (l1 * sum(|x|) + l2 * sum(x^2)) / samples.

    Args:
        l1, l2: at least 0.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if one is negative or not finite.

    Example:
        >>> ActivityRegularization(l2=0.1)([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    _kind = "noise"
    _left_out = Layer._left_out | {"activity_regularizer"}

    _shown = ("name", "l1", "l2")

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array) -> tuple[Array, Backward]:
        return x, lambda dy: dy
