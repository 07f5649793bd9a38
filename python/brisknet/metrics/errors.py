"""Metrics of numbers, by their errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import losses
from brisknet.metrics.base import fit_pair
from brisknet.metrics.means import Mean, MeanOfFunction
from brisknet.runtime.float_environment import ignored

__all__ = [
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "RootMeanSquaredError",
]


class MeanSquaredError(MeanOfFunction, fn=losses.mean_squared_error):
    """mean((y_true - y_pred)^2)."""


class MeanAbsoluteError(MeanOfFunction, fn=losses.mean_absolute_error):
    """mean(|y_true - y_pred|)."""


class MeanAbsolutePercentageError(MeanOfFunction, fn=losses.mean_absolute_percentage_error):
    """100 mean(|y_true - y_pred| / max(|y_true|, 1e-7))."""


class MeanSquaredLogarithmicError(MeanOfFunction, fn=losses.mean_squared_logarithmic_error):
    """mean((log(1 + y_true) - log(1 + y_pred))^2)."""


class LogCoshError(MeanOfFunction, fn=losses.log_cosh, name="logcosh"):
    """mean(log(cosh(y_pred - y_true)))."""


class RootMeanSquaredError(Mean):
    """The root of mean((y_true - y_pred)^2), taken over all that came.

    Example:
        >>> RootMeanSquaredError()([[0.0], [0.0]], [[1.0], [7.0]])
        5.0
    """

    direction = "down"

    def __init__(
        self, name: str | None = "root_mean_squared_error", dtype: str | None = None
    ) -> None:
        super().__init__(name, dtype)

    @ignored
    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Takes in a batch of targets and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        t, p = fit_pair(self.name, y_true, y_pred)
        error = np.asarray(p, np.float32) - np.asarray(t, np.float32)
        super().update_state(error * error, sample_weight)

    @ignored
    def result(self) -> float:
        return float(np.sqrt(super().result()))
