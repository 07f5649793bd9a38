"""LAMB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.ops.portable_math import whole_power
from brisknet.optimizers.numbers import BELOW_ONE, number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate

__all__ = ["Lamb"]


class Lamb(Optimizer):
    """Adam's steps, made as long as each variable is large (You and others, arXiv:1904.00962).

        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g^2 - v)
        d = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
        w = w - learning_rate * |w| / |d| * d

    |w| and |d| are Euclidean norms over the variable; where one is 0, their ratio is taken as 1.

    Args:
        learning_rate: as in `Optimizer`.
        beta_1, beta_2: decays of the moments, in [0, 1).
        epsilon: keeps the divisor away from 0.
        **kwargs: as in `Optimizer`.
    """

    rule = "lamb"

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
        self.beta_2 = number(self, "beta_2", beta_2, high=BELOW_ONE)
        self.epsilon = number(self, "epsilon", epsilon)

    def slots(self) -> Mapping[str, float]:
        return {"momentum": 0, "velocity": 0}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        missing_1, missing_2 = 1 - whole_power(self.beta_1, t), 1 - whole_power(self.beta_2, t)
        return rate, self.beta_1, self.beta_2, self.epsilon, missing_1, missing_2
