"""Dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import _core, random
from brisknet.arguments.checks import Array
from brisknet.arguments.numbers import checked_number
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["Dropout"]


class Dropout(Layer):
    """In training, y = x / (1 - rate) at random places and 0 elsewhere; otherwise y = x.

    (Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.)

    Args:
        rate: the probability that an element is dropped, in [0, 1].
        noise_shape: the shape of the choices, which is broadcast to the batch: 1 along an axis
            drops its elements together, None means the batch's length.
        seed: an integer makes the layer's masks reproducible.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if the rate is not in [0, 1], or noise_shape does not fit.

    Example:
        >>> Dropout(0.5)([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    _kind = "noise"
    _by_core = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rate = checked_number("Dropout", "rate", rate, 0, 1)
        self.noise_shape = checked_noise_shape("Dropout", noise_shape)
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array, training: bool = False) -> tuple[Array, Backward]:
        if not training or self.rate == 0:
            return x, lambda dy: dy
        if self.rate == 1:
            return np.zeros_like(x), np.zeros_like
        if self.noise_shape is not None:
            ones = np.ones(concrete_shape(self.name, self.noise_shape, x), np.float32)
            scale, _ = _core.dropout(ones, self.rate, *self.seed_generator.next())
            return x * scale, lambda dy: dy * scale
        y, mask = _core.dropout(x, self.rate, *self.seed_generator.next())
        return y, lambda dy: _core.dropout_backward(dy, mask, self.rate)


def checked_noise_shape(op: str, shape: Any) -> tuple[int | None, ...] | None:
    """A noise_shape argument."""
    if shape is None:
        return None
    axes = tuple(shape) if isinstance(shape, list | tuple) else ()
    if not axes or any(
        axis is not None and (isinstance(axis, bool) or not isinstance(axis, int) or axis < 1)
        for axis in axes
    ):
        raise ValueError(f"[{op}] expected noise_shape: positive integers and None, got {shape!r}")
    return axes


def concrete_shape(op: str, shape: tuple[int | None, ...], x: Array) -> tuple[int, ...]:
    """The noise's shape for x, to which it must broadcast."""
    fits = len(shape) == x.ndim and all(
        axis in (None, 1, n) for axis, n in zip(shape, x.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"[{op}] expected x that noise_shape {shape} broadcasts to, got {x.shape}")
    return tuple(n if axis is None else axis for axis, n in zip(shape, x.shape, strict=True))
