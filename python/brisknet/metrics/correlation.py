"""How targets and predictions vary together: cosine, Pearson's and Lin's correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import losses
from brisknet.arguments.axes import one_axis
from brisknet.metrics.base import Values, fit_pair, sum_along
from brisknet.metrics.means import MeanOfFunction
from brisknet.runtime.float_environment import ignored

__all__ = [
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]

_EPSILON = 1e-7


@ignored
def cosine_similarity(y_true: Any, y_pred: Any, axis: int | Sequence[int] = -1) -> Values:
    """The cosine of the angle between y_true and y_pred along an axis."""
    return np.asarray(-losses.cosine_similarity(y_true, y_pred, axis))


@ignored
def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Values:
    """mean((y_true - mean) (y_pred - mean)) / (std std), each along an axis; NaN where a std is 0.

    Example:
        >>> pearson_correlation([[0.0, 1.0, 0.5]], [[2.0, 4.0, 3.0]])
        array([1.], dtype=float32)
    """
    t, p = fit_pair("pearson_correlation", y_true, y_pred)
    axis = one_axis("pearson_correlation", axis, t.ndim)
    t, p = t - _mean(t, axis), p - _mean(p, axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        t, p = t / np.sqrt(_mean(t * t, axis)), p / np.sqrt(_mean(p * p, axis))
    return np.asarray(sum_along(t * p, axis) / t.shape[axis], np.float32)


@ignored
def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Values:
    """2 cov / (var + var + (mean - mean)^2 + 1e-7) of y_true and y_pred along an axis.

    Reference:
        Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, 1989.

    Example:
        >>> concordance_correlation([[0.0, 2.0]], [[0.0, 2.0]]).round(6)
        array([1.], dtype=float32)
    """
    t, p = fit_pair("concordance_correlation", y_true, y_pred)
    axis = one_axis("concordance_correlation", axis, t.ndim)
    mean_t, mean_p = _mean(t, axis), _mean(p, axis)
    t, p = t - mean_t, p - mean_p
    norm = _mean(t * t, axis) + _mean(p * p, axis) + (mean_t - mean_p) ** 2 + _EPSILON
    return np.asarray((2 * _mean(t * p, axis) / norm).take(0, axis), np.float32)


def _mean(x: Values, axis: int) -> Values:
    return np.asarray(np.expand_dims(sum_along(x, axis), axis) / x.shape[axis])


class CosineSimilarity(MeanOfFunction, fn=cosine_similarity):
    """The mean cosine of the angles between y_true and y_pred: 1 where they point the same way.

    Args:
        name: by default 'cosine_similarity'.
        dtype: 'float32' or None.
        axis: along which the vectors lie.
    """

    direction = "up"

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
        axis: int | Sequence[int] = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.axis = axis


class PearsonCorrelation(MeanOfFunction, fn=pearson_correlation):
    """The mean of Pearson's correlation of each sample's y_true and y_pred.

    Args:
        name: by default 'pearson_correlation'.
        dtype: 'float32' or None.
        axis: along which the values vary.
    """

    direction = "up"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: str | None = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype)
        self.axis = axis


class ConcordanceCorrelation(MeanOfFunction, fn=concordance_correlation):
    """The mean of Lin's concordance correlation of each sample's y_true and y_pred.

    Args:
        name: by default 'concordance_correlation'.
        dtype: 'float32' or None.
        axis: along which the values vary.
    """

    direction = "up"

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: str | None = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype)
        self.axis = axis
