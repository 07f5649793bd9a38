"""Losses of predicted distributions: the Kullback-Leibler divergence, and counts after Poisson."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import ops
from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import EPSILON, row_sums
from brisknet.losses.function_loss import FunctionLoss, MeanOfTerms
from brisknet.losses.shapes import fit_targets

__all__ = [
    "KLDivergence",
    "Poisson",
    "kl_divergence",
    "poisson",
]


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `KLDivergence`)."""
    return KLDivergence(None)(y_true, y_pred)


class KLDivergence(FunctionLoss, fn=kl_divergence):
    """sum(y_true log(y_true / y_pred)) over the last axis, both clipped to [1e-7, 1].

    Example:
        >>> round(float(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
        0.1438
    """

    _elementwise = True

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        low, high = np.float32(EPSILON), np.float32(1)
        t = np.clip(fit_targets(self.name, y_true, y_pred), low, high)
        p = np.clip(y_pred, low, high)
        return row_sums(t * ops.log(t / p)), np.where(p == y_pred, -t / p, np.float32(0))


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `Poisson`)."""
    return Poisson(None)(y_true, y_pred)


class Poisson(MeanOfTerms, fn=poisson):
    """mean(y_pred - y_true log(y_pred + 1e-7)) over the last axis."""

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        above = p + np.float32(EPSILON)
        return p - t * ops.log(above), np.float32(1) - t / above
