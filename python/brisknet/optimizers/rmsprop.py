"""RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.options import option
from brisknet.optimizers.progress import LearningRate

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Steps divided by the root of the gradients' mean square (Hinton, 2012).

        v = rho * v + (1 - rho) * g^2
        a = rho * a + (1 - rho) * g                               # where centered
        step = learning_rate * g / sqrt(v - a^2 + epsilon)        # a = 0 where not centered
        m = momentum * m + step                                   # where there is a momentum
        w = w - (m if momentum else step)

    Args:
        learning_rate: as in `Optimizer`.
        rho: decay of the mean square, in [0, 1].
        momentum: in [0, 1].
        epsilon: keeps the root away from 0.
        centered: whether the mean gradient is taken out.
        **kwargs: as in `Optimizer`.
    """

    rule = "rmsprop"
    apart = frozenset({"velocity", "momentum", "average_gradient"})
    momentum: float = option()
    centered: bool = option()

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.rho = number(self, "rho", rho, high=1)
        self.momentum = number(self, "momentum", momentum, high=1)
        self.epsilon = number(self, "epsilon", epsilon)
        self.centered = bool(centered)

    def slots(self) -> Mapping[str, float]:
        used = {"velocity": True, "momentum": self.momentum > 0, "average_gradient": self.centered}
        return {slot: 0 for slot, use in used.items() if use}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        return rate, self.rho, self.momentum, self.epsilon
