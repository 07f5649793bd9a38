"""Adadelta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """Steps as long as recent ones, by recent gradients' size (Zeiler, arXiv:1212.5701).

        v = rho * v + (1 - rho) * g^2
        d = sqrt(s + epsilon) / sqrt(v + epsilon) * g
        s = rho * s + (1 - rho) * d^2
        w = w - learning_rate * d

    Args:
        learning_rate: as in `Optimizer`; the paper's is 1.
        rho: decay of both mean squares, in [0, 1].
        epsilon: keeps the roots away from 0.
        **kwargs: as in `Optimizer`.
    """

    rule = "adadelta"

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.rho = number(self, "rho", rho, high=1)
        self.epsilon = number(self, "epsilon", epsilon)

    def slots(self) -> Mapping[str, float]:
        return {"accumulated_grad": 0, "accumulated_delta_var": 0}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        return rate, self.rho, self.epsilon
