"""Normalisation of each sample by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import _core, constraints, initializers, regularizers
from brisknet.arguments.axes import axes_of, checked_axis, joined_last
from brisknet.arguments.checks import Array, refuse_arguments
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["LayerNormalization", "RMSNormalization", "UnitNormalization"]


class _AlongAxes(Layer):
    """Works along the rows of a matrix, into which the inputs' axes are joined."""

    _kind = "normalization"

    def __init__(self, axis: int | Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = checked_axis(type(self).__name__, axis)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        axes_of(self.name, self.axis, len(input_shape))
        return input_shape

    def along(self, rows: Array) -> tuple[Array, Backward]:
        """`forward` of a matrix's rows."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Backward]:
        axes = axes_of(self.name, self.axis, x.ndim)
        rows, back = joined_last(x, axes)
        y, backward = self.along(rows)

        def joined_backward(dy: Array) -> Array:
            dx = backward(joined_last(dy, axes)[0])
            assert dx is not None
            return back(dx)

        return back(y), joined_backward

    def weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        """The lengths of the axes."""
        lengths = [input_shape[a] for a in axes_of(self.name, self.axis, len(input_shape))]
        if None in lengths:
            raise ValueError(
                f"[{self.name}] expected axes {self.axis} of known length, got {input_shape}"
            )
        return tuple(lengths)  # type: ignore[arg-type]


class LayerNormalization(_AlongAxes):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, along axes of each sample.

    (Ba, Kiros, Hinton, arXiv:1607.06450.)

    Args:
        axis: an integer or a list of them, not the batch's; gamma and beta have their lengths.
        epsilon: keeps the divisor away from 0.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: as of `Dense`'s kernel.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: likewise.
        **kwargs: as of `Layer`.

    Raises:
        TypeError: if the axis is neither.
        ValueError: if inputs have no such axis.

    Example:
        >>> LayerNormalization(epsilon=0)([[1, 3], [3, 7]])
        array([[-1.,  1.],
               [-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        *,
        rms_scaling: bool = False,
        **kwargs: Any,
    ) -> None:
        instead = "use RMSNormalization"
        refuse_arguments("LayerNormalization", instead, rms_scaling=rms_scaling or None)
        super().__init__(axis, **kwargs)
        self.rms_scaling = rms_scaling
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape: Shape) -> None:
        shape = self.weight_shape(input_shape)
        self.gamma = (
            self.add_weight(
                shape,
                self.gamma_initializer,
                name="gamma",
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
            if self.scale
            else None
        )
        self.beta = (
            self.add_weight(
                shape,
                self.beta_initializer,
                name="beta",
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )
            if self.center
            else None
        )

    def along(self, rows: Array) -> tuple[Array, Backward]:
        gamma, beta = self.gamma, self.beta
        centred = rows - _mean(rows)
        inverse = 1 / np.sqrt(_mean(centred, centred) + np.float32(self.epsilon))
        normal = centred * inverse
        y = normal if gamma is None else normal * gamma.value.ravel()
        if beta is not None:
            y = y + beta.value.ravel()

        def backward(dy: Array) -> Array:
            if gamma is not None and gamma.trainable:
                gamma.grad = _core.column_sums(dy * normal).reshape(gamma.shape)
            if beta is not None and beta.trainable:
                beta.grad = _core.column_sums(dy).reshape(beta.shape)
            if gamma is not None:
                dy = dy * gamma.value.ravel()
            dx: Array = inverse * (dy - _mean(dy) - normal * _mean(dy, normal))
            return dx

        return y, backward


class RMSNormalization(_AlongAxes):
    """y = scale * x / sqrt(mean(x^2) + epsilon), along axes of each sample.

    (Zhang, Sennrich, arXiv:1910.07467.)

    Args:
        axis: an integer or a list of them, not the batch's; the weight `scale`, at first
            ones, has their lengths.
        epsilon: keeps the divisor away from 0.
        **kwargs: as of `Layer`.

    Raises:
        TypeError: if the axis is neither.
        ValueError: if inputs have no such axis.

    Example:
        >>> RMSNormalization(epsilon=0)([[3, -3]])
        array([[ 1., -1.]], dtype=float32)
    """

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any
    ) -> None:
        super().__init__(axis, **kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_weight(self.weight_shape(input_shape), "ones", name="scale")

    def along(self, rows: Array) -> tuple[Array, Backward]:
        scale = self.scale
        inverse = 1 / np.sqrt(_mean(rows, rows) + np.float32(self.epsilon))
        normal = rows * inverse

        def backward(dy: Array) -> Array:
            if scale.trainable:
                scale.grad = _core.column_sums(dy * normal).reshape(scale.shape)
            dy = dy * scale.value.ravel()
            dx: Array = inverse * (dy - normal * _mean(dy, normal))
            return dx

        return normal * scale.value.ravel(), backward


class UnitNormalization(_AlongAxes):
    """y = x / max(norm(x), 1e-12), with the Euclidean norm along axes of each sample.

    Args:
        axis: an integer or a list of them, not the batch's.
        **kwargs: as of `Layer`.

    Raises:
        TypeError: if the axis is neither.
        ValueError: if inputs have no such axis.

    Example:
        >>> UnitNormalization()([[3, 4]])
        array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(axis, **kwargs)

    def along(self, rows: Array) -> tuple[Array, Backward]:
        norm: Array = np.sqrt(_core.row_dots(rows, rows))[:, None]
        divisor: Array = np.maximum(norm, np.float32(1e-12))
        y: Array = rows / divisor

        def backward(dy: Array) -> Array:
            along_y: Array = _core.row_dots(dy, y)[:, None]
            along_y[norm < divisor] = 0  # there the divisor is constant
            across: Array = dy - y * along_y
            dx: Array = across / divisor
            return dx

        return y, backward


def _mean(a: Array, b: Array | None = None) -> Array:
    """The mean of a, or of a * b, along each row, as a column."""
    return (_core.row_dots(a, b) / np.float32(a.shape[1]))[:, None]
