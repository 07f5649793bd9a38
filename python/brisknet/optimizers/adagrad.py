"""Adagrad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet import _core
from brisknet.arguments.checks import Array
from brisknet.optimizers.optimizer import LearningRate, Optimizer
from brisknet.variables.variable import Variable


class Adagrad(Optimizer):
    """Steps divided by the root of all squared gradients' sum (Duchi, Hazan, Singer, 2011).

        a = a + g^2
        w = w - learning_rate * g / sqrt(a + epsilon)

    Args:
        learning_rate: as of `Optimizer`.
        initial_accumulator_value: what a is at first, at least 0.
        epsilon: keeps the root away from 0.
        **kwargs: as of `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.initial_accumulator_value = self._number(
            "initial_accumulator_value", initial_accumulator_value
        )
        self.epsilon = self._number("epsilon", epsilon)

    def slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value}

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        _core.adagrad(w, g, state["accumulator"].value, self._rate, self.epsilon)
