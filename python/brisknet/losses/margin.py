"""Hinge losses: zero for what lies on the right side by a margin of 1, and growing from there."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import row_sums
from brisknet.losses.function_loss import FunctionLoss, MeanOfTerms
from brisknet.losses.shapes import fit_targets

__all__ = [
    "CategoricalHinge",
    "Hinge",
    "SquaredHinge",
    "categorical_hinge",
    "hinge",
    "squared_hinge",
]

_ZERO, _ONE = np.float32(0), np.float32(1)


def _signs(t: Array) -> Array:
    """Targets that are all 0 or 1 as -1 and 1."""
    return 2 * t - _ONE if ((t == 0) | (t == 1)).all() else t


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `Hinge`)."""
    return Hinge(None)(y_true, y_pred)


class Hinge(MeanOfTerms, fn=hinge):
    """mean(max(1 - y_true y_pred, 0)) over the last axis; y_true are -1 and 1, or 0 and 1.

    Example:
        >>> float(Hinge()([[-1, 1]], [[-0.5, 0.25]]))
        0.625
    """

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        t = _signs(t)
        missing = np.maximum(_ONE - t * p, _ZERO)
        return missing, np.where(missing > 0, -t, _ZERO)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `SquaredHinge`)."""
    return SquaredHinge(None)(y_true, y_pred)


class SquaredHinge(MeanOfTerms, fn=squared_hinge):
    """mean(max(1 - y_true y_pred, 0)^2) over the last axis; y_true are -1 and 1, or 0 and 1.

    Example:
        >>> float(SquaredHinge()([[-1, 1]], [[-0.5, 0.5]]))
        0.25
    """

    def _terms(self, t: Array, p: Array) -> tuple[Array, Array]:
        t = _signs(t)
        missing = np.maximum(_ONE - t * p, _ZERO)
        return missing * missing, -2 * t * missing


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Each row's loss (see `CategoricalHinge`)."""
    return CategoricalHinge(None)(y_true, y_pred)


class CategoricalHinge(FunctionLoss, fn=categorical_hinge):
    """max(1 + max((1 - y_true) y_pred) - sum(y_true y_pred), 0) over the last axis, the classes.

    Example:
        >>> float(CategoricalHinge()([[0, 1]], [[0.5, 0.75]]))
        0.75
    """

    _elementwise = True

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients; equal largest scores share theirs."""
        t = fit_targets(self.name, y_true, y_pred)
        others = (_ONE - t) * y_pred
        worst = others.max(axis=-1, keepdims=True)
        losses = np.maximum(worst[..., 0] - row_sums(t * y_pred) + _ONE, _ZERO)
        at_worst = others == worst
        share = at_worst / np.count_nonzero(at_worst, axis=-1, keepdims=True).astype(np.float32)
        return losses, np.where(losses[..., None] > 0, share * (_ONE - t) - t, _ZERO)
