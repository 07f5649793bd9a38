"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.options import option
from brisknet.optimizers.progress import LearningRate

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent.

    Without momentum:

        w = w - learning_rate * g

    With it (Sutskever, Martens, Dahl, Hinton, 2013, for Nesterov's form):

        m = momentum * m - learning_rate * g
        w = w + (momentum * m - learning_rate * g if nesterov else m)

    Args:
        learning_rate: as in `Optimizer`.
        momentum: in [0, 1].
        nesterov: whether to look ahead.
        **kwargs: as in `Optimizer`.

    Example:
        >>> from brisknet import Variable
        >>> w = Variable([1.0])
        >>> SGD(0.1).apply([[2.0]], [w])
        >>> w.numpy()
        array([0.8], dtype=float32)
    """

    rule = "sgd"
    momentum: float = option()

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.momentum = number(self, "momentum", momentum, high=1)
        self.nesterov = bool(nesterov)

    def slots(self) -> Mapping[str, float]:
        return {"momentum": 0} if self.momentum else {}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        return rate, self.momentum, self.nesterov
