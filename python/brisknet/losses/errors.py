"""Losses of numbers that are means of a term of each element: percentages, logarithms, counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import _core, ops
from brisknet._arguments import Array
from brisknet.losses.base import EPSILON, Loss, fit_targets


class _MeanOfTerms(Loss):
    """The mean over the last axis of a term of each element of (y_true, y_pred)."""

    _elementwise = True

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        """Each element's term and the term's derivative by p."""
        raise NotImplementedError

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        terms, slopes = self._terms(fit_targets(self.name, y_true, y_pred), y_pred)
        count = np.float32(y_pred.shape[-1])
        # The core's product adds in the order of the elements on every machine; np.sum does not.
        ones = np.ones((y_pred.shape[-1], 1), np.float32)
        sums = _core.matmul(np.ascontiguousarray(terms.reshape(-1, len(ones))), ones)
        return sums.reshape(y_pred.shape[:-1]) / count, slopes / count


class MeanAbsolutePercentageError(_MeanOfTerms):
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


class MeanSquaredLogarithmicError(_MeanOfTerms):
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


class Huber(_MeanOfTerms):
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


class LogCosh(_MeanOfTerms):
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


class Poisson(_MeanOfTerms):
    """mean(y_pred - y_true log(y_pred + 1e-7)) over the last axis."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        above = p + np.float32(EPSILON)
        return p - t * ops.log(above), np.float32(1) - t / above


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


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `Poisson`)."""
    return Poisson(None)(y_true, y_pred)
