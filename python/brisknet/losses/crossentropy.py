"""Cross-entropies of two or more classes, through the core's kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from brisknet import _core
from brisknet.arguments.axes import checked_axis
from brisknet.arguments.checks import Array
from brisknet.arguments.numbers import checked_number
from brisknet.losses.arithmetic import EPSILON
from brisknet.losses.function_loss import FunctionLoss
from brisknet.losses.shapes import check_classes, fit_labels, fit_targets
from brisknet.ops import as_labels

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
]


def checked_smoothing(op: str, smoothing: float) -> float:
    """A `label_smoothing`."""
    return float(checked_number(op, "label_smoothing", smoothing, 0, 1))


class SmoothedClasses(FunctionLoss):
    """What losses with one-hot targets and a `label_smoothing` share."""

    label_smoothing: float
    _of_classes = True
    _elementwise = True

    @property
    def _smoothing(self) -> float:
        """What is left to do where rows are computed."""
        return self.label_smoothing if self._axis == -1 else 0.0

    def _along_last(
        self, y_true: Any, y_pred: Array
    ) -> tuple[Array, Array, Callable[[Array], Array]]:
        # As in Keras, by the length of the last axis whichever the classes go along.
        t, s = fit_targets(self.name, y_true, y_pred), np.float32(self.label_smoothing)
        smoothed = t * (np.float32(1) - s) + s / np.float32(t.shape[-1]) if s else t
        return super()._along_last(smoothed, y_pred)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] = -1,
) -> Any:
    """Each row's loss (see `BinaryCrossentropy`).

    Example:
        >>> binary_crossentropy([[1.0]], [[0.5]])
        array([0.6931472], dtype=float32)
    """
    return BinaryCrossentropy(from_logits, label_smoothing, axis, None)(y_true, y_pred)


class BinaryCrossentropy(FunctionLoss, fn=binary_crossentropy):
    """-y_true log(p) - (1 - y_true) log(1 - p), averaged over an axis.

    Args:
        from_logits: y_pred are logits, p = sigmoid(y_pred); otherwise probabilities, which are
            clipped to [1e-7, 1 - 1e-7].
        label_smoothing: in [0, 1]: y_true becomes (1 - s) y_true + s / 2.
        axis: what the mean is over: an axis, or a list of them.
        reduction, name, dtype: see `Loss`.
    """

    _elementwise = True

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = checked_smoothing("BinaryCrossentropy", label_smoothing)
        self.axis = self._axis = checked_axis("BinaryCrossentropy", axis)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("binary_crossentropy", y_true, y_pred)
        epsilon = 0.0 if self.from_logits else EPSILON
        return _core.binary_cross_entropy(
            y_pred, target, weight, scale, self.label_smoothing, epsilon, gradient
        )


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] = -1,
) -> Any:
    """Each row's loss (see `CategoricalCrossentropy`).

    Example:
        >>> categorical_crossentropy([[0, 1]], [[0.5, 0.5]])
        array([0.6931472], dtype=float32)
    """
    return CategoricalCrossentropy(from_logits, label_smoothing, axis, None)(y_true, y_pred)


class CategoricalCrossentropy(SmoothedClasses, fn=categorical_crossentropy):
    """-sum(y_true log(p)) over an axis, the classes.

    Args:
        from_logits: y_pred are logits, p = softmax(y_pred); otherwise probabilities, which are
            divided by their sum and clipped to [1e-7, 1 - 1e-7].
        label_smoothing: in [0, 1]: y_true becomes (1 - s) y_true + s / n, with the length n of the
            last axis, as in Keras, also where the classes go along another.
        axis: what the classes go along.
        reduction, name, dtype: see `Loss`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = from_logits
        self.axis = self._axis = checked_axis("CategoricalCrossentropy", axis)
        self.label_smoothing = checked_smoothing("CategoricalCrossentropy", label_smoothing)

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        target = fit_targets("categorical_crossentropy", y_true, y_pred)
        return _cross_entropy(self, target, y_pred, weight, scale, self._smoothing, gradient)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Each row's loss (see `SparseCategoricalCrossentropy`); 0 for rows of the ignored class.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]])
        array([0.6931472], dtype=float32)
    """
    loss = SparseCategoricalCrossentropy(from_logits, ignore_class, None, axis)
    return loss(y_true, y_pred)


class SparseCategoricalCrossentropy(FunctionLoss, fn=sparse_categorical_crossentropy):
    """-log(p[y_true]), for class numbers y_true.

    Args:
        from_logits: see `CategoricalCrossentropy`.
        ignore_class: a class number whose rows take no part.
        reduction, name, dtype: see `Loss`.
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
        super().__init__(reduction, name, dtype)
        if axis != -1:
            raise ValueError(
                f"[SparseCategoricalCrossentropy] axis {axis!r} is not supported: classes go along "
                "the last, -1"
            )
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        """As in Keras, without the axis."""
        own = {"from_logits": self.from_logits, "ignore_class": self.ignore_class}
        return {**super().get_config(), **own}

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        labels = as_labels(op, "y", y_true)
        if self.ignore_class is not None:
            labels = labels[labels != self.ignore_class]
        check_classes(op, "y", labels, outputs)

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
        try:
            return _cross_entropy(self, y_true, y_pred, weight, scale, 0.0, gradient)
        except ValueError:  # says less
            check_classes("sparse_categorical_crossentropy", "y_true", y_true, y_pred.shape[-1])
            raise


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
