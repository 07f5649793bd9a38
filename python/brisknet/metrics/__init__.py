"""Metrics, by Keras's names: accumulated over batches, read with `result()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.losses import (
    ALIASES,
    INSTEAD,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from brisknet.metrics import (
    accuracy,
    best_at,
    confusion,
    correlation,
    curves,
    errors,
    f_score,
    iou,
    margin,
    means,
    probabilistic,
    r2_score,
)
from brisknet.metrics.accuracy import *
from brisknet.metrics.base import Metric
from brisknet.metrics.best_at import *
from brisknet.metrics.confusion import *
from brisknet.metrics.correlation import *
from brisknet.metrics.curves import *
from brisknet.metrics.errors import *
from brisknet.metrics.f_score import *
from brisknet.metrics.iou import *
from brisknet.metrics.margin import *
from brisknet.metrics.means import *
from brisknet.metrics.probabilistic import *
from brisknet.metrics.r2_score import *
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = ["Metric", "deserialize", "get", "serialize"]
__all__ += accuracy.__all__
__all__ += best_at.__all__
__all__ += confusion.__all__
__all__ += correlation.__all__
__all__ += curves.__all__
__all__ += errors.__all__
__all__ += f_score.__all__
__all__ += iou.__all__
__all__ += margin.__all__
__all__ += means.__all__
__all__ += probabilistic.__all__
__all__ += r2_score.__all__
# The losses that Keras has among its metrics too.
__all__ += [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

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
        ValueError: if there is none.

    Example:
        >>> deserialize(serialize(BinaryAccuracy(threshold=0.25))).threshold
        0.25
    """
    return _registry.deserialize(config, custom_objects)
