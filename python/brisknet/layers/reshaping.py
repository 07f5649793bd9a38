"""Layers that change only the shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import config
from brisknet.arguments.axes import sum_over
from brisknet.arguments.checks import Array, describe
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["Flatten", "Permute", "RepeatVector", "Reshape"]


def _reshaped(x: Array, shape: tuple[int, ...]) -> tuple[Array, Backward]:
    return x.reshape(shape), lambda dy: dy.reshape(x.shape)


class Flatten(Layer):
    """All axes except the batch's, joined into one: (samples, a, b, …) becomes (samples, a b …).

    Args:
        data_format: 'channels_last'; or 'channels_first': axis 1, the channels, is made the last
            one first; None for `config.image_data_format()`.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if data_format is none of these.

    Example:
        >>> Flatten()([[[1, 2], [3, 4]]])
        array([[1., 2., 3., 4.]], dtype=float32)
    """

    _by_core = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                "[Flatten] expected data_format 'channels_last', 'channels_first' or None, got "
                f"{describe(data_format)}"
            )
        self.data_format = data_format or config.image_data_format()

    @property
    def keeps_order(self) -> bool:
        """Whether a sample's numbers stay in their order."""
        return self.data_format == "channels_last"

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        axes = input_shape[1:]
        sizes = [axis for axis in axes if axis is not None]
        return (input_shape[0], math.prod(sizes) if len(sizes) == len(axes) else None)

    def forward(self, x: Array) -> tuple[Array, Backward]:
        if self.keeps_order or x.ndim < 3:
            return _reshaped(x, (x.shape[0], math.prod(x.shape[1:])))
        moved = np.ascontiguousarray(np.moveaxis(x, 1, -1))

        def backward(dy: Array) -> Array:
            return np.ascontiguousarray(np.moveaxis(dy.reshape(moved.shape), -1, 1))

        return moved.reshape(len(x), -1), backward


class Reshape(Layer):
    """Each sample in another shape.

    Args:
        target_shape: a sample's new shape; one axis may be -1, which takes what remains.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if there is more than one -1, or the sizes do not agree.

    Example:
        >>> Reshape((2, 2))([[1, 2, 3, 4]]).shape
        (1, 2, 2)
    """

    _by_core = True

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        target = tuple(int(axis) for axis in target_shape)
        if target.count(-1) > 1 or any(axis < 1 and axis != -1 for axis in target):
            raise ValueError(f"[Reshape] expected target_shape with at most one -1, got {target}")
        self.target_shape = target

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if any(axis is None for axis in input_shape[1:]):
            return (input_shape[0], *(None if axis == -1 else axis for axis in self.target_shape))
        size = math.prod(axis for axis in input_shape[1:] if axis is not None)
        return (input_shape[0], *self._target(size))

    def forward(self, x: Array) -> tuple[Array, Backward]:
        return _reshaped(x, (x.shape[0], *self._target(math.prod(x.shape[1:]))))

    def _target(self, size: int) -> tuple[int, ...]:
        known = math.prod(axis for axis in self.target_shape if axis != -1)
        open_axis = -1 in self.target_shape
        if size % known if open_axis else size != known:
            raise ValueError(
                f"[{self.name}] expected samples that fit target_shape {self.target_shape}, "
                f"got {size} elements"
            )
        return tuple(size // known if axis == -1 else axis for axis in self.target_shape)


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
        dims: the old places of the new axes, counted from 1, the batch not among them: (2, 1)
            turns (samples, a, b) into (samples, b, a).
        **kwargs: see `Layer`.

    Raises:
        ValueError: if dims are not 1, 2, … in some order, or the inputs have other axes.

    Example:
        >>> Permute((2, 1))([[[1, 2], [3, 4]]])
        array([[[1., 3.],
                [2., 4.]]], dtype=float32)
    """

    _by_core = True

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(dims, list | tuple) or sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(f"[Permute] expected dims: 1, 2, … in some order, got {dims!r}")
        self.dims = tuple(dims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != len(self.dims) + 1:
            raise ValueError(
                f"[{self.name}] expected inputs with {len(self.dims) + 1} axes, got {input_shape}"
            )
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def forward(self, x: Array) -> tuple[Array, Backward]:
        self.compute_output_shape(x.shape)
        order = (0, *self.dims)
        back = np.argsort(order)
        return (
            np.ascontiguousarray(x.transpose(order)),
            lambda dy: np.ascontiguousarray(dy.transpose(back)),
        )


class RepeatVector(Layer):
    """Each sample n times: (samples, features) becomes (samples, n, features).

    Args:
        n: how many times.
        **kwargs: see `Layer`.

    Raises:
        TypeError: if n is not an integer.
        ValueError: if n is below 1, or the inputs do not have two axes.

    Example:
        >>> RepeatVector(2)([[1, 2]])
        array([[[1., 2.],
                [1., 2.]]], dtype=float32)
    """

    _by_core = True

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(n, bool) or not isinstance(n, int):
            raise TypeError(f"[RepeatVector] expected n: an integer, got {describe(n)}")
        if n < 1:
            raise ValueError(f"[RepeatVector] expected n of at least 1, got {n}")
        self.n = n

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 2:
            raise ValueError(f"[{self.name}] expected inputs with 2 axes, got {input_shape}")
        return (input_shape[0], self.n, input_shape[1])

    def forward(self, x: Array) -> tuple[Array, Backward]:
        self.compute_output_shape(x.shape)
        return np.repeat(x[:, None], self.n, axis=1), lambda dy: sum_over(dy, (1,))[:, 0]
