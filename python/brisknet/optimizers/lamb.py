"""LAMB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet import _core
from brisknet.arguments.checks import Array
from brisknet.ops.portable_math import BELOW_ONE, whole_power
from brisknet.optimizers.optimizer import LearningRate, Optimizer
from brisknet.variables.variable import Variable


class Lamb(Optimizer):
    """Adam's steps, made as long as each variable is large (You and others, arXiv:1904.00962).

        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g^2 - v)
        d = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
        w = w - learning_rate * |w| / |d| * d

    |w| and |d| are Euclidean norms over the variable; where one is 0, their ratio is taken as 1.

    Args:
        learning_rate: as of `Optimizer`.
        beta_1, beta_2: decays of the moments, in [0, 1).
        epsilon: keeps the divisor away from 0.
        **kwargs: as of `Optimizer`.
    """

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
        self.beta_1 = self._number("beta_1", beta_1, high=BELOW_ONE)
        self.beta_2 = self._number("beta_2", beta_2, high=BELOW_ONE)
        self.epsilon = self._number("epsilon", epsilon)

    def slots(self) -> Mapping[str, float]:
        return {"momentum": 0, "velocity": 0}

    def begin_step(self) -> None:
        self._missing_1 = 1 - whole_power(self.beta_1, self._t)
        self._missing_2 = 1 - whole_power(self.beta_2, self._t)

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        _core.lamb(
            w,
            g,
            state["momentum"].value,
            state["velocity"].value,
            self._rate,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            self._missing_1,
            self._missing_2,
        )
