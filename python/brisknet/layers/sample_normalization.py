"""Normalisation of each sample by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import _core
from brisknet.arguments.checks import Array, refuse_arguments
from brisknet.layers.along_axes import AlongAxes, ScaledAlongAxes
from brisknet.layers.layer import Backward, Shape

__all__ = ["LayerNormalization", "RMSNormalization", "UnitNormalization"]


class LayerNormalization(ScaledAlongAxes):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, along axes of each sample.

    (Ba, Kiros, Hinton, arXiv:1607.06450.)

    Args:
        axis: an integer or a list of them, not the batch's; gamma and beta have their lengths.
        epsilon: keeps the divisor away from 0.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: see `Dense`.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: see `Dense`.
        **kwargs: see `Layer`.

    Raises:
        TypeError: if axis is neither.
        ValueError: if inputs have no such axis.

    Example:
        >>> LayerNormalization(epsilon=0)([[1, 3], [3, 7]])
        array([[-1.,  1.],
               [-1.,  1.]], dtype=float32)
    """

    _kind = "normalization"

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
        self._keep_gamma_and_beta(
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
        )

    def along(self, rows: Array) -> tuple[Array, Backward]:
        gamma, beta = self.gamma, self.beta
        centred = rows - _mean(rows)
        inverse = 1 / np.sqrt(_mean(centred, centred) + np.float32(self.epsilon))
        normal = centred * inverse

        def backward(dy: Array) -> Array:
            if gamma is not None and gamma.trainable:
                gamma.grad = _core.column_sums(dy * normal).reshape(gamma.shape)
            if beta is not None and beta.trainable:
                beta.grad = _core.column_sums(dy).reshape(beta.shape)
            if gamma is not None:
                dy = dy * gamma.value.ravel()
            dx: Array = inverse * (dy - _mean(dy) - normal * _mean(dy, normal))
            return dx

        return self._scaled(normal), backward


class RMSNormalization(AlongAxes):
    """y = scale * x / sqrt(mean(x^2) + epsilon), along axes of each sample.

    (Zhang, Sennrich, arXiv:1910.07467.)

    Args:
        axis: an integer or a list of them, not the batch's; the weight `scale`, at first
            ones, has their lengths.
        epsilon: keeps the divisor away from 0.
        **kwargs: see `Layer`.

    Raises:
        TypeError: if axis is neither.
        ValueError: if inputs have no such axis.

    Example:
        >>> RMSNormalization(epsilon=0)([[3, -3]])
        array([[ 1., -1.]], dtype=float32)
    """

    _kind = "normalization"

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any
    ) -> None:
        super().__init__(axis, **kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_weight(self._lengths(input_shape), "ones", name="scale")

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


class UnitNormalization(AlongAxes):
    """y = x / max(norm(x), 1e-12), with the Euclidean norm along axes of each sample.

    Args:
        axis: an integer or a list of them, not the batch's.
        **kwargs: see `Layer`.

    Raises:
        TypeError: if axis is neither.
        ValueError: if inputs have no such axis.

    Example:
        >>> UnitNormalization()([[3, 4]])
        array([[0.6, 0.8]], dtype=float32)
    """

    _kind = "normalization"

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
