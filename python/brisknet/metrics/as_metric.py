"""What `compile(metrics=…)` takes, as a `Metric`."""

from __future__ import annotations

from typing import Any

from brisknet import metrics
from brisknet.metrics.accuracy import (
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
)
from brisknet.metrics.base import Metric
from brisknet.metrics.means import MeanMetricWrapper
from brisknet.names.automatic import object_name


def as_metric(
    identifier: Any, y_true_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]
) -> Metric:
    """`get`, with 'accuracy' chosen as Keras does.

    Binary for one output; sparse where targets have an axis less than the outputs, or a last axis
    of length 1; else categorical.
    """
    if not isinstance(identifier, str) or identifier.lower() not in ("accuracy", "acc"):
        metric = metrics.get(identifier)
        if not isinstance(metric, Metric):
            return MeanMetricWrapper(metric, object_name(metric))
        if isinstance(identifier, str):
            metric.name = identifier
        return metric
    if y_pred_shape[-1] == 1:
        return BinaryAccuracy(identifier)
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return SparseCategoricalAccuracy(identifier)
    return CategoricalAccuracy(identifier)
