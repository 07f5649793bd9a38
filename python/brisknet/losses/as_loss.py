"""What `compile(loss=…)` takes, as a `Loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from brisknet import losses
from brisknet.arguments.checks import Array, describe
from brisknet.losses.base import Loss
from brisknet.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from brisknet.losses.function_loss import CLASS_OF


class _CustomLoss(Loss):
    """A user's function of (y_true, y_pred) that returns the rows' losses and their gradients."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(getattr(function, "__name__", "loss"))
        self.fn = function

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        result = self.fn(y_true, y_pred)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"[{self.name}] expected the loss function to return (losses, gradients), "
                f"got {describe(result)}"
            )
        return result[0], result[1]


class _FittingCrossentropy(Loss):
    """The cross-entropy that the shapes ask for, as Keras chooses it for 'crossentropy'."""

    def __init__(self) -> None:
        super().__init__("crossentropy")
        self._binary = BinaryCrossentropy()
        self._sparse = SparseCategoricalCrossentropy()
        self._categorical = CategoricalCrossentropy()
        self._chosen: Loss = self._categorical

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        self._chosen.check_targets(op, y_true, outputs)

    def _evaluate(
        self, y_true: Any, y_pred: Array, sample_weight: Any, gradient: bool
    ) -> tuple[Array, Array | None, Array | None, float]:
        shape = np.shape(y_true)
        if y_pred.shape[-1] == 1:
            self._chosen = self._binary
        elif len(shape) < y_pred.ndim or shape[-1] == 1:
            self._chosen = self._sparse
        else:
            self._chosen = self._categorical
        return self._chosen._evaluate(y_true, y_pred, sample_weight, gradient)


def as_loss(identifier: Any) -> Loss:
    """The Loss that `compile(loss=…)` means."""
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        return _FittingCrossentropy()
    loss = losses.get(identifier)
    if isinstance(loss, Loss):
        return loss
    if loss is None:
        raise ValueError("[compile] expected a loss, got None")
    return next((cls() for fn, cls in CLASS_OF.items() if fn is loss), None) or _CustomLoss(loss)
