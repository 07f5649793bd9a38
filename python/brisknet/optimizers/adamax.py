"""Adamax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.ops.portable_math import whole_power
from brisknet.optimizers.numbers import BELOW_ONE, number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Adam with the largest recent gradient as its second moment (Kingma, Ba, arXiv:1412.6980).

        m = m + (1 - beta_1) * (g - m)
        u = max(beta_2 * u, |g|)
        w = w - learning_rate / (1 - beta_1^t) * m / (u + epsilon)

    Args:
        learning_rate: as in `Optimizer`.
        beta_1: decay of the mean, in [0, 1).
        beta_2: decay of the largest gradient, in [0, 1].
        epsilon: keeps the divisor away from 0.
        **kwargs: as in `Optimizer`.
    """

    rule = "adamax"

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.beta_1 = number(self, "beta_1", beta_1, high=BELOW_ONE)
        self.beta_2 = number(self, "beta_2", beta_2, high=1)
        self.epsilon = number(self, "epsilon", epsilon)

    def slots(self) -> Mapping[str, float]:
        return {"momentum": 0, "norm": 0}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        rate = rate / (1 - whole_power(self.beta_1, t))
        return rate, self.beta_1, self.beta_2, self.epsilon
