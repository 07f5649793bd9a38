"""The layer that changes nothing."""

from __future__ import annotations

from brisknet.arguments.checks import Array
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["Identity"]


class Identity(Layer):
    """y = x.

    Args:
        **kwargs: see `Layer`.

    Example:
        >>> Identity()([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    _by_core = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array) -> tuple[Array, Backward]:
        return x, lambda dy: dy
