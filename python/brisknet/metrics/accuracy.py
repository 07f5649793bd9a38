"""Accuracies: how often predictions are right, as functions and as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.checks import as_array
from brisknet.arguments.numbers import checked_integer
from brisknet.losses.shapes import fit_labels
from brisknet.metrics.base import Values, fit_pair
from brisknet.metrics.means import MeanOfFunction
from brisknet.runtime.float_environment import ignored

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def _labels_and_scores(op: str, y_true: Any, y_pred: Any) -> tuple[Values, Values]:
    """Class numbers of shape (…) and scores of shape (…, classes)."""
    t, p = as_array(op, "y_true", y_true), as_array(op, "y_pred", y_pred)
    rows = p.shape[:-1]
    if t.shape == (*rows, 1):
        t = t.reshape(rows)
    if p.ndim == 0 or t.shape != rows:
        raise ValueError(f"[{op}] expected y_true of shape {rows}, got {t.shape}")
    return t, p


@ignored
def accuracy(y_true: Any, y_pred: Any) -> Values:
    """1 where y_true equals y_pred, else 0, elementwise."""
    t, p = fit_pair("accuracy", y_true, y_pred)
    return np.asarray(t == p, np.float32)


@ignored
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Values:
    """1 where y_pred lies on y_true's side of the threshold, elementwise.

    Example:
        >>> binary_accuracy([[1], [0]], [[0.9], [0.6]])
        array([[1.],
               [0.]], dtype=float32)
    """
    t, p = fit_pair("binary_accuracy", y_true, y_pred)
    return np.asarray(t == (p > threshold), np.float32)


@ignored
def categorical_accuracy(y_true: Any, y_pred: Any) -> Values:
    """1 where the largest of y_pred is where the largest of y_true is, for each row.

    Example:
        >>> categorical_accuracy([[0, 1]], [[0.2, 0.8]])
        array([1.], dtype=float32)
    """
    t, p = as_array("categorical_accuracy", "y_true", y_true), np.asarray(y_pred)
    if t.shape != p.shape or t.ndim == 0:
        raise ValueError(
            f"[categorical_accuracy] expected y_true of the shape of y_pred, {p.shape}, "
            f"got {t.shape}"
        )
    return np.asarray(t.argmax(axis=-1) == p.argmax(axis=-1), np.float32)


@ignored
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Values:
    """1 where the largest of y_pred is at class y_true, for each row.

    Example:
        >>> sparse_categorical_accuracy([1], [[0.2, 0.8]])
        array([1.], dtype=float32)
    """
    t, p = _labels_and_scores("sparse_categorical_accuracy", y_true, y_pred)
    return np.asarray(t == p.argmax(axis=-1), np.float32)


@ignored
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Values:
    """1 where y_true's largest class is among the k largest of y_pred, for each row.

    Example:
        >>> top_k_categorical_accuracy([[1, 0, 0]], [[0.3, 0.1, 0.6]], k=2)
        array([1.], dtype=float32)
    """
    t = as_array("top_k_categorical_accuracy", "y_true", y_true)
    if t.shape != np.shape(y_pred) or t.ndim == 0:
        raise ValueError(
            f"[top_k_categorical_accuracy] expected y_true of the shape of y_pred, "
            f"{np.shape(y_pred)}, got {t.shape}"
        )
    return sparse_top_k_categorical_accuracy(t.argmax(axis=-1), y_pred, k)


@ignored
def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Values:
    """1 where class y_true is among the k largest of y_pred, for each row.

    Args:
        y_true: class numbers, shape (…).
        y_pred: scores, shape (…, classes); with from_sorted_ids, class numbers in falling order of
            their scores.
        k: how many count.

    Example:
        >>> sparse_top_k_categorical_accuracy([0], [[0.3, 0.1, 0.6]], k=2)
        array([1.], dtype=float32)
    """
    op = "sparse_top_k_categorical_accuracy"
    checked_integer(op, "k", k, 1)
    t, p = _labels_and_scores(op, y_true, y_pred)
    if from_sorted_ids:
        return np.asarray((t[..., None] == p[..., :k]).any(axis=-1), np.float32)
    classes = p.shape[-1]
    labels = fit_labels(op, t, np.asarray(p, dtype=np.float32))
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"[{op}] expected class numbers from 0 to {classes - 1}, "
            f"got {labels.min()} to {labels.max()}"
        )
    k = min(k, classes)
    least = np.partition(p, classes - k, axis=-1)[..., classes - k]
    return np.asarray(
        np.take_along_axis(p, labels[..., None], axis=-1)[..., 0] >= least, np.float32
    )


class Accuracy(MeanOfFunction, fn=accuracy):
    """How often y_true equals y_pred."""

    direction = "up"


class BinaryAccuracy(MeanOfFunction, fn=binary_accuracy):
    """How often y_pred lies on y_true's side of the threshold."""

    direction = "up"

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: str | None = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(name, dtype)
        self.threshold = threshold


class CategoricalAccuracy(MeanOfFunction, fn=categorical_accuracy):
    """How often the largest of y_pred is where the largest of y_true is."""

    direction = "up"


class SparseCategoricalAccuracy(MeanOfFunction, fn=sparse_categorical_accuracy):
    """How often the largest of y_pred is at class y_true."""

    direction = "up"


class TopKCategoricalAccuracy(MeanOfFunction, fn=top_k_categorical_accuracy):
    """How often y_true's largest class is among the k largest of y_pred."""

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanOfFunction, fn=sparse_top_k_categorical_accuracy):
    """How often class y_true is among the k largest of y_pred."""

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.k = k
        self.from_sorted_ids = from_sorted_ids

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same metric again; from_sorted_ids where it is True."""
        config = {**super().get_config(), "k": self.k}
        return {**config, "from_sorted_ids": True} if self.from_sorted_ids else config
