"""Cross-entropies and other losses of distributions as metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import losses
from brisknet.metrics.base import fit_weight
from brisknet.metrics.means import MeanOfFunction
from brisknet.runtime.float_environment import ignored

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "KLDivergence",
    "Poisson",
    "SparseCategoricalCrossentropy",
]


class KLDivergence(MeanOfFunction, fn=losses.kl_divergence):
    """The mean of sum(y_true log(y_true / y_pred))."""


class Poisson(MeanOfFunction, fn=losses.poisson):
    """mean(y_pred - y_true log(y_pred))."""


class BinaryCrossentropy(MeanOfFunction, fn=losses.binary_crossentropy):
    """The mean of `losses.binary_crossentropy`, with its arguments."""

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing


class CategoricalCrossentropy(MeanOfFunction, fn=losses.categorical_crossentropy):
    """The mean of `losses.categorical_crossentropy`, with its arguments."""

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int | Sequence[int] = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(MeanOfFunction, fn=losses.sparse_categorical_crossentropy):
    """The mean of `losses.sparse_categorical_crossentropy`, with its arguments.

    As in Keras, rows of the ignored class count as 0, and where there are weights not at all.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    @ignored
    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Takes in a batch of class numbers and predictions.

        Raises:
            ValueError: if their shapes do not fit.
        """
        if sample_weight is not None and self.ignore_class is not None:
            counted = np.reshape(y_true, np.shape(y_pred)[:-1]) != self.ignore_class
            sample_weight = fit_weight(self.name, sample_weight, counted.shape) * counted
        super().update_state(y_true, y_pred, sample_weight)
