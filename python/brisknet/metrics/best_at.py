"""The best value of one share of the counts where another one reaches a value."""

from __future__ import annotations

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.metrics.thresholds import KINDS, MOST_THRESHOLDS, ThresholdMetric, inner_thresholds
from brisknet.runtime.float_environment import ignored

__all__ = [
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
]


class _BestAt(ThresholdMetric):
    """Base: the largest value of one share at the thresholds where another reaches a value."""

    direction = "up"
    _counted = KINDS
    _condition = ""  # the argument's name
    _shares: tuple[tuple[str, str], tuple[str, str]]  # the one that reaches it, the result

    def __init__(
        self,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: str | None,
    ) -> None:
        op = type(self).__name__
        if not 0 <= value <= 1:
            raise ValueError(f"[{op}] expected {self._condition} in [0, 1], got {value!r}")
        if not 0 < num_thresholds <= MOST_THRESHOLDS:
            raise ValueError(
                f"[{op}] expected num_thresholds from 1 to 2^24, got {describe(num_thresholds)}"
            )
        self.value = value
        setattr(self, self._condition, value)
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        thresholds = [0.5] if num_thresholds == 1 else [0.0, *inner_thresholds(num_thresholds), 1.0]
        super().__init__(thresholds, dtype, name)
        self._evenly = num_thresholds > 1

    @ignored
    def result(self) -> float:
        reaching, best = (self._ratio(*share) for share in self._shares)
        return float(np.where(reaching >= getattr(self, self._condition), best, 0.0).max())


_SENSITIVITY = ("true_positives", "false_negatives")
_SPECIFICITY = ("true_negatives", "false_positives")
_PRECISION = ("true_positives", "false_positives")


class SensitivityAtSpecificity(_BestAt):
    """The best sensitivity, tp / (tp + fn), where the specificity, tn / (tn + fp), is reached.

    Args:
        specificity: in [0, 1].
        num_thresholds: how many thresholds from 0 to 1 are tried.
        class_id: the only class that counts.
        name, dtype: see `Metric`.

    Example:
        >>> metric = SensitivityAtSpecificity(0.5)
        >>> metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
        0.5
    """

    _condition = "specificity"
    _shares = (_SPECIFICITY, _SENSITIVITY)

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_BestAt):
    """The best specificity, tn / (tn + fp), where the sensitivity, tp / (tp + fn), is reached.

    Args:
        sensitivity: in [0, 1].
        num_thresholds, class_id, name, dtype: see `SensitivityAtSpecificity`.
    """

    _condition = "sensitivity"
    _shares = (_SENSITIVITY, _SPECIFICITY)

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_BestAt):
    """The best precision, tp / (tp + fp), where the recall, tp / (tp + fn), is reached.

    Args:
        recall: in [0, 1].
        num_thresholds, class_id, name, dtype: see `SensitivityAtSpecificity`.
    """

    _condition = "recall"
    _shares = (_SENSITIVITY, _PRECISION)

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_BestAt):
    """The best recall, tp / (tp + fn), where the precision, tp / (tp + fp), is reached.

    Args:
        precision: in [0, 1].
        num_thresholds, class_id, name, dtype: see `SensitivityAtSpecificity`.
    """

    _condition = "precision"
    _shares = (_PRECISION, _SENSITIVITY)

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
