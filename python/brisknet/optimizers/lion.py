"""Lion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate

__all__ = ["Lion"]


class Lion(Optimizer):
    """Steps of one size, by the sign of a mean of gradients (Chen and others, arXiv:2302.06675).

        w = w - learning_rate * sign(beta_1 * m + (1 - beta_1) * g)
        m = beta_2 * m + (1 - beta_2) * g

    Args:
        learning_rate: as in `Optimizer`; the paper's are 3 to 10 times less than Adam's.
        beta_1: the share of m in the step's direction, above 0, at most 1.
        beta_2: decay of the mean, in [0, 1].
        **kwargs: as in `Optimizer`.
    """

    rule = "lion"

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.beta_1 = number(self, "beta_1", beta_1, high=1)
        if not self.beta_1:
            raise ValueError("[Lion] expected beta_1: a number above 0, got 0")
        self.beta_2 = number(self, "beta_2", beta_2, high=1)

    def slots(self) -> Mapping[str, float]:
        return {"momentum": 0}

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        return rate, self.beta_1, self.beta_2
