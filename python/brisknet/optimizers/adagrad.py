"""Adagrad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Steps divided by the root of all squared gradients' sum (Duchi, Hazan, Singer, 2011).

        a = a + g^2
        w = w - learning_rate * g / sqrt(a + epsilon)

    Args:
        learning_rate: as in `Optimizer`.
        initial_accumulator_value: what a is at first, at least 0.
        epsilon: keeps the root away from 0.
        **kwargs: as in `Optimizer`.
    """

    rule = "adagrad"

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.initial_accumulator_value = number(
            self, "initial_accumulator_value", initial_accumulator_value
        )
        self.epsilon = number(self, "epsilon", epsilon)

    def slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        return rate, self.epsilon
