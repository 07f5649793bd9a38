"""Losses, by Keras's names: classes for `compile`, and functions that give each row's loss.

A row is one sample, or one position of it where outputs have more axes than (samples, outputs).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from brisknet import _core
from brisknet._arguments import Array, choices, describe, refuse_names
from brisknet.losses.base import EPSILON, Loss, fit_labels, fit_targets
from brisknet.losses.errors import (
    Huber,
    LogCosh,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    Poisson,
    huber,
    log_cosh,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
    poisson,
)
from brisknet.ops import as_labels

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Huber",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
]

__getattr__ = refuse_names(
    __name__,
    """
    BinaryFocalCrossentropy CTC CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy
    CategoricalHinge Circle CosineSimilarity Dice Hinge KLDivergence
    SquaredHinge Tversky
    binary_focal_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc
    deserialize dice hinge kl_divergence
    serialize squared_hinge tversky
    """,
)


def _last_axis_only(op: str, axis: int) -> None:
    if axis != -1:
        raise ValueError(f"[{op}] axis {axis!r} is not supported: classes go along the last, -1")


def _checked_smoothing(op: str, smoothing: float) -> float:
    if not 0 <= smoothing <= 1:
        raise ValueError(f"[{op}] expected label_smoothing in [0, 1], got {smoothing!r}")
    return float(smoothing)


class MeanSquaredError(Loss):
    """mean((y_true - y_pred)^2) over the last axis."""

    _elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("mean_squared_error", y_true, y_pred)
        return _core.mean_squared_error(y_pred, target, weight, scale, gradient)


class MeanAbsoluteError(Loss):
    """mean(|y_true - y_pred|) over the last axis."""

    _elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("mean_absolute_error", y_true, y_pred)
        return _core.mean_absolute_error(y_pred, target, weight, scale, gradient)


class BinaryCrossentropy(Loss):
    """-y_true log(p) - (1 - y_true) log(1 - p), averaged over the last axis.

    Args:
        from_logits: y_pred are logits, p = sigmoid(y_pred); otherwise probabilities, which are
            clipped to [1e-7, 1 - 1e-7].
        label_smoothing: in [0, 1]: y_true becomes (1 - s) y_true + s / 2.
        axis: -1.
        reduction, name, dtype: as of `Loss`.
    """

    _elementwise = True

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        _last_axis_only("BinaryCrossentropy", axis)
        self.from_logits = from_logits
        self.label_smoothing = _checked_smoothing("BinaryCrossentropy", label_smoothing)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("binary_crossentropy", y_true, y_pred)
        epsilon = 0.0 if self.from_logits else EPSILON
        return _core.binary_cross_entropy(
            y_pred, target, weight, scale, self.label_smoothing, epsilon, gradient
        )


class CategoricalCrossentropy(Loss):
    """-sum(y_true log(p)) over the last axis, the classes.

    Args:
        from_logits: y_pred are logits, p = softmax(y_pred); otherwise probabilities, which are
            divided by their sum and clipped to [1e-7, 1 - 1e-7].
        label_smoothing: in [0, 1]: y_true becomes (1 - s) y_true + s / classes.
        axis: -1.
        reduction, name, dtype: as of `Loss`.
    """

    _elementwise = True

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        _last_axis_only("CategoricalCrossentropy", axis)
        self.from_logits = from_logits
        self.label_smoothing = _checked_smoothing("CategoricalCrossentropy", label_smoothing)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("categorical_crossentropy", y_true, y_pred)
        return _cross_entropy(self, target, y_pred, weight, scale, self.label_smoothing, gradient)


class SparseCategoricalCrossentropy(Loss):
    """-log(p[y_true]), for class numbers y_true.

    Args:
        from_logits: as of `CategoricalCrossentropy`.
        ignore_class: a class number whose rows take no part.
        reduction, name, dtype: as of `Loss`.
        axis: -1.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        _last_axis_only("SparseCategoricalCrossentropy", axis)
        self.from_logits = from_logits
        self.ignore_class = ignore_class

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        labels = as_labels(op, "y", y_true)
        if self.ignore_class is not None:
            labels = labels[labels != self.ignore_class]
        if labels.size and not (labels.min() >= 0 and labels.max() < outputs):
            raise ValueError(
                f"[{op}] expected y: class numbers from 0 to {outputs - 1}, "
                f"got {labels.min()} to {labels.max()}"
            )

    def _prepare(
        self, y_true: Any, y_pred: Array, weight: Array | None
    ) -> tuple[Any, Array | None]:
        labels = fit_labels("sparse_categorical_crossentropy", y_true, y_pred)
        if self.ignore_class is None:
            return labels, weight
        valid = labels != self.ignore_class
        # As in Keras: the mean is over the rows that count.
        share = 1.0
        if self.reduction in ("mean", "sum_over_batch_size") and valid.any():
            share = valid.size / np.count_nonzero(valid)
        kept = np.where(valid, np.float32(share), np.float32(0))
        return np.where(valid, labels, 0), kept if weight is None else kept * weight

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        return _cross_entropy(self, y_true, y_pred, weight, scale, 0.0, gradient)


def _cross_entropy(
    loss: CategoricalCrossentropy | SparseCategoricalCrossentropy,
    target: Any,
    y_pred: Array,
    weight: Array | None,
    scale: float,
    smoothing: float,
    gradient: bool,
) -> tuple[Array, Array | None]:
    if loss.from_logits:
        return _core.softmax_cross_entropy(y_pred, target, weight, scale, smoothing, gradient)
    return _core.cross_entropy(y_pred, target, weight, scale, smoothing, EPSILON, gradient)


def mean_squared_error(y_true: Any, y_pred: Any) -> Array:
    """Each row's mean((y_true - y_pred)^2).

    Example:
        >>> mean_squared_error([[0, 0]], [[1, 3]])
        array([5.], dtype=float32)
    """
    return _losses(MeanSquaredError(None), y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Array:
    """Each row's mean(|y_true - y_pred|).

    Example:
        >>> mean_absolute_error([[0, 0]], [[1, 3]])
        array([2.], dtype=float32)
    """
    return _losses(MeanAbsoluteError(None), y_true, y_pred)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Each row's loss (see `BinaryCrossentropy`).

    Example:
        >>> binary_crossentropy([[1.0]], [[0.5]])
        array([0.6931472], dtype=float32)
    """
    return _losses(BinaryCrossentropy(from_logits, label_smoothing, axis, None), y_true, y_pred)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Each row's loss (see `CategoricalCrossentropy`).

    Example:
        >>> categorical_crossentropy([[0, 1]], [[0.5, 0.5]])
        array([0.6931472], dtype=float32)
    """
    return _losses(
        CategoricalCrossentropy(from_logits, label_smoothing, axis, None), y_true, y_pred
    )


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Array:
    """Each row's loss (see `SparseCategoricalCrossentropy`); 0 for rows of the ignored class.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]])
        array([0.6931472], dtype=float32)
    """
    loss = SparseCategoricalCrossentropy(from_logits, ignore_class, None, axis)
    return _losses(loss, y_true, y_pred)


def _losses(loss: Loss, y_true: Any, y_pred: Any) -> Array:
    losses: Array = loss(y_true, y_pred)
    return losses


_CLASS_OF: dict[Callable[..., Any], type[Loss]] = {
    mean_squared_error: MeanSquaredError,
    mean_absolute_error: MeanAbsoluteError,
    binary_crossentropy: BinaryCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    huber: Huber,
    log_cosh: LogCosh,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    poisson: Poisson,
}
_FUNCTIONS = {f.__name__: f for f in _CLASS_OF} | {
    "mse": mean_squared_error,
    "MSE": mean_squared_error,
    "mae": mean_absolute_error,
    "MAE": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
    "MAPE": mean_absolute_percentage_error,
    "msle": mean_squared_logarithmic_error,
    "MSLE": mean_squared_logarithmic_error,
    "bce": binary_crossentropy,
    "BCE": binary_crossentropy,
}
_CLASSES = {cls.__name__: cls for cls in _CLASS_OF.values()}


def is_own(function: Callable[..., Any]) -> bool:
    """Whether this is one of the functions above."""
    return any(function is own for own in _CLASS_OF)


def get(identifier: Any) -> Any:
    """What a name means, as in Keras: a function for 'mse', a Loss for 'MeanSquaredError'.

    Functions, Loss objects and None are given back, a Loss class is called.

    Raises:
        ValueError: if there is no such loss.

    Example:
        >>> get("mse") is mean_squared_error
        True
    """
    if isinstance(identifier, str):
        if identifier in _FUNCTIONS:
            return _FUNCTIONS[identifier]
        if identifier in _CLASSES:
            return _CLASSES[identifier]()
    elif isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    elif identifier is None or callable(identifier):
        return identifier
    raise ValueError(
        f"[losses.get] expected one of {choices([*_FUNCTIONS, *_CLASSES])}, a Loss or a function, "
        f"got {describe(identifier)}"
    )


class _FunctionLoss(Loss):
    """A user's function of (y_true, y_pred) that returns the rows' losses and their gradients."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(getattr(function, "__name__", "loss"))
        self.function = function

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        result = self.function(y_true, y_pred)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"[{self.name}] expected the loss function to return (losses, gradients), "
                f"got {describe(result)}"
            )
        return result[0], result[1]


def as_loss(identifier: Any) -> Loss:
    """The Loss that `compile(loss=…)` means."""
    loss = get(identifier)
    if isinstance(loss, Loss):
        return loss
    if loss is None:
        raise ValueError("[compile] expected a loss, got None")
    return _CLASS_OF[loss]() if loss in _CLASS_OF else _FunctionLoss(loss)
