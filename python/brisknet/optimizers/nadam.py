"""Nadam."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Mapping
from typing import Any

from brisknet.ops.portable_math import whole_power
from brisknet.optimizers.numbers import BELOW_ONE, number
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.progress import LearningRate
from brisknet.optimizers.scalars import Rate, Scalar
from brisknet.variables.variable import Variable

__all__ = ["Nadam"]


def _shares(beta_1: float, t: int) -> tuple[float, float]:
    """The factors of m and of g in the mean that step t takes."""
    now, following = (beta_1 * (1 - 0.5 * whole_power(0.96, n)) for n in (t, t + 1))
    product = _product(beta_1, t)
    return following / (1 - product * following), (1 - now) / (1 - product)


def _product(beta_1: float, t: int) -> float:
    """U_t."""
    warm_ups = _warm_ups()
    return whole_power(beta_1, t) * warm_ups[min(t, len(warm_ups) - 1)]


@functools.cache
def _warm_ups() -> tuple[float, ...]:
    """The product of 1 - 0.96^n / 2 for n from 1 to t, by t; from 1000 on a factor is 1."""
    powers = itertools.accumulate([0.96] * 1000, operator.mul)
    return tuple(itertools.accumulate((1 - 0.5 * p for p in powers), operator.mul, initial=1.0))


class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2015).

        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g^2 - v)
        u_t = beta_1 * (1 - 0.96^t / 2), and U_t = u_1 * … * u_t
        mean = u_(t+1) * m / (1 - U_(t+1)) + (1 - u_t) * g / (1 - U_t)
        w = w - learning_rate * mean / (sqrt(v / (1 - beta_2^t)) + epsilon)

    Args:
        learning_rate: as in `Optimizer`.
        beta_1, beta_2: decays of the moments, in [0, 1).
        epsilon: keeps the divisor away from 0.
        **kwargs: as in `Optimizer`.
    """

    rule = "nadam"

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

    @property
    def variables(self) -> list[Variable | Scalar]:
        """As in `Optimizer`, and last U_t, which Keras keeps; here it follows from the steps."""
        product = Rate(_product(self.beta_1, self._updates()))
        last = [product.bound(self.name, "u_product", lambda _: None)] if self.built else []
        return [*super().variables, *last]

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        share_m, share_g = _shares(self.beta_1, t)
        missing = 1 - whole_power(self.beta_2, t)
        return rate * share_m, rate * share_g, self.beta_1, self.beta_2, self.epsilon, missing
