"""Hinge losses as metrics."""

from __future__ import annotations

from brisknet import losses
from brisknet.metrics.means import MeanOfFunction

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


class Hinge(MeanOfFunction, fn=losses.hinge):
    """mean(max(1 - y_true y_pred, 0)); y_true are -1 and 1, or 0 and 1."""


class SquaredHinge(MeanOfFunction, fn=losses.squared_hinge):
    """mean(max(1 - y_true y_pred, 0)^2); y_true are -1 and 1, or 0 and 1."""


class CategoricalHinge(MeanOfFunction, fn=losses.categorical_hinge):
    """The mean of max(1 + max((1 - y_true) y_pred) - sum(y_true y_pred), 0)."""
