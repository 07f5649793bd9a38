"""Hinge losses as metrics."""

from __future__ import annotations

from brisknet import losses
from brisknet.metrics.means import MeanOfFunction


class Hinge(MeanOfFunction):
    """mean(max(1 - y_true y_pred, 0)); y_true are -1 and 1, or 0 and 1."""

    direction = "down"

    def __init__(
        self,
        name: str | None = "hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(MeanOfFunction):
    """mean(max(1 - y_true y_pred, 0)^2); y_true are -1 and 1, or 0 and 1."""

    direction = "down"

    def __init__(
        self,
        name: str | None = "squared_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(MeanOfFunction):
    """The mean of max(1 + max((1 - y_true) y_pred) - sum(y_true y_pred), 0)."""

    direction = "down"

    def __init__(
        self,
        name: str | None = "categorical_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(losses.categorical_hinge, name, dtype)
