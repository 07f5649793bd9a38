"""Areas under curves that thresholds draw, and the best point of one under a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import ops
from brisknet.arguments.checks import choices, describe
from brisknet.metrics.base import Values, ratio, sum_along
from brisknet.metrics.confusion import (
    KINDS,
    ThresholdMetric,
    confusion_counts,
    evenly_distributed,
)
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.weight_limit import check_metric

_EPSILON = 1e-7
_MOST = 2**24  # thresholds; float32 has no more evenly spread ones in [0, 1]


def _between(n: int) -> list[float]:
    """The inner ones of n thresholds from 0 to 1."""
    check_metric("a list of thresholds", (n,))
    return [(i + 1) / (n - 1) for i in range(n - 2)]


class _BestAt(ThresholdMetric):
    """Base: the largest value of one share at the thresholds where another reaches a value."""

    direction = "up"
    _counted = KINDS
    _condition = ""  # the argument's name
    _shares: tuple[tuple[str, str], tuple[str, str]]  # the one that is to reach it, the result

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
        if not 0 < num_thresholds <= _MOST:
            raise ValueError(
                f"[{op}] expected num_thresholds from 1 to 2^24, got {describe(num_thresholds)}"
            )
        self.value = value
        setattr(self, self._condition, value)
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        thresholds = [0.5] if num_thresholds == 1 else [0.0, *_between(num_thresholds), 1.0]
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
        name, dtype: as of `Metric`.

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
        num_thresholds, class_id, name, dtype: as of `SensitivityAtSpecificity`.
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
        num_thresholds, class_id, name, dtype: as of `SensitivityAtSpecificity`.
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
        num_thresholds, class_id, name, dtype: as of `SensitivityAtSpecificity`.
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


class AUC(ThresholdMetric):
    """The area under a curve, by a sum over thresholds.

    Args:
        num_thresholds: how many thresholds, at least 2: evenly from 0 to 1.
        curve: 'ROC': the recall over the false positives' rate; 'PR': the precision over the
            recall; 'PRGAIN': the gain of precision over that of recall.
        summation_method: 'interpolation': by trapezoids (for 'PR' after Davis and Goadrich);
            'minoring', 'majoring': by the lower or the higher of two neighbours.
        thresholds: thresholds in [0, 1] of one's own, to which 0 and 1 are added; then
            num_thresholds is without effect.
        multi_label: whether each label has its own area, of which the mean is taken: y_true and
            y_pred are (samples, labels).
        num_labels: how many labels there are; without it the first batch says so.
        label_weights: weights of the labels' areas; without multi_label, of the labels' elements.
        from_logits: whether y_pred are logits, of which the sigmoid is taken.
        name, dtype: as of `Metric`.

    Raises:
        ValueError: if one of these is none of what it may be.

    Reference:
        Davis and Goadrich, The Relationship Between Precision-Recall and ROC Curves, 2006.
        Flach and Kull, Precision-Recall-Gain Curves: PR Analysis Done Right, 2015.

    Example:
        >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
        0.75
    """

    direction = "up"
    _counted = KINDS

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        curves, methods = ("ROC", "PR", "PRGAIN"), ("interpolation", "minoring", "majoring")
        if curve not in (*curves, *(known.lower() for known in curves)):
            raise ValueError(f"[AUC] expected curve {choices(curves)}, got {curve!r}")
        if summation_method not in (*methods, *(known.capitalize() for known in methods)):
            raise ValueError(
                f"[AUC] expected summation_method {choices(methods)}, got {summation_method!r}"
            )
        if num_labels and not multi_label:
            raise ValueError("[AUC] num_labels is for multi_label=True alone")
        if thresholds is None:
            if not 1 < num_thresholds <= _MOST:
                raise ValueError(
                    f"[AUC] expected num_thresholds from 2 to 2^24, got {describe(num_thresholds)}"
                )
            inner = _between(num_thresholds)
        else:
            inner = sorted(thresholds)
        self.curve = curve.upper()
        self.summation_method = summation_method.lower()
        self.num_thresholds = len(inner) + 2
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, float)
        if self.label_weights is not None and num_labels not in (None, self.label_weights.size):
            raise ValueError(
                f"[AUC] expected label_weights for {num_labels} labels, "
                f"got {self.label_weights.size}"
            )
        self.from_logits = from_logits
        self._given_thresholds = thresholds
        self._inner = None if thresholds is None else inner
        super().__init__([-_EPSILON, *inner, 1 + _EPSILON], dtype, name)
        self._evenly = thresholds is None or evenly_distributed([0.0, *inner, 1.0])

    def _count_in(self, shape: tuple[int, ...]) -> None:
        if not self.multi_label:
            super()._count_in(shape)
        elif self.num_labels:
            super()._count_in((*shape, self.num_labels))

    @ignored
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in a batch of targets, 0 or 1, and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        shape = np.shape(y_pred)
        if self.multi_label and (len(shape) != 2 or shape[1] != (self.num_labels or shape[1])):
            raise ValueError(
                f"[{self.name}] expected y_pred of shape (samples, {self.num_labels or 'labels'}) "
                f"for multi_label=True, got {shape}"
            )
        counts = confusion_counts(
            self.name,
            y_true,
            ops.sigmoid(y_pred) if self.from_logits else y_pred,
            self.thresholds,
            self._evenly,
            sample_weight,
            label_weights=None if self.multi_label else self.label_weights,
            multi_label=self.multi_label,
        )
        if not self._variables:
            super()._count_in((len(self.thresholds), shape[1]))
        self._add(counts)

    @ignored
    def result(self) -> float:
        if not self._variables:
            return 0.0
        tp, fp, tn, fn = (getattr(self, kind).value for kind in KINDS)
        if (self.curve, self.summation_method) == ("PR", "interpolation"):
            return self._mean_of_labels(_interpolated_pr(tp, fp, fn))
        recall = ratio(tp, tp + fn)
        if self.curve == "ROC":
            x, y = ratio(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, ratio(tp, tp + fp)
        else:
            scale = ratio(tp + fn, tn + fp)
            # As Keras has it: without true positives no recall is gained, and all precision.
            x = np.where(tp == 0, 0.0, np.maximum(1 - scale * ratio(fn, tp), 0.0))
            y = np.where(tp == 0, 1.0, 1 - scale * ratio(fp, tp))
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2
        else:
            choose = np.minimum if self.summation_method == "minoring" else np.maximum
            heights = choose(y[:-1], y[1:])
        return self._mean_of_labels((x[:-1] - x[1:]) * heights)

    def _mean_of_labels(self, parts: Values) -> float:
        areas = sum_along(parts, 0)
        if not self.multi_label:
            return float(areas)
        weights = np.ones(len(areas)) if self.label_weights is None else self.label_weights
        return float(ratio(sum_along(areas * weights), sum_along(weights)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same metric again."""
        names = "num_thresholds curve summation_method multi_label num_labels".split()
        config = {**super().get_config(), **{name: getattr(self, name) for name in names}}
        config["label_weights"] = (
            None if self.label_weights is None else self.label_weights.tolist()
        )
        config["from_logits"] = self.from_logits
        return config if self._inner is None else {**config, "thresholds": self._inner}


refuse_attributes(AUC, "interpolate_pr_auc")


def _interpolated_pr(tp: Values, fp: Values, fn: Values) -> Values:
    """The areas between neighbouring points, where true positives grow evenly with positives."""
    p = tp + fp
    dtp, dp = tp[:-1] - tp[1:], p[:-1] - p[1:]
    slope = ratio(dtp, np.maximum(dp, 0))
    start = tp[1:] - slope * p[1:]
    growth = np.where((p[:-1] > 0) & (p[1:] > 0), ratio(p[:-1], p[1:]), 1.0)
    area = slope * (dtp + start * ops.log(growth).astype(np.float64))
    return ratio(area, tp[1:] + fn[1:])
