"""Focal cross-entropies, in which what is predicted well already counts little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import ops
from brisknet.arguments.axes import checked_axis
from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import EPSILON, power, row_sums
from brisknet.losses.crossentropy import SmoothedClasses, checked_smoothing
from brisknet.losses.function_loss import MeanOfTerms
from brisknet.losses.shapes import fit_targets

__all__ = [
    "BinaryFocalCrossentropy",
    "CategoricalFocalCrossentropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
]

_ZERO, _ONE = np.float32(0), np.float32(1)
_LOW, _HIGH = np.float32(EPSILON), np.float32(1 - EPSILON)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] = -1,
) -> Any:
    """Each row's loss (see `BinaryFocalCrossentropy`)."""
    loss = BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis, None
    )
    return loss(y_true, y_pred)


class BinaryFocalCrossentropy(MeanOfTerms, fn=binary_focal_crossentropy):
    """(1 - q)^gamma times the binary cross-entropy, averaged over an axis.

    q = y_true p + (1 - y_true) (1 - p) is the probability of what is true.

    Args:
        apply_class_balancing: whether class 1 is weighted by alpha, class 0 by 1 - alpha.
        alpha: that weight.
        gamma: how strongly what is predicted well is discounted.
        from_logits, label_smoothing, axis: see `BinaryCrossentropy`.
        reduction, name, dtype: see `Loss`.

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, 2017 (https://arxiv.org/abs/1708.02002).

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
        0.1733
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = checked_smoothing("BinaryFocalCrossentropy", label_smoothing)
        self.axis = self._axis = checked_axis("BinaryFocalCrossentropy", axis)

    def _terms(self, t: Array, x: Array) -> tuple[Array, Array]:
        s = np.float32(self.label_smoothing)
        t = t * (_ONE - s) + s / 2
        p = ops.sigmoid(x) if self.from_logits else x
        clipped = np.clip(p, _LOW, _HIGH)
        entropy = -(t * ops.log(clipped) + (_ONE - t) * ops.log(_ONE - clipped))
        slope = np.where(clipped == p, (_ONE - t) / (_ONE - clipped) - t / clipped, _ZERO)
        missing = _ONE - (t * p + (_ONE - t) * (_ONE - p))
        focus = power(missing, self.gamma)
        focus_slope = _focus_slope(missing, self.gamma) * (2 * t - _ONE)
        terms, slopes = focus * entropy, focus * slope + focus_slope * entropy
        if self.apply_class_balancing:
            alpha = np.float32(self.alpha)
            balance = t * alpha + (_ONE - t) * (_ONE - alpha)
            terms, slopes = balance * terms, balance * slopes
        return terms, slopes * p * (_ONE - p) if self.from_logits else slopes


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] = -1,
) -> Any:
    """Each row's loss (see `CategoricalFocalCrossentropy`)."""
    loss = CategoricalFocalCrossentropy(alpha, gamma, from_logits, label_smoothing, axis, None)
    return loss(y_true, y_pred)


class CategoricalFocalCrossentropy(SmoothedClasses, fn=categorical_focal_crossentropy):
    """-sum(alpha (1 - p)^gamma y_true log(p)) over an axis, the classes.

    Args:
        alpha: a weight, or a list with one for each class.
        gamma: how strongly what is predicted well is discounted.
        from_logits, label_smoothing, axis: see `CategoricalCrossentropy`.
        reduction, name, dtype: see `Loss`.

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, 2017 (https://arxiv.org/abs/1708.02002).

    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
        0.0433
    """

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        op = "CategoricalFocalCrossentropy"
        if np.ndim(alpha) and axis != -1:
            raise ValueError(f"[{op}] expected axis -1 together with a list of alpha, got {axis!r}")
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = checked_smoothing(op, label_smoothing)
        self.axis = self._axis = checked_axis(op, axis)

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        t = fit_targets(self.name, y_true, y_pred)
        classes = y_pred.shape[-1]
        alpha = np.asarray(self.alpha, np.float32)
        if alpha.shape not in ((), (1,), (classes,)):
            raise ValueError(
                f"[{self.name}] expected alpha: a number or one for each of {classes} classes, "
                f"got shape {alpha.shape}"
            )
        s = np.float32(self._smoothing)
        t = t * (_ONE - s) + s / np.float32(classes)
        p = ops.softmax(y_pred) if self.from_logits else y_pred
        total = row_sums(p)[..., None]
        q = p / total
        clipped = np.clip(q, _LOW, _HIGH)
        missing = _ONE - clipped
        focus, log = power(missing, self.gamma), ops.log(clipped)
        losses = row_sums(-alpha * focus * t * log)
        slope = -_focus_slope(missing, self.gamma) * log - focus / clipped
        dq = np.where(clipped == q, alpha * t * slope, _ZERO)
        dp = (dq - row_sums(dq * q)[..., None]) / total
        return losses, ops.softmax_backward(p, dp) if self.from_logits else dp


def _focus_slope(missing: Array, gamma: float) -> Array:
    """The derivative of missing^gamma by 1 - missing; it is kept finite where missing is 0."""
    return np.float32(-gamma) * power(np.maximum(missing, _LOW), gamma - 1)
