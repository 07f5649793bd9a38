"""Losses of numbers, by their errors: squared, absolute, relative, of logarithms, robust."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import _core, ops
from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import EPSILON
from brisknet.losses.function_loss import FunctionLoss, MeanOfTerms
from brisknet.losses.shapes import fit_targets

__all__ = [
    "Huber",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
]


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's mean((y_true - y_pred)^2).

    Example:
        >>> mean_squared_error([[0, 0]], [[1, 3]])
        array([5.], dtype=float32)
    """
    return MeanSquaredError(None)(y_true, y_pred)


class MeanSquaredError(FunctionLoss, fn=mean_squared_error):
    """mean((y_true - y_pred)^2) over the last axis."""

    _elementwise = True

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("mean_squared_error", y_true, y_pred)
        return _core.mean_squared_error(y_pred, target, weight, scale, gradient)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's mean(|y_true - y_pred|).

    Example:
        >>> mean_absolute_error([[0, 0]], [[1, 3]])
        array([2.], dtype=float32)
    """
    return MeanAbsoluteError(None)(y_true, y_pred)


class MeanAbsoluteError(FunctionLoss, fn=mean_absolute_error):
    """mean(|y_true - y_pred|) over the last axis."""

    _elementwise = True

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("mean_absolute_error", y_true, y_pred)
        return _core.mean_absolute_error(y_pred, target, weight, scale, gradient)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `MeanAbsolutePercentageError`)."""
    return MeanAbsolutePercentageError(None)(y_true, y_pred)


class MeanAbsolutePercentageError(MeanOfTerms, fn=mean_absolute_percentage_error):
    """100 mean(|y_true - y_pred| / max(|y_true|, 1e-7)) over the last axis."""

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        hundredth = np.maximum(np.abs(t), np.float32(EPSILON)) / np.float32(100)
        return np.abs(t - p) / hundredth, np.sign(p - t) / hundredth


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `MeanSquaredLogarithmicError`)."""
    return MeanSquaredLogarithmicError(None)(y_true, y_pred)


class MeanSquaredLogarithmicError(MeanOfTerms, fn=mean_squared_logarithmic_error):
    """mean((log(1 + y_true) - log(1 + y_pred))^2), both at least 1e-7, over the last axis."""

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        low, one = np.float32(EPSILON), np.float32(1)
        above = np.maximum(p, low) + one
        error = ops.log(above) - ops.log(np.maximum(t, low) + one)
        return error * error, np.where(p > low, 2 * error / above, np.float32(0))


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Each row's loss (see `Huber`)."""
    return Huber(delta, None)(y_true, y_pred)


class Huber(MeanOfTerms, fn=huber):
    """The mean of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2; e = y_pred - y_true.

    Args:
        delta: where the square ends.
        reduction, name, dtype: see `Loss`.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.delta = delta

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        e, d, half = p - t, np.float32(self.delta), np.float32(0.5)
        near = np.abs(e) <= d
        far = d * np.abs(e) - half * d * d
        return np.where(near, half * e * e, far), np.where(near, e, d * np.sign(e))


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `LogCosh`)."""
    return LogCosh(None)(y_true, y_pred)


class LogCosh(MeanOfTerms, fn=log_cosh):
    """mean(log(cosh(y_pred - y_true))) over the last axis."""

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        e = p - t
        return e + ops.softplus(e * np.float32(-2)) - np.float32(0.6931472), ops.tanh(e)
