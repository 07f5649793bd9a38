"""Intersection over union: how far predicted regions are the true ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet.arguments.axes import one_axis
from brisknet.arguments.checks import as_array
from brisknet.arguments.numbers import checked_integer
from brisknet.arguments.types import is_whole
from brisknet.metrics.base import Metric, Values, fit_weight, sum_along
from brisknet.runtime.float_environment import ignored
from brisknet.runtime.warning import warn_user

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]

_EPSILON = 1e-7


class IoU(Metric):
    """true positives / (true positives + false positives + false negatives), averaged over classes.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes that are averaged; one that neither came nor was predicted is
            left out.
        name: by default the class's, numbered.
        dtype: 'int32' or None: weights are cut to whole numbers; 'float32': they are not.
        ignore_class: a class number whose elements take no part.
        sparse_y_true, sparse_y_pred: whether these are class numbers; otherwise scores, whose
            largest is taken.
        axis: along which scores lie.

    Raises:
        ValueError: if a target class is not one of the classes.

    Example:
        >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]).__round__(4)
        0.3333
    """

    direction = "up"
    _dtypes = (None, "int", "int32", "float32")

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(dtype, name)
        op = type(self).__name__
        self.num_classes = checked_integer(op, "num_classes", num_classes, 1, 2**20)
        self.target_class_ids = [int(c) if is_whole(c) else c for c in target_class_ids]
        if not self.target_class_ids or not all(
            isinstance(c, int) and 0 <= c < num_classes for c in self.target_class_ids
        ):
            raise ValueError(
                f"[{op}] expected target_class_ids from 0 to {num_classes - 1}, "
                f"got {self.target_class_ids}"
            )
        self._whole = dtype != "float32"
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        shape = (num_classes, num_classes)
        self.total_cm = self.add_variable(shape, "zeros", name="total_confusion_matrix")

    @property
    def dtype(self) -> str:
        """What weights are counted in."""
        return "int32" if self._whole else "float32"

    @ignored
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in a batch of targets and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        t = self._classes("y_true", y_true, self.sparse_y_true)
        p = self._classes("y_pred", y_pred, self.sparse_y_pred)
        if t.size != p.size:
            raise ValueError(
                f"[{self.name}] expected y_true and y_pred of the same size, got {t.shape} and "
                f"{p.shape}"
            )
        w = None if sample_weight is None else self._weights(sample_weight, t.shape)
        t, p = t.ravel(), p.ravel()
        n = self.num_classes
        counted = (t >= 0) & (t < n) & (p >= 0) & (p < n) & (t != self.ignore_class)
        place = t[counted] * n + p[counted]
        counts = np.bincount(place, None if w is None else w[counted], minlength=n * n)
        self.total_cm.assign_add(counts.reshape(n, n))

    def _classes(self, name: str, given: Any, sparse: bool) -> Values:
        array = as_array(self.name, name, given)
        if not sparse:
            array = array.argmax(axis=one_axis(self.name, self.axis, array.ndim))
        return np.asarray(array).astype(np.int64)

    def _weights(self, given: Any, shape: tuple[int, ...]) -> Values:
        if self._whole and np.asarray(given).dtype.kind == "f":
            warn_user(f"[{self.name}] weights are cut to whole numbers: pass dtype='float32'")
        weights = fit_weight(self.name, given, shape).ravel()
        return np.trunc(weights) if self._whole else weights

    @ignored
    def result(self) -> float:
        matrix = self.total_cm.numpy()
        hits = np.diag(matrix)
        union = sum_along(matrix, 0) + sum_along(matrix, 1) - hits
        hits, union = hits[self.target_class_ids], union[self.target_class_ids]
        there = union > 1e-9
        iou = np.where(there, hits / (union + _EPSILON), 0.0)
        return float(sum_along(iou) / (np.count_nonzero(there) + _EPSILON))


class BinaryIoU(IoU):
    """`IoU` of the classes 0 and 1, predictions of at least a threshold being class 1.

    Args:
        target_class_ids: the classes that are averaged.
        threshold: from where a prediction is class 1.
        name, dtype: see `IoU`.

    Example:
        >>> BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]).__round__(4)
        0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    @ignored
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in a batch of targets, 0 or 1, and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        p = np.asarray(as_array(self.name, "y_pred", y_pred), np.float32)
        super().update_state(y_true, p >= np.float32(self.threshold), sample_weight)


class MeanIoU(IoU):
    """`IoU` averaged over all classes.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: see `IoU`.

    Example:
        >>> MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]).__round__(4)
        0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        ids, sparse = range(num_classes), (sparse_y_true, sparse_y_pred)
        super().__init__(num_classes, ids, name, dtype, ignore_class, *sparse, axis)


class OneHotIoU(IoU):
    """`IoU` of one-hot targets and of scores.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, axis: see `IoU`.
        sparse_y_pred: whether predictions are class numbers instead.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        sparse = (False, sparse_y_pred)
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, *sparse, axis)


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot targets and of scores.

    Args:
        num_classes, name, dtype, ignore_class, axis: see `IoU`.
        sparse_y_pred: whether predictions are class numbers instead.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
