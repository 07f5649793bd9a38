"""Metrics, by Keras's names: accumulated over batches, read with `result()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.losses import ALIASES, INSTEAD
from brisknet.metrics.accuracy import *
from brisknet.metrics.base import Metric as Metric
from brisknet.metrics.best_at import *
from brisknet.metrics.confusion import *
from brisknet.metrics.correlation import *
from brisknet.metrics.curves import *
from brisknet.metrics.errors import *
from brisknet.metrics.f_score import *
from brisknet.metrics.iou import *
from brisknet.metrics.loss_functions import *
from brisknet.metrics.margin import *
from brisknet.metrics.means import *
from brisknet.metrics.probabilistic import *
from brisknet.metrics.r2_score import *
from brisknet.names.public import public_names
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

vars()["__all__"] = public_names(__name__, "Metric", "deserialize", "get", "serialize")

__getattr__ = refuse_names(__name__, "", INSTEAD)

_registry = Registry[Any](
    "metrics",
    "metric",
    Metric,
    "a Metric or a function",
    {alias: name for alias, name in ALIASES.items() if name != "kl_divergence"},
    without=("MeanMetricWrapper",),  # it needs a function
)


def get(identifier: Any) -> Any:
    """The metric that a name, a class or a configuration means.

    A function of (y_true, y_pred) stays one, and None stays None.

    A name given to `compile` also becomes the metric's own name. There, 'accuracy' and 'acc' choose
    among the accuracies by the shapes.

    Raises:
        ValueError: if there is no such metric.

    Example:
        >>> get("mse").name
        'mean_squared_error'
    """
    return _registry.get(identifier)


def serialize(metric: Any) -> Any:
    """The configuration of a metric (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The metric, or the function, of a configuration or a name.

    Raises:
        ValueError: if it describes no metric.

    Example:
        >>> deserialize(serialize(BinaryAccuracy(threshold=0.25))).threshold
        0.25
    """
    return _registry.deserialize(config, custom_objects)
