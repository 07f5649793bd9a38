"""The area under a curve that thresholds draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import ops
from brisknet.arguments.checks import choices, describe
from brisknet.metrics.base import Values, ratio, sum_along
from brisknet.metrics.thresholds import (
    KINDS,
    MOST_THRESHOLDS,
    ThresholdMetric,
    confusion_counts,
    evenly_distributed,
    inner_thresholds,
)
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.runtime.float_environment import ignored

__all__ = ["AUC"]

_EPSILON = 1e-7


class AUC(ThresholdMetric):
    """The area under a curve, by a sum over thresholds.

    Args:
        num_thresholds: how many thresholds, at least 2: evenly from 0 to 1.
        curve: 'ROC': the recall over the false positives' rate; 'PR': the precision over the
            recall; 'PRGAIN': the gain of precision over that of recall.
        summation_method: 'interpolation': by trapezoids (for 'PR' after Davis and Goadrich);
            'minoring', 'majoring': by the lower or the higher of two neighbours.
        thresholds: custom thresholds in [0, 1], to which 0 and 1 are added; num_thresholds then
            has no effect.
        multi_label: whether each label has its own area, of which the mean is taken: y_true and
            y_pred are (samples, labels).
        num_labels: how many labels there are; without it the first batch says so.
        label_weights: weights of the labels' areas; without multi_label, of the labels' elements.
        from_logits: whether y_pred are logits, of which the sigmoid is taken.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if one of these is not as described.

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
            if not 1 < num_thresholds <= MOST_THRESHOLDS:
                raise ValueError(
                    f"[AUC] expected num_thresholds from 2 to 2^24, got {describe(num_thresholds)}"
                )
            inner = inner_thresholds(num_thresholds)
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
