"""Metrics, by Keras's names: accumulated over batches, read with `result()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, losses
from brisknet._arguments import as_array, choices, describe, refuse_names
from brisknet.configurable import Configurable
from brisknet.losses.base import fit_labels
from brisknet.naming import auto_name

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "Mean",
    "MeanAbsoluteError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "get",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]

__getattr__ = refuse_names(
    __name__,
    """
    AUC BinaryCrossentropy BinaryIoU CategoricalCrossentropy CategoricalHinge ConcordanceCorrelation
    CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence
    LogCoshError MeanAbsolutePercentageError MeanIoU MeanSquaredLogarithmicError OneHotIoU
    OneHotMeanIoU PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall
    RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity SparseCategoricalCrossentropy
    SpecificityAtSensitivity SquaredHinge Sum TrueNegatives TruePositives binary_crossentropy
    binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy
    categorical_hinge concordance_correlation deserialize hinge huber kl_divergence log_cosh
    mean_absolute_error mean_absolute_percentage_error mean_squared_error
    mean_squared_logarithmic_error pearson_correlation poisson serialize
    sparse_categorical_crossentropy squared_hinge
    """,
)

Values = npt.NDArray[Any]


class Metric(Configurable):
    """Base class: a metric of one's own defines `update_state`, `result` and `reset_state`.

    Args:
        dtype: 'float32' or None; sums are kept in float64.
        name: by default the class's, numbered.
    """

    # Whether more is better ("up") or worse ("down"); None where it depends.
    direction: str | None = None

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        op = type(self).__name__
        if dtype not in (None, "float32"):
            raise ValueError(f"[{op}] expected dtype 'float32', got {dtype!r}")
        self.name = auto_name(op) if name is None else name

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes in a batch."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define update_state")

    def result(self) -> float:
        """The value over all batches since the last reset."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define result")

    def reset_state(self) -> None:
        """Forgets all batches."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must define reset_state")

    def __call__(self, *args: Any, **kwargs: Any) -> float:
        """`update_state`, then `result`."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """The weighted mean of values: sum(w v) / sum(w); 0 where nothing came yet.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1, 3], sample_weight=[3, 1])
        >>> mean.result()
        1.5
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(dtype, name)
        self.reset_state()

    def reset_state(self) -> None:
        self.total = 0.0
        self.count = 0.0

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Takes in values; those of one sample (all axes but the first) count by their mean.

        Args:
            values: a number or an array.
            sample_weight: a weight for each sample, or one for each value.

        Raises:
            ValueError: if there are more weights than values, or they do not fit.
        """
        if isinstance(values, float) and isinstance(sample_weight, float | None):
            weight = 1.0 if sample_weight is None else sample_weight
            self.total += values * weight
            self.count += weight
            return
        v = as_array(self.name, "values", values)
        if sample_weight is None:
            samples = v.shape[0] if v.ndim else 1
            if v.size:
                self.total += _sum(v) * samples / v.size
                self.count += samples
            return
        w = as_array(self.name, "sample_weight", sample_weight).astype(np.float64)
        if w.ndim == v.ndim + 1 and w.shape[-1] == 1:
            w = w[..., 0]
        if w.ndim > v.ndim or any(a not in (1, b) for a, b in zip(w.shape, v.shape, strict=False)):
            raise ValueError(
                f"[{self.name}] expected sample_weight that fits values of shape {v.shape}, "
                f"got {w.shape}"
            )
        if v.size:
            inner = v.reshape(*v.shape[: w.ndim], -1)
            v = _last_sum(inner) / inner.shape[-1]
            w = np.broadcast_to(w, v.shape)
            share = (v.shape[0] if v.ndim else 1) / v.size
            self.total += float(_last_sum((v * w).ravel())) * share
            self.count += float(_last_sum(w.ravel())) * share

    def result(self) -> float:
        return self.total / self.count if self.count else 0.0


def _sum(values: Values) -> float:
    if values.dtype == np.bool_:
        return float(np.count_nonzero(values))
    return _core.weighted_sum(np.ascontiguousarray(values, dtype=np.float32))


def _last_sum(values: Values) -> Values:
    """Sums along the last axis, in its order: the order of np.sum is NumPy's to choose."""
    sums: Values = np.cumsum(values, axis=-1, dtype=np.float64)[..., -1]
    return sums


class MeanMetricWrapper(Mean):
    """The mean of a function of (y_true, y_pred) that gives a value for each sample.

    Args:
        fn: the function.
        name: by default the function's.
        dtype: 'float32' or None.
        **kwargs: further arguments of the function.

    Example:
        >>> error = MeanMetricWrapper(lambda y_true, y_pred: abs(y_pred - y_true), name="error")
        >>> error(np.array([1.0]), np.array([3.0]))
        2.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        if losses.is_own(fn):
            self.direction = "down"

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Takes in a batch of targets and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight)


def _pair(op: str, y_true: Any, y_pred: Any) -> tuple[Values, Values]:
    """Both as arrays of one shape; a last axis of length 1 may be missing in one of them."""
    t, p = as_array(op, "y_true", y_true), as_array(op, "y_pred", y_pred)
    if (*t.shape, 1) == p.shape or t.shape == (*p.shape, 1):
        t = t.reshape(p.shape)
    if t.shape != p.shape:
        raise ValueError(f"[{op}] expected y_true of the shape of y_pred, {p.shape}, got {t.shape}")
    return t, p


def _labels_and_scores(op: str, y_true: Any, y_pred: Any) -> tuple[Values, Values]:
    """Class numbers of shape (…) and scores of shape (…, classes)."""
    t, p = as_array(op, "y_true", y_true), as_array(op, "y_pred", y_pred)
    rows = p.shape[:-1]
    if t.shape == (*rows, 1):
        t = t.reshape(rows)
    if p.ndim == 0 or t.shape != rows:
        raise ValueError(f"[{op}] expected y_true of shape {rows}, got {t.shape}")
    return t, p


def accuracy(y_true: Any, y_pred: Any) -> Values:
    """Whether y_true equals y_pred, elementwise."""
    t, p = _pair("accuracy", y_true, y_pred)
    return np.asarray(t == p)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Values:
    """Whether y_pred lies on y_true's side of the threshold, elementwise.

    Example:
        >>> binary_accuracy([[1], [0]], [[0.9], [0.6]])
        array([[ True],
               [False]])
    """
    t, p = _pair("binary_accuracy", y_true, y_pred)
    return np.asarray(t == (p > threshold))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Values:
    """Whether the largest of y_pred is where the largest of y_true is, for each row.

    Example:
        >>> categorical_accuracy([[0, 1]], [[0.2, 0.8]])
        array([ True])
    """
    t, p = as_array("categorical_accuracy", "y_true", y_true), np.asarray(y_pred)
    if t.shape != p.shape or t.ndim == 0:
        raise ValueError(
            f"[categorical_accuracy] expected y_true of the shape of y_pred, {p.shape}, "
            f"got {t.shape}"
        )
    return np.asarray(t.argmax(axis=-1) == p.argmax(axis=-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Values:
    """Whether the largest of y_pred is at class y_true, for each row.

    Example:
        >>> sparse_categorical_accuracy([1], [[0.2, 0.8]])
        array([ True])
    """
    t, p = _labels_and_scores("sparse_categorical_accuracy", y_true, y_pred)
    return np.asarray(t == p.argmax(axis=-1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Values:
    """Whether y_true's largest class is among the k largest of y_pred, for each row.

    Example:
        >>> top_k_categorical_accuracy([[1, 0, 0]], [[0.3, 0.1, 0.6]], k=2)
        array([ True])
    """
    t = as_array("top_k_categorical_accuracy", "y_true", y_true)
    if t.shape != np.shape(y_pred) or t.ndim == 0:
        raise ValueError(
            f"[top_k_categorical_accuracy] expected y_true of the shape of y_pred, "
            f"{np.shape(y_pred)}, got {t.shape}"
        )
    return sparse_top_k_categorical_accuracy(t.argmax(axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Values:
    """Whether class y_true is among the k largest of y_pred, for each row.

    Args:
        y_true: class numbers, shape (…).
        y_pred: scores, shape (…, classes); with from_sorted_ids, class numbers in falling order of
            their scores.
        k: how many count.

    Example:
        >>> sparse_top_k_categorical_accuracy([0], [[0.3, 0.1, 0.6]], k=2)
        array([ True])
    """
    op = "sparse_top_k_categorical_accuracy"
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"[{op}] expected k: a positive integer, got {k!r}")
    t, p = _labels_and_scores(op, y_true, y_pred)
    if from_sorted_ids:
        return np.asarray((t[..., None] == p[..., :k]).any(axis=-1))
    classes = p.shape[-1]
    labels = fit_labels(op, t, np.asarray(p, dtype=np.float32))
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"[{op}] expected class numbers from 0 to {classes - 1}, "
            f"got {labels.min()} to {labels.max()}"
        )
    k = min(k, classes)
    least = np.partition(p, classes - k, axis=-1)[..., classes - k]
    return np.asarray(np.take_along_axis(p, labels[..., None], axis=-1)[..., 0] >= least)


class Accuracy(MeanMetricWrapper):
    """How often y_true equals y_pred."""

    direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often y_pred lies on y_true's side of the threshold."""

    direction = "up"

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: str | None = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest of y_pred is where the largest of y_true is."""

    direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest of y_pred is at class y_true."""

    direction = "up"

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: str | None = None
    ) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often y_true's largest class is among the k largest of y_pred."""

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often class y_true is among the k largest of y_pred."""

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
        self.k = k


class MeanSquaredError(MeanMetricWrapper):
    """mean((y_true - y_pred)^2)."""

    direction = "down"

    def __init__(self, name: str | None = "mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """mean(|y_true - y_pred|)."""

    direction = "down"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: str | None = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


_CLASSES: dict[str, type[Metric]] = {
    "mean": Mean,
    "accuracy": Accuracy,
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "top_k_categorical_accuracy": TopKCategoricalAccuracy,
    "sparse_top_k_categorical_accuracy": SparseTopKCategoricalAccuracy,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError,
}
_CLASSES |= {cls.__name__: cls for cls in _CLASSES.values()}


def get(identifier: Any) -> Metric:
    """The metric that a name, a class or a function of (y_true, y_pred) means.

    A name given to `compile` also becomes the metric's own name. There, 'accuracy' and 'acc' choose
    among the accuracies by the shapes.

    Raises:
        ValueError: if there is no such metric.

    Example:
        >>> get("mse").name
        'mean_squared_error'
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str) and identifier in _CLASSES:
        return _CLASSES[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier):
        return MeanMetricWrapper(identifier)
    raise ValueError(
        f"[metrics.get] expected one of {choices(_CLASSES)}, a Metric or a function, "
        f"got {describe(identifier)}"
    )


def resolve(
    identifier: Any, y_true_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]
) -> Metric:
    """`get`, with 'accuracy' chosen as Keras does.

    Binary for one output; sparse where targets have an axis less than the outputs, or a last axis
    of length 1; else categorical.
    """
    if not isinstance(identifier, str) or identifier.lower() not in ("accuracy", "acc"):
        metric = get(identifier)
        if isinstance(identifier, str):
            metric.name = identifier
        return metric
    if y_pred_shape[-1] == 1:
        return BinaryAccuracy(identifier)
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return SparseCategoricalAccuracy(identifier)
    return CategoricalAccuracy(identifier)
