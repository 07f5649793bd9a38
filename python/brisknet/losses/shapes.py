"""Targets and weights in the shapes that losses compute with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import Array, as_float32
from brisknet.ops import as_labels


def fit_weight(op: str, weight: Any, rows: tuple[int, ...]) -> Array:
    """Sample weights in the shape of the rows: a weight holds for all along an axis of length 1."""
    w = as_float32(op, "sample_weight", weight)
    if w.shape == (*rows, 1):
        return w.reshape(rows)
    if not rows:
        return w  # as in Keras, the one row counts with each of the weights
    if w.shape == rows:
        return np.ascontiguousarray(w)  # the usual case, in a fifth of the time
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
    target = as_float32(op, "y_true", y_true, kinds="biuf")
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


def check_classes(op: str, name: str, labels: Any, classes: int) -> None:
    """Raises for class numbers without an output."""
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        low, high = int(labels.min()), int(labels.max())
        units = "1 unit" if classes == 1 else f"{classes} units"
        if low == 1 and high == classes:
            hint = "numbers begin with 0, so subtract 1"
        elif low < 0:
            hint = "numbers begin with 0"
        else:
            need = f"{high + 1} classes need {high + 1}, and numbers from 0"
            hint = f"the last layer has {units}; {need}"
            if classes == 1 and high == 1:
                hint += "; or binary_crossentropy and a sigmoid"
        raise ValueError(
            f"[{op}] expected {name}: class numbers from 0 to {classes - 1}, got {low} to {high}: "
            f"{hint}"
        )
