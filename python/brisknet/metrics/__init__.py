"""Metrics, by Keras's names: accumulated over batches, read with `result()`."""

from __future__ import annotations

import re
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
from brisknet.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from brisknet.metrics.base import (
    Metric,
)
from brisknet.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from brisknet.metrics.correlation import (
    ConcordanceCorrelation,
    CosineSimilarity,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from brisknet.metrics.curves import (
    AUC,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from brisknet.metrics.errors import (
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    RootMeanSquaredError,
)
from brisknet.metrics.f_score import (
    F1Score,
    FBetaScore,
)
from brisknet.metrics.iou import (
    BinaryIoU,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
)
from brisknet.metrics.margin import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
)
from brisknet.metrics.means import Mean, MeanMetricWrapper, Sum
from brisknet.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from brisknet.metrics.r2_score import (
    R2Score,
)
from brisknet.names.automatic import object_name
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
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


def resolve(
    identifier: Any, y_true_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]
) -> Metric:
    """`get`, with 'accuracy' chosen as Keras does.

    Binary for one output; sparse where targets have an axis less than the outputs, or a last axis
    of length 1; else categorical.
    """
    if not isinstance(identifier, str) or identifier.lower() not in ("accuracy", "acc"):
        metric = get(identifier)
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


def direction_of(name: str) -> str | None:
    """Whether more ('up') or less ('down') is better of a metric of this name in the history."""
    name = re.sub(r"_\d+$", "", name.removeprefix("val_"))
    if name == "loss" or name.endswith("_loss"):
        return "down"
    known = {**_registry.names, "acc": Accuracy}.get(name)
    return getattr(known, "direction", None)
