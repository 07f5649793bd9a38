"""Inputs rescaled by constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.checks import Array, as_float32
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.names.refused_attributes import refuse_attributes

__all__ = ["Rescaling"]


class Rescaling(Layer):
    """y = scale * x + offset, in training and prediction alike.

    Args:
        scale: a number, or an array that broadcasts to a sample.
        offset: the same.
        **kwargs: see `Layer`.

    Example:
        >>> Rescaling(1 / 127.5, offset=-1)([[0, 255]])
        array([[-1.,  1.]], dtype=float32)
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset
        self._scale = as_float32("Rescaling", "scale", scale)
        self._offset = as_float32("Rescaling", "offset", offset)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array) -> tuple[Array, Backward]:
        for array in (self._scale, self._offset):
            if not _broadcasts(array.shape, x.shape):
                raise ValueError(
                    f"[{self.name}] expected scale and offset that broadcast to {x.shape[1:]}, "
                    f"got shapes {self._scale.shape} and {self._offset.shape}"
                )
        y = x * self._scale
        y += self._offset
        return y, lambda dy: np.asarray(dy * self._scale)


refuse_attributes(Rescaling, "convert_weight")


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    return len(shape) <= len(to) and all(
        a in (1, b) for a, b in zip(shape[::-1], to[::-1], strict=False)
    )
