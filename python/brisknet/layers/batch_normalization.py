"""Normalisation by the statistics of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import _core, initializers
from brisknet.arguments.axes import axes_of, joined_last
from brisknet.arguments.checks import Array, refuse_arguments
from brisknet.arguments.numbers import checked_number
from brisknet.layers.along_axes import ScaledAlongAxes
from brisknet.layers.layer import Backward, Shape

__all__ = ["BatchNormalization"]


class BatchNormalization(ScaledAlongAxes):
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
            see `Dense`.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: see `Dense`.
        **kwargs: see `Layer`.

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
        refuse_arguments(
            "BatchNormalization",
            renorm=renorm or None,
            renorm_clipping=renorm_clipping,
            renorm_momentum=None if renorm_momentum == 0.99 else renorm_momentum,
            synchronized=synchronized or None,
        )
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ValueError(f"[BatchNormalization] expected axis: an integer, got {axis!r}")
        super().__init__(axis, **kwargs)
        self.renorm = renorm
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized
        self.momentum = float(checked_number("BatchNormalization", "momentum", momentum, 0, 1))
        self.epsilon = float(checked_number("BatchNormalization", "epsilon", epsilon, 0))
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
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        shape = self._lengths(input_shape)
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, name="moving_mean", trainable=False
        )
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, name="moving_variance", trainable=False
        )

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

        return back(self._scaled(normal)), backward


def _follow(moving: Array, value: Array, momentum: float) -> None:
    moving *= np.float32(momentum)
    moving += value * np.float32(1 - momentum)
    _core.flush(moving, True, moving)
