"""FTRL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate

__all__ = ["Ftrl"]


class Ftrl(Optimizer):
    """Follow the regularized leader: weights that are mostly 0 (McMahan and others, 2013).

        s = ((a + g^2)^p - a^p) / learning_rate                       # p = -learning_rate_power
        z = z + g + 2 * l2_shrinkage * w - s * w
        a = a + g^2
        w = (clip(z, -l1, l1) - z) / ((beta + a^p) / learning_rate + 2 * l2)

    With p = 1/2; for other powers beta is not raised to one.

    Args:
        learning_rate: as in `Optimizer`.
        learning_rate_power: at most 0; 0 for a learning rate that stays.
        initial_accumulator_value: what a is at first, at least 0.
        l1_regularization_strength: l1, at least 0.
        l2_regularization_strength: l2, at least 0.
        l2_shrinkage_regularization_strength: l2_shrinkage, at least 0.
        beta: at least 0.
        **kwargs: as in `Optimizer`.
    """

    rule = "ftrl"

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.learning_rate_power = number(
            self, "learning_rate_power", learning_rate_power, high=0, low=-math.inf
        )
        self.initial_accumulator_value = number(
            self, "initial_accumulator_value", initial_accumulator_value
        )
        self.l1_regularization_strength = number(
            self, "l1_regularization_strength", l1_regularization_strength
        )
        self.l2_regularization_strength = number(
            self, "l2_regularization_strength", l2_regularization_strength
        )
        self.l2_shrinkage_regularization_strength = number(
            self, "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = number(self, "beta", beta)

    def slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value, "linear": 0}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        return (
            rate,
            -self.learning_rate_power,
            self.l1_regularization_strength,
            self.l2_regularization_strength,
            self.l2_shrinkage_regularization_strength,
            self.beta,
        )
