"""Adam, and AdamW."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from brisknet.ops.portable_math import whole_power
from brisknet.optimizers.numbers import BELOW_ONE, number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.options import option
from brisknet.optimizers.progress import LearningRate

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adaptive moments (Kingma, Ba, arXiv:1412.6980).

        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g^2 - v)
        rate = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
        w = w - rate * m / (sqrt(v) + epsilon)

    With amsgrad (Reddi, Kale, Kumar, arXiv:1904.09237) the largest v so far takes its place.

    Args:
        learning_rate: as in `Optimizer`.
        beta_1, beta_2: decays of the moments, in [0, 1).
        epsilon: keeps the divisor away from 0.
        amsgrad: as above.
        **kwargs: as in `Optimizer`.
    """

    rule = "adam"
    apart = frozenset({"velocity_hat"})
    amsgrad: bool = option()

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.beta_1 = number(self, "beta_1", beta_1, high=BELOW_ONE)
        self.beta_2 = number(self, "beta_2", beta_2, high=BELOW_ONE)
        self.epsilon = number(self, "epsilon", epsilon)
        self.amsgrad = bool(amsgrad)

    def slots(self) -> Mapping[str, float]:
        slots = {"momentum": 0, "velocity": 0}
        return slots | {"velocity_hat": 0} if self.amsgrad else slots

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        # The moments began at zero; the rate makes up for it.
        missing_1, missing_2 = 1 - whole_power(self.beta_1, t), 1 - whole_power(self.beta_2, t)
        rate = rate * math.sqrt(missing_2) / missing_1
        return rate, self.beta_1, self.beta_2, self.epsilon


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov, Hutter, arXiv:1711.05101).

    Args:
        learning_rate: as in `Optimizer`.
        weight_decay: as in `Optimizer`.
        **kwargs: as in `Adam`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **kwargs)
        if self.weight_decay is None:
            raise ValueError("[AdamW] expected weight_decay: a number, got None")
