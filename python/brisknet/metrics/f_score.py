"""F-scores: harmonic means of precision and recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.metrics.base import Metric, Values, as_number, fit_pair, fit_weight, sum_along
from brisknet.runtime.float_environment import ignored

__all__ = ["F1Score", "FBetaScore"]

_EPSILON = 1e-7
_SUMS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """(1 + beta^2) precision recall / (beta^2 precision + recall), for each class.

    Args:
        average: None: an array with each class's score; 'macro': their mean; 'weighted': their mean
            by how often the classes come; 'micro': the score over all classes' counts.
        beta: a float: how much recall counts.
        threshold: positive is what is above it; None: each sample's largest prediction.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if one of these is not as described.

    Example:
        >>> FBetaScore()([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]]).round(4)
        array([1., 1.])
    """

    direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(dtype, name)
        op = type(self).__name__
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"[{op}] expected average None, 'micro', 'macro' or 'weighted', got {average!r}"
            )
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"[{op}] expected beta: a float above 0, got {beta!r}")
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(
                f"[{op}] expected threshold: a float above 0 and up to 1, got {threshold!r}"
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold

    @ignored
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in a batch of targets, 0 or 1, and predictions, both (samples, classes).

        Raises:
            ValueError: if their shapes do not fit.
        """
        t, p = fit_pair(self.name, y_true, np.asarray(y_pred, np.float32))
        if p.ndim != 2:
            raise ValueError(f"[{self.name}] expected y_pred (samples, classes), got {p.shape}")
        if self.threshold is not None:
            positive = p > np.float32(self.threshold)
        else:  # a sample of zeros alone has no largest
            positive = (p >= p.max(axis=-1, keepdims=True)) & (np.abs(p) > 1e-9)
        weight = 1.0
        if sample_weight is not None:
            weight = fit_weight(self.name, sample_weight, t.shape)  # type: ignore[assignment]
        sums = [
            self._sum(part * weight)
            for part in (positive * t, positive * (1 - t), (1 - positive) * t, t)
        ]
        if not self._variables:
            for name in _SUMS:
                setattr(self, name, self.add_variable(sums[0].shape, "zeros", name=name))
        for name, value in zip(_SUMS, sums, strict=True):
            getattr(self, name).assign_add(value)

    def _sum(self, part: Values) -> Values:
        of_classes = sum_along(part, 0)
        return sum_along(of_classes) if self.average == "micro" else of_classes

    @ignored
    def result(self) -> Any:
        if not self._variables:
            return 0.0
        tp, fp, fn, weight = (getattr(self, name).value for name in _SUMS)
        precision, recall = tp / (tp + fp + _EPSILON), tp / (tp + fn + _EPSILON)
        squared = self.beta * self.beta
        score = (1 + squared) * precision * recall / (squared * precision + recall + _EPSILON)
        if self.average == "weighted":
            score = sum_along(score * (weight / (sum_along(weight) + _EPSILON)))
        elif self.average == "macro":
            score = sum_along(score) / len(score)
        return as_number(score)


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall), for each class.

    Args:
        average, threshold, name, dtype: see `FBetaScore`.

    Example:
        >>> F1Score(average="micro")([[1, 0], [0, 1]], [[0.9, 0.1], [0.8, 0.2]]).__round__(4)
        0.5
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
