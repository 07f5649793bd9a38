"""Losses of numbers, by their errors: squared, absolute, relative, of logarithms, robust."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import _core, ops
from brisknet.arguments.checks import Array
from brisknet.losses.base import EPSILON, Loss, MeanOfTerms, fit_targets


class MeanSquaredError(Loss):
    """mean((y_true - y_pred)^2) over the last axis."""

    _elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("mean_squared_error", y_true, y_pred)
        return _core.mean_squared_error(y_pred, target, weight, scale, gradient)


class MeanAbsoluteError(Loss):
    """mean(|y_true - y_pred|) over the last axis."""

    _elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("mean_absolute_error", y_true, y_pred)
        return _core.mean_absolute_error(y_pred, target, weight, scale, gradient)


class MeanAbsolutePercentageError(MeanOfTerms):
    """100 mean(|y_true - y_pred| / max(|y_true|, 1e-7)) over the last axis."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        hundredth = np.maximum(np.abs(t), np.float32(EPSILON)) / np.float32(100)
        return np.abs(t - p) / hundredth, np.sign(p - t) / hundredth


class MeanSquaredLogarithmicError(MeanOfTerms):
    """mean((log(1 + y_true) - log(1 + y_pred))^2), both at least 1e-7, over the last axis."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        low, one = np.float32(EPSILON), np.float32(1)
        above = np.maximum(p, low) + one
        error = ops.log(above) - ops.log(np.maximum(t, low) + one)
        return error * error, np.where(p > low, 2 * error / above, np.float32(0))


class Huber(MeanOfTerms):
    """The mean of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2; e = y_pred - y_true.

    Args:
        delta: where the square ends.
        reduction, name, dtype: as of `Loss`.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.delta = delta

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        e, d, half = p - t, np.float32(self.delta), np.float32(0.5)
        near = np.abs(e) <= d
        far = d * np.abs(e) - half * d * d
        return np.where(near, half * e * e, far), np.where(near, e, d * np.sign(e))


class LogCosh(MeanOfTerms):
    """mean(log(cosh(y_pred - y_true))) over the last axis."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        e = p - t
        return e + ops.softplus(e * np.float32(-2)) - np.float32(0.6931472), ops.tanh(e)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's mean((y_true - y_pred)^2).

    Example:
        >>> mean_squared_error([[0, 0]], [[1, 3]])
        array([5.], dtype=float32)
    """
    return MeanSquaredError(None)(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's mean(|y_true - y_pred|).

    Example:
        >>> mean_absolute_error([[0, 0]], [[1, 3]])
        array([2.], dtype=float32)
    """
    return MeanAbsoluteError(None)(y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `MeanAbsolutePercentageError`)."""
    return MeanAbsolutePercentageError(None)(y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `MeanSquaredLogarithmicError`)."""
    return MeanSquaredLogarithmicError(None)(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Each row's loss (see `Huber`)."""
    return Huber(delta, None)(y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `LogCosh`)."""
    return LogCosh(None)(y_true, y_pred)
