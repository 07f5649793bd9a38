"""The coefficient of determination."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.metrics.base import Metric, as_number, fit_pair, fit_weight, sum_along
from brisknet.runtime.float_environment import ignored
from brisknet.runtime.warning import warn_user

__all__ = ["R2Score"]

_SUMS = {"squared_sum": "squared_sum", "sum": "sum", "total_mse": "residual", "count": "count"}


class R2Score(Metric):
    """1 - sum((y_true - y_pred)^2) / sum((y_true - mean)^2), for each output.

    Args:
        class_aggregation: 'uniform_average': the mean of the outputs' scores;
            'variance_weighted_average': their mean by the variances of y_true; None: an array.
        num_regressors: how many inputs the model has, for the adjusted score; 0 for the plain one.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if one of these is not as described.

    Example:
        >>> R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]).__round__(4)
        0.5714
    """

    direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(dtype, name)
        known = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in known:
            raise ValueError(
                f"[R2Score] expected class_aggregation one of {known}, got {class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(
                f"[R2Score] expected num_regressors of at least 0, got {num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")

    @ignored
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in a batch of targets and predictions, both (samples, outputs).

        Raises:
            ValueError: if their shapes do not fit.
        """
        t, p = fit_pair(self.name, y_true, y_pred)
        if np.ndim(y_true) == np.ndim(y_pred) == 1 or t.ndim > 2:
            raise ValueError(f"[{self.name}] expected y_pred (samples, outputs), got {p.shape}")
        t, p = (np.asarray(x, np.float64).reshape(len(x), -1) for x in (t, p))
        weight = fit_weight(self.name, 1 if sample_weight is None else sample_weight, t.shape)
        parts = (t * t * weight, t * weight, (t - p) ** 2 * weight, weight)
        if len(self._variables) == 1:
            for attribute, name in _SUMS.items():
                setattr(self, attribute, self.add_variable(t.shape[1:], "zeros", name=name))
        for attribute, part in zip(_SUMS, parts, strict=True):
            getattr(self, attribute).assign_add(sum_along(part, 0))
        self.num_samples.assign_add(t.size)

    @ignored
    def result(self) -> Any:
        if len(self._variables) == 1:
            return 0.0
        squares, sums, residual, count = (getattr(self, name).value for name in _SUMS)
        with np.errstate(invalid="ignore", divide="ignore"):
            total = squares - sums * (sums / count)
            score = 1 - residual / total
            score = np.where(np.isinf(score), 0.0, score)
            if self.class_aggregation == "uniform_average":
                score = sum_along(score) / len(score)
            elif self.class_aggregation == "variance_weighted_average":
                score = sum_along(total * score) / sum_along(total)
        n, regressors = self.num_samples.value, self.num_regressors
        if regressors and regressors >= n - 1:
            warn_user(
                f"[R2Score] no adjusted score for {regressors} regressors and {n:.0f} samples: "
                "the plain one is given"
            )
        elif regressors:
            score = 1 - (1 - score) * (n - 1) / (n - regressors - 1)
        return as_number(score)
