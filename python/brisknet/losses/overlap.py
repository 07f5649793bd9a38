"""Losses that measure how far two sets overlap, such as a shape's pixels and those predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.axes import checked_axis
from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import EPSILON, row_sums
from brisknet.losses.function_loss import FunctionLoss
from brisknet.losses.shapes import fit_targets

__all__ = [
    "Dice",
    "Tversky",
    "dice",
    "tversky",
]

_ONE = np.float32(1)


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """Each row's loss (see `Dice`)."""
    return Dice(None, axis=axis)(y_true, y_pred)


class Dice(FunctionLoss, fn=dice):
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7).

    Args:
        reduction, name, dtype: see `Loss`.
        axis: what the sums are over: an axis, a list of them, or None, all: the whole batch then
            has a single loss.

    Example:
        >>> round(float(Dice()([[1.0], [0.0]], [[0.5], [0.5]])), 4)
        0.5
    """

    _elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = axis
        self._axis = None if axis is None else checked_axis("Dice", axis)

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        t = fit_targets(self.name, y_true, y_pred)
        both = row_sums(t * y_pred)[..., None]
        total = (row_sums(t) + row_sums(y_pred))[..., None] + np.float32(EPSILON)
        return (_ONE - 2 * both / total)[..., 0], 2 * (both / total - t) / total


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """Each row's loss (see `Tversky`)."""
    return Tversky(alpha, beta, None, axis=axis)(y_true, y_pred)


class Tversky(FunctionLoss, fn=tversky):
    """1 - b / (b + alpha sum((1 - y_pred) y_true) + beta sum(y_pred (1 - y_true)) + 1e-7).

    b = sum(y_true y_pred). For alpha = beta = 0.5 it is `Dice`.

    Args:
        alpha: the weight of what the prediction misses.
        beta: the weight of what it has too much.
        reduction, name, dtype: see `Loss`.
        axis: see `Dice`.

    Reference:
        Salehi et al., Tversky loss function for image segmentation using 3D fully convolutional
        deep networks, 2017 (https://arxiv.org/abs/1706.05721).

    Example:
        >>> round(float(Tversky()([[1.0], [0.0]], [[0.5], [0.5]])), 4)
        0.5
    """

    _elementwise = True

    _shown = ("alpha", "beta")

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.alpha = alpha
        self.beta = beta
        self.axis = axis
        self._axis = None if axis is None else checked_axis("Tversky", axis)

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        t = fit_targets(self.name, y_true, y_pred)
        alpha, beta = np.float32(self.alpha), np.float32(self.beta)
        both = row_sums(t * y_pred)[..., None]
        missed = row_sums((_ONE - y_pred) * t)[..., None]
        excess = row_sums(y_pred * (_ONE - t))[..., None]
        total = both + alpha * missed + beta * excess + np.float32(EPSILON)
        index = both / total
        growth = t - alpha * t + beta * (_ONE - t)  # of the total, by y_pred
        return (_ONE - index)[..., 0], (index * growth - t) / total
