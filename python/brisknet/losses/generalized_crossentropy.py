"""A cross-entropy that tolerates wrong labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import EPSILON, power
from brisknet.losses.function_loss import FunctionLoss
from brisknet.losses.shapes import check_classes, fit_labels
from brisknet.ops import as_labels

__all__ = ["CategoricalGeneralizedCrossEntropy", "categorical_generalized_cross_entropy"]


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """Each row's loss (see `CategoricalGeneralizedCrossEntropy`).

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5)
        array([1.], dtype=float32)
    """
    return CategoricalGeneralizedCrossEntropy(q, None)(y_true, y_pred)


class CategoricalGeneralizedCrossEntropy(FunctionLoss, fn=categorical_generalized_cross_entropy):
    """(1 - p[y_true]^q) / q, for class numbers y_true: it tolerates wrong ones among them.

    Args:
        q: between 0, where it is the cross-entropy, and 1, the absolute error.
        reduction, name, dtype: see `Loss`.

    Raises:
        ValueError: if q is not between 0 and 1.

    Reference:
        Zhang and Sabuncu, Generalized Cross Entropy Loss for Training Deep Neural Networks with
        Noisy Labels, 2018 (https://arxiv.org/abs/1805.07836).
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        if not 0 < q < 1:
            raise ValueError(
                f"[CategoricalGeneralizedCrossEntropy] expected q: above 0 and below 1, got {q!r}"
            )
        self.q = q

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        check_classes(op, "y", as_labels(op, "y", y_true), outputs)

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        labels = fit_labels(self.name, y_true, y_pred)[..., None]
        check_classes(self.name, "y_true", labels, y_pred.shape[-1])
        p = np.take_along_axis(y_pred, labels, axis=-1)
        losses = (np.float32(1) - power(p, self.q)) / np.float32(self.q)
        slopes = np.zeros_like(y_pred)
        # The slope at 0 has no bound: it is that at Keras's least probability.
        least = np.maximum(p, np.float32(EPSILON))
        np.put_along_axis(slopes, labels, -power(least, self.q - 1), axis=-1)
        return losses[..., 0], slopes
