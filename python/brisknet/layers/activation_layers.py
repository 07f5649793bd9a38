"""Activation functions as layers, with their parameters; PReLU, which learns its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import _core, activations, constraints, initializers, regularizers
from brisknet.arguments.axes import axes_of, checked_axis, sum_over
from brisknet.arguments.checks import Array
from brisknet.arguments.numbers import checked_number
from brisknet.arguments.unknown import take_deprecated
from brisknet.layers.along_axes import AlongAxes, known_lengths
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.ops.activations import warn_of_one

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


class _Elementwise(Layer):
    """y = f(x), f being one of the core's functions."""

    _kind = "activation"
    _by_core = True

    _kernel: _core.Activation

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array) -> tuple[Array, Backward]:
        return activations.forward_kernel(self._kernel, x)


class ReLU(_Elementwise):
    """y = min(x, max_value) for x > threshold, else negative_slope * (x - threshold).

    Args:
        max_value: the largest value, at least 0; None for no limit.
        negative_slope: the slope below the threshold, at least 0.
        threshold: where the function turns, at least 0.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if an argument is negative.

    Example:
        >>> ReLU(max_value=2)([[-1, 1, 3]])
        array([[0., 1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None:
            checked_number("ReLU", "max_value", max_value, 0)
        self.max_value = max_value
        self.negative_slope = checked_number("ReLU", "negative_slope", negative_slope, 0)
        self.threshold = checked_number("ReLU", "threshold", threshold, 0)
        limit = math.inf if self.max_value is None else self.max_value
        self._kernel = _core.Activation("relu", self.negative_slope, limit, self.threshold)


class LeakyReLU(_Elementwise):
    """y = x for x > 0, else negative_slope * x (Maas, Hannun, Ng, 2013).

    Args:
        negative_slope: at least 0.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if negative_slope is negative.

    Example:
        >>> LeakyReLU(0.5)([[-2, 3]])
        array([[-1.,  3.]], dtype=float32)
    """

    _also_taken = frozenset({"alpha"})

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        alpha = take_deprecated("LeakyReLU", kwargs, "alpha", "use negative_slope")
        negative_slope = negative_slope if alpha is None else alpha
        super().__init__(**kwargs)
        self.negative_slope = checked_number("LeakyReLU", "negative_slope", negative_slope, 0)
        self._kernel = _core.Activation("leaky_relu", self.negative_slope)


class ELU(_Elementwise):
    """y = x for x > 0, else alpha * (exp(x) - 1) (Clevert and others, arXiv:1511.07289).

    Args:
        alpha: minus the limit on the left.
        **kwargs: see `Layer`.

    Example:
        >>> ELU()([[-1, 2]])
        array([[-0.63212055,  2.        ]], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self._kernel = _core.Activation("elu", alpha)


class Softmax(AlongAxes):
    """y = exp(x) / sum(exp(x)) along an axis, or over several axes together.

    Args:
        axis: an integer or a list of them; not the batch's.
        **kwargs: see `Layer`.

    Raises:
        TypeError: if axis is neither.
        ValueError: if the inputs have no such axis.

    Example:
        >>> Softmax()([[0, 0, 0, 0]])
        array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """

    _kind = "activation"
    _by_core = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(axis, **kwargs)

    def build(self, input_shape: Shape) -> None:
        axes = axes_of(self.name, self.axis, len(input_shape))
        if all(input_shape[axis] == 1 for axis in axes):
            warn_of_one(self.name)

    def along(self, rows: Array) -> tuple[Array, Backward]:
        y = _core.softmax(rows)
        return y, lambda dy: _core.softmax_backward(y, dy)


class PReLU(Layer):
    """y = x for x > 0, else alpha * x with a learned alpha (He and others, arXiv:1502.01852).

    alpha has the shape of a sample, with length 1 along the shared axes.

    Args:
        alpha_initializer: see `Dense`.
        alpha_regularizer, alpha_constraint: see `Dense`.
        shared_axes: the axes, counted from 1, along which all elements share one alpha.
        **kwargs: see `Layer`.

    Raises:
        TypeError: if shared_axes are not integers.
        ValueError: if the inputs have no such axis.

    Example:
        >>> PReLU(alpha_initializer="ones")([[-1, 2]])
        array([[-1.,  2.]], dtype=float32)
    """

    _kind = "activation"

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes: list[int] | None = None
        if shared_axes is not None:
            none = isinstance(shared_axes, list | tuple) and not shared_axes
            axes = [] if none else checked_axis("PReLU", shared_axes)
            self.shared_axes = [axes] if isinstance(axes, int) else axes

    def build(self, input_shape: Shape) -> None:
        shared = axes_of(self.name, self.shared_axes or [], len(input_shape))
        kept = tuple(a for a in range(1, len(input_shape)) if a not in shared)
        lengths = dict(zip(kept, known_lengths(self.name, kept, input_shape), strict=True))
        shape = [lengths.get(a, 1) for a in range(1, len(input_shape))]
        self.alpha = self._add_configured("alpha", shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array) -> tuple[Array, Backward]:
        alpha = self.alpha
        negative = np.minimum(x, 0)

        def backward(dy: Array) -> Array:
            if alpha.trainable:
                shared = axes_of(self.name, self.shared_axes or [], x.ndim)
                alpha.grad = sum_over(negative * dy, (0, *shared)).reshape(alpha.shape)
            return np.where(x > 0, dy, alpha.value * dy)

        return np.maximum(x, 0) + alpha.value * negative, backward
