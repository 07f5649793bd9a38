"""Counts of predictions above and below thresholds: true and false positives and negatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.types import is_number
from brisknet.metrics.base import Metric, Values, fit_pair, fit_weight, ratio, running_sum
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.weight_limit import check_metric

MOST_THRESHOLDS = 2**24  # float32 has no more evenly spread numbers in [0, 1]
KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class ThresholdMetric(Metric):
    """Base of metrics that count predictions above and below thresholds.

    Each of `_counted` becomes a variable with one number for each threshold.
    """

    _counted: tuple[str, ...] = ()

    def __init__(self, thresholds: Any, dtype: str | None, name: str | None) -> None:
        super().__init__(dtype, name)
        self.thresholds: Any = thresholds
        self._evenly = evenly_distributed(thresholds)
        self._count_in((len(thresholds),))

    def _count_in(self, shape: tuple[int, ...]) -> None:
        for kind in self._counted:
            setattr(self, kind, self.add_variable(shape, "zeros", name=kind))

    def _add(self, counts: dict[str, Values]) -> None:
        for kind in self._counted:
            getattr(self, kind).assign_add(counts[kind])

    def _ratio(self, part: str, rest: str) -> Values:
        """part / (part + rest), and 0 where both are."""
        a, b = getattr(self, part).value, getattr(self, rest).value
        return ratio(a, a + b)

    @ignored
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in a batch of targets, 0 or 1, and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        self._add(
            confusion_counts(
                self.name,
                y_true,
                y_pred,
                self.thresholds,
                self._evenly,
                sample_weight,
                top_k=getattr(self, "top_k", None),
                class_id=getattr(self, "class_id", None),
            )
        )


def checked_thresholds(op: str, thresholds: Any, default: float = 0.5) -> list[float]:
    """Thresholds as a list; a number is one threshold."""
    if thresholds is None:
        return [default]
    several = isinstance(thresholds, list | tuple | range | np.ndarray)
    listed = list(thresholds) if several and np.ndim(thresholds) else [thresholds]
    if not listed or not all(is_number(t) and 0 <= t <= 1 for t in listed):
        raise ValueError(f"[{op}] expected thresholds in [0, 1], got {thresholds!r}")
    return listed


def evenly_distributed(thresholds: Any) -> bool:
    """Whether these are 0, 1 / n, 2 / n, …, 1: a prediction's place is then found by a product."""
    n = len(thresholds)
    even = np.arange(n, dtype=np.float32) / max(1, n - 1)
    return n >= 3 and bool(np.allclose(np.asarray(thresholds, np.float64), even, atol=1e-7))


def confusion_counts(
    op: str,
    y_true: Any,
    y_pred: Any,
    thresholds: Any,
    evenly: bool,
    sample_weight: Any = None,
    *,
    top_k: int | None = None,
    class_id: int | None = None,
    label_weights: Values | None = None,
    multi_label: bool = False,
) -> dict[str, Values]:
    """The four counts for each threshold, or for each threshold and label.

    A prediction's place among the thresholds is found once, and counted there; the counts for all
    thresholds are running sums of these.
    """
    t, p = fit_pair(op, y_true, np.asarray(y_pred, np.float32))
    weight = None if sample_weight is None else fit_weight(op, sample_weight, t.shape)
    if top_k is not None:
        p = _only_largest(op, p, top_k)
    if class_id is not None:
        if p.ndim < 2 or not -p.shape[-1] <= class_id < p.shape[-1]:
            raise ValueError(f"[{op}] expected y_pred with a class {class_id}, got shape {p.shape}")
        t, p = t[..., class_id], p[..., class_id]
        weight = None if weight is None else weight[..., class_id]
    if label_weights is not None:
        if label_weights.size != t.shape[-1]:
            raise ValueError(
                f"[{op}] expected label_weights for {t.shape[-1]} labels, got {label_weights.size}"
            )
        weight = np.broadcast_to(
            label_weights if weight is None else weight * label_weights, t.shape
        )

    bins = len(thresholds) + 1
    below = _thresholds_below(p, thresholds, evenly)
    labels = p.shape[-1] if multi_label else 1
    place = (t != 0) * labels * bins + below
    if multi_label:
        place += np.arange(labels) * bins
    flat = None if weight is None else weight.ravel()
    counts = np.bincount(place.ravel(), flat, minlength=2 * labels * bins)
    up_to = running_sum(counts.reshape(2, labels, bins))
    above = running_sum(counts.reshape(2, labels, bins)[..., ::-1])[..., ::-1]
    negative, positive = up_to[..., :-1], above[..., 1:]
    four = (positive[1], positive[0], negative[0], negative[1])
    return {
        kind: np.ascontiguousarray(x.T) if multi_label else x[0]
        for kind, x in zip(KINDS, four, strict=True)
    }


def _thresholds_below(p: Values, thresholds: Any, evenly: bool) -> Values:
    """How many thresholds each prediction exceeds; NaN exceeds none."""
    if not evenly:
        ordered = np.sort(np.asarray(thresholds, np.float32))
        return np.searchsorted(ordered, np.fmax(p, np.float32(-np.inf)))
    last = np.float32(len(thresholds) - 1)
    below = np.ceil(np.fmin(np.fmax(p, np.float32(0)), np.float32(1)) * last).astype(np.int64)
    return np.maximum(below, 1) if thresholds[0] < 0 else below


def _only_largest(op: str, p: Values, k: int) -> Values:
    """-1e10 for all but the k largest along the last axis; of equal ones the first count."""
    if p.ndim == 0 or not 0 < k <= p.shape[-1]:
        raise ValueError(f"[{op}] expected top_k from 1 to the number of classes, got {k!r}")
    largest = np.argsort(-p, axis=-1, kind="stable")[..., :k]
    kept = np.full_like(p, -1e10)
    np.put_along_axis(kept, largest, np.take_along_axis(p, largest, axis=-1), axis=-1)
    return kept


def in_given_order(counts: Values, thresholds: Any) -> Values:
    """Counts in the order in which the thresholds were given."""
    result = np.empty_like(counts)
    result[np.argsort(np.asarray(thresholds, np.float32), kind="stable")] = counts
    return result


def inner_thresholds(n: int) -> list[float]:
    """The inner ones of n thresholds from 0 to 1."""
    check_metric("a list of thresholds", (n,))
    return [(i + 1) / (n - 1) for i in range(n - 2)]
