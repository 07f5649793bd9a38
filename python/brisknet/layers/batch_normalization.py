"""Normalisation by the statistics of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import _core, constraints, initializers, regularizers
from brisknet.arguments.axes import axes_of, joined_last
from brisknet.arguments.checks import Array, describe, refuse_arguments
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["BatchNormalization"]


class BatchNormalization(Layer):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, for each feature.

    In training, mean and variance are those of the batch, and moving averages follow them:

        moving = momentum * moving + (1 - momentum) * batch's

    Otherwise, and where the layer is frozen (trainable = False), they are the moving averages.
    (Ioffe, Szegedy, arXiv:1502.03167.)

    Args:
        axis: the features' axis, not the batch's; gamma, beta and the averages have its length.
        momentum: of the averages, in [0, 1].
        epsilon: keeps the divisor away from 0.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            as of `Dense`'s kernel.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: likewise.
        **kwargs: as of `Layer`.

    Raises:
        ValueError: if an argument is out of range or not supported, or inputs have no such axis.

    Example:
        >>> BatchNormalization(epsilon=0)([[1, 3], [3, 7]], training=True)
        array([[-1., -1.],
               [ 1.,  1.]], dtype=float32)
    """

    _kind = "normalization"

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        refuse_arguments(
            "BatchNormalization",
            renorm=renorm or None,
            renorm_clipping=renorm_clipping,
            renorm_momentum=None if renorm_momentum == 0.99 else renorm_momentum,
            synchronized=synchronized or None,
        )
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ValueError(f"[BatchNormalization] expected axis: an integer, got {axis!r}")
        self.renorm = renorm
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized
        self.axis = axis
        self.momentum = _number("BatchNormalization", "momentum", momentum, 1)
        self.epsilon = _number("BatchNormalization", "epsilon", epsilon)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape: Shape) -> None:
        (axis,) = axes_of(self.name, self.axis, len(input_shape))
        features = input_shape[axis]
        if features is None:
            raise ValueError(f"[{self.name}] expected a known axis {axis}, got {input_shape}")
        shape = (features,)
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
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, name="moving_mean", trainable=False
        )
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, name="moving_variance", trainable=False
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        axes_of(self.name, self.axis, len(input_shape))
        return input_shape

    def forward(self, x: Array, training: bool = False) -> tuple[Array, Backward]:
        axes = axes_of(self.name, self.axis, x.ndim)
        rows, back = joined_last(x, axes)
        of_batch = training and self.trainable and len(rows) > 0
        if of_batch:
            mean = _core.column_sums(rows) / np.float32(len(rows))
            centred = rows - mean
            variance = _core.column_sums(centred * centred) / np.float32(len(rows))
            _follow(self.moving_mean.value, mean, self.momentum)
            _follow(self.moving_variance.value, variance, self.momentum)
        else:
            centred = rows - self.moving_mean.value
            variance = self.moving_variance.value
        inverse = 1 / np.sqrt(variance + np.float32(self.epsilon))
        normal = centred * inverse
        gamma, beta = self.gamma, self.beta
        factor = inverse if gamma is None else inverse * gamma.value
        y = normal if gamma is None else normal * gamma.value
        if beta is not None:
            y = y + beta.value

        def backward(dy: Array) -> Array:
            dy, _ = joined_last(dy, axes)
            sum_dy, sum_product = _core.column_sums(dy), _core.column_sums(dy * normal)
            if gamma is not None and gamma.trainable:
                gamma.grad = sum_product
            if beta is not None and beta.trainable:
                beta.grad = sum_dy
            if of_batch:  # mean and variance depend on x
                count = np.float32(len(dy))
                dy = dy - sum_dy / count - normal * (sum_product / count)
            return back(dy * factor)

        return back(y), backward


def _follow(moving: Array, value: Array, momentum: float) -> None:
    moving *= np.float32(momentum)
    moving += value * np.float32(1 - momentum)
    _core.flush(moving, True, moving)


def _number(op: str, name: str, value: Any, high: float = float("inf")) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= high:
        bounds = "of at least 0" if high == float("inf") else f"from 0 to {high:g}"
        raise ValueError(f"[{op}] expected {name}: a number {bounds}, got {describe(value)}")
    return float(value)
