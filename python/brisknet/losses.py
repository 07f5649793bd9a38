"""Losses, by Keras's names: classes for `compile`, and functions that give each row's loss.

A row is one sample, or one position of it where outputs have more axes than (samples, outputs).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet._arguments import Array, as_float32, choices, describe, refuse_names
from brisknet.naming import auto_name
from brisknet.ops import as_labels

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]

__getattr__ = refuse_names(
    __name__,
    """
    BinaryFocalCrossentropy CTC CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy
    CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh
    MeanAbsolutePercentageError MeanSquaredLogarithmicError Poisson SquaredHinge Tversky
    binary_focal_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc
    deserialize dice hinge huber kl_divergence log_cosh mean_absolute_percentage_error
    mean_squared_logarithmic_error poisson serialize squared_hinge tversky
    """,
)

EPSILON = 1e-7  # Keras's: probabilities are clipped to [EPSILON, 1 - EPSILON]

_REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


class Loss:
    """A loss over batches: rows' losses, weighted and reduced to one number.

    A loss of one's own defines `call(y_true, y_pred)`, which returns the rows' losses, of shape
    y_pred.shape[:-1], and the gradient of each by its y_pred, of the shape of y_pred.

    Args:
        name: by default the class's.
        reduction: 'sum_over_batch_size' or 'mean': the sum divided by the number of rows; 'sum';
            'mean_with_sample_weight': divided by the sum of the weights; None or 'none': no
            reduction (not for training).
        dtype: 'float32' or None.

    Raises:
        ValueError: if the reduction is none of these.

    Example:
        >>> float(MeanSquaredError()([[0.0], [1.0]], [[1.0], [1.0]]))
        0.5
    """

    _elementwise = False  # whether there is a target for each element of y_pred

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        op = type(self).__name__
        if reduction not in _REDUCTIONS:
            raise ValueError(
                f"[{op}] expected reduction {', '.join(map(repr, _REDUCTIONS))}, got {reduction!r}"
            )
        if dtype not in (None, "float32"):
            raise ValueError(f"[{op}] expected dtype 'float32', got {dtype!r}")
        self.name = auto_name(op) if name is None else name
        self.reduction = reduction

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        raise NotImplementedError(
            f"[{type(self).__name__}] a loss must define call(y_true, y_pred), which returns "
            "(losses, gradients)"
        )

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        """Raises for values among all targets that a batch further on would be refused for.

        Args:
            op: for the error.
            y_true: the targets of a whole data set.
            outputs: the length of the predictions' last axis.
        """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of a batch: a float32, or an array with one a row where there is no reduction.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: a weight for each row, or for each sample.
        """
        y_pred = as_float32(self.name, "y_pred", y_pred)
        losses, _, weight, scale = self._evaluate(y_true, y_pred, sample_weight, False)
        if self.reduction in (None, "none"):
            return losses if weight is None else losses * weight
        return np.float32(_core.weighted_sum(losses, weight) * scale)

    def value_and_gradient(
        self, y_true: Any, y_pred: Array, sample_weight: Any = None
    ) -> tuple[float, Array]:
        """The reduced loss and its gradient by y_pred."""
        if self.reduction in (None, "none"):
            raise ValueError(f"[{self.name}] expected a reduction for training, got None")
        losses, gradient, weight, scale = self._evaluate(y_true, y_pred, sample_weight, True)
        assert gradient is not None
        return _core.weighted_sum(losses, weight) * scale, gradient

    def _evaluate(
        self, y_true: Any, y_pred: Array, sample_weight: Any, gradient: bool
    ) -> tuple[Array, Array | None, Array | None, float]:
        """Rows' losses, the gradient of the reduced loss, the rows' weights, the scale."""
        shape = y_pred.shape
        if self._elementwise:
            y_pred = fit_predictions(y_true, y_pred)
        rows = y_pred.shape[:-1]
        weight = None if sample_weight is None else fit_weight(self.name, sample_weight, rows)
        y_true, weight = self._prepare(y_true, y_pred, weight)
        scale = self._scale(rows, weight)
        losses, dy = self._rows(y_true, y_pred, weight, scale, gradient)
        if dy is not None and dy.shape != shape:
            dy = dy.reshape(shape)
        return losses, dy, weight, scale

    def _prepare(
        self, y_true: Any, y_pred: Array, weight: Array | None
    ) -> tuple[Any, Array | None]:
        """Targets as `_rows` takes them; a loss may leave out rows by their weight."""
        return y_true, weight

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        losses, gradients = self.call(y_true, y_pred)
        losses = as_float32(self.name, "losses", losses)
        gradients = as_float32(self.name, "gradients", gradients)
        if losses.shape != y_pred.shape[:-1] or gradients.shape != y_pred.shape:
            raise ValueError(
                f"[{self.name}] expected losses of shape {y_pred.shape[:-1]} and gradients of "
                f"shape {y_pred.shape}, got {losses.shape} and {gradients.shape}"
            )
        if not gradient:
            return losses, None
        factor = np.float32(scale) if weight is None else (weight * np.float32(scale))[..., None]
        return losses, np.ascontiguousarray(gradients * factor)

    def _scale(self, rows: tuple[int, ...], weight: Array | None) -> float:
        if self.reduction in ("sum", "none", None):
            return 1.0
        count = float(math.prod(rows))
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            count = _core.weighted_sum(weight)
        return 1.0 / count if count else 0.0


def fit_weight(op: str, weight: Any, rows: tuple[int, ...]) -> Array:
    """Sample weights in the shape of the rows: a weight holds for all along an axis of length 1."""
    w = as_float32(op, "sample_weight", weight)
    if w.shape == (*rows, 1):
        return w.reshape(rows)
    if w.ndim > len(rows) or any(a not in (1, b) for a, b in zip(w.shape, rows, strict=False)):
        raise ValueError(f"[{op}] expected sample_weight of shape {rows}, got {w.shape}")
    spread = w.reshape(w.shape + (1,) * (len(rows) - w.ndim))
    return np.asarray(np.broadcast_to(spread, rows), order="C")


def fit_predictions(y_true: Any, y_pred: Array) -> Array:
    """Predictions in the shape of the targets where, as in Keras, these say what a row is.

    (n,) for targets (n, 1) are n rows of one; (n, t, 1) for targets (n, t) are n rows of t.
    """
    if y_pred.ndim == 2:
        return y_pred
    shape = np.shape(y_true)
    longer = y_pred.ndim == 1 and shape == (*y_pred.shape, 1)
    shorter = y_pred.ndim > 2 and y_pred.shape == (*shape, 1)
    return y_pred.reshape(shape) if longer or shorter else y_pred


def fit_targets(op: str, y_true: Any, y_pred: Array) -> Array:
    """Targets in the shape of the predictions; one may have a last axis of length 1 more."""
    target = as_float32(op, "y_true", y_true)
    if target.shape == y_pred.shape:
        return target
    if (*target.shape, 1) == y_pred.shape or target.shape == (*y_pred.shape, 1):
        return target.reshape(y_pred.shape)
    hint = ""
    if op == "categorical_crossentropy" and target.shape in (
        y_pred.shape[:-1],
        (*y_pred.shape[:-1], 1),
    ):
        hint = ": for class numbers use sparse_categorical_crossentropy, or utils.to_categorical"
    raise ValueError(
        f"[{op}] expected y_true of the shape of y_pred, {y_pred.shape}, got {target.shape}{hint}"
    )


def fit_labels(op: str, y_true: Any, y_pred: Array) -> npt.NDArray[np.int64]:
    """Class numbers, one a row."""
    labels = as_labels(op, "y_true", y_true)
    rows = y_pred.shape[:-1]
    if labels.shape == (*rows, 1):
        labels = labels.reshape(rows)
    if labels.shape != rows:
        hint = (
            ": for one-hot targets use categorical_crossentropy"
            if labels.shape == y_pred.shape
            else ""
        )
        raise ValueError(f"[{op}] expected y_true of shape {rows}, got {labels.shape}{hint}")
    return labels


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
}
_FUNCTIONS = {f.__name__: f for f in _CLASS_OF} | {
    "mse": mean_squared_error,
    "MSE": mean_squared_error,
    "mae": mean_absolute_error,
    "MAE": mean_absolute_error,
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
