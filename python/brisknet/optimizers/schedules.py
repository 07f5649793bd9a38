"""Learning rates that change with the step, by Keras's names, signatures and formulas.

A schedule is given to an optimizer as its `learning_rate`; steps are counted from 0. A number that
is out of range raises ValueError. The bits do not depend on the machine.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import Any

from brisknet.names.refused_names import refuse_names
from brisknet.ops.portable_math import cosine_of_half_turns, power
from brisknet.optimizers.numbers import number
from brisknet.serialization.configurable import Configurable
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

__getattr__ = refuse_names(__name__)  # for mistyped names


class LearningRateSchedule(Configurable):
    """Base class: define `__call__(step)`, which returns the rate.

    Example:
        >>> class Harmonic(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.1 / (step + 1)
        >>> Harmonic()(1)
        0.05
    """

    def __call__(self, step: int) -> float:
        raise NotImplementedError(f"[{type(self).__name__}] a schedule must define __call__")


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate^(step / decay_steps).

    Args:
        initial_learning_rate, decay_rate: at least 0.
        decay_steps: above 0.
        staircase: whether the exponent is rounded down.
        name: has no effect.

    Example:
        >>> ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)(20)
        0.125
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = number(self, "initial_learning_rate", initial_learning_rate)
        self.decay_steps = number(self, "decay_steps", decay_steps, above=True)
        self.decay_rate = number(self, "decay_rate", decay_rate)
        self.staircase = bool(staircase)
        self.name = name

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate * power(self.decay_rate, self._decays(step))

    def _decays(self, step: int) -> float:
        p = step / self.decay_steps
        return math.floor(p) if self.staircase and p < math.inf else p


class InverseTimeDecay(ExponentialDecay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        initial_learning_rate, decay_rate: at least 0.
        decay_steps: above 0.
        staircase: whether step / decay_steps is rounded down.
        name: has no effect.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * self._decays(step))


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[i] where i boundaries are less than step.

    Args:
        boundaries: steps, rising.
        values: one number more.
        name: has no effect.
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        self.boundaries = [number(self, "boundaries", b, low=-math.inf) for b in boundaries]
        self.values = [number(self, "values", v) for v in values]
        if len(self.boundaries) != len(self.values) - 1:
            raise ValueError(
                "[PiecewiseConstantDecay] expected values: one more than boundaries, got "
                f"{len(self.values)} and {len(self.boundaries)}"
            )
        if self.boundaries != sorted(set(self.boundaries)):
            raise ValueError(
                f"[PiecewiseConstantDecay] expected rising boundaries, got {boundaries}"
            )
        self.name = name

    def __call__(self, step: int) -> float:
        return self.values[bisect.bisect_left(self.boundaries, step)]


class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) * (1 - p)^power + end_learning_rate.

    p is step / decay_steps, at most 1; with `cycle`, decay_steps is first multiplied by the least
    whole number that makes p at most 1.

    Args:
        initial_learning_rate, end_learning_rate, power: at least 0.
        decay_steps: above 0.
        cycle: as above.
        name: has no effect.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = number(self, "initial_learning_rate", initial_learning_rate)
        self.decay_steps = number(self, "decay_steps", decay_steps, above=True)
        self.end_learning_rate = number(self, "end_learning_rate", end_learning_rate)
        self.power = number(self, "power", power)
        self.cycle = bool(cycle)
        self.name = name

    def __call__(self, step: int) -> float:
        p = step / self.decay_steps
        p = p / max(1, math.ceil(p)) if self.cycle else min(p, 1.0)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * power(1 - p, self.power) + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """rate * ((1 - alpha) * (1 + cos(pi * p)) / 2 + alpha), p = step / decay_steps, at most 1.

    With a warmup_target the rate first rises to it from initial_learning_rate in warmup_steps, and
    decays from there (Loshchilov, Hutter, arXiv:1608.03983; Goyal and others, arXiv:1706.02677).

    Args:
        initial_learning_rate, alpha, warmup_target, warmup_steps: at least 0.
        decay_steps: above 0; does not count the warm-up.
        name: has no effect.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = number(self, "initial_learning_rate", initial_learning_rate)
        self.decay_steps = number(self, "decay_steps", decay_steps, above=True)
        self.alpha = number(self, "alpha", alpha)
        self.warmup_target = (
            None if warmup_target is None else number(self, "warmup_target", warmup_target)
        )
        self.warmup_steps = number(self, "warmup_steps", warmup_steps)
        self.name = name

    def __call__(self, step: int) -> float:
        left, rate = float(step), self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - rate) * (step / self.warmup_steps) + rate
            left, rate = step - self.warmup_steps, self.warmup_target
        wave = cosine_of_half_turns(min(left / self.decay_steps, 1.0))
        return rate * ((1 - self.alpha) * (0.5 * (1 + wave)) + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """A cosine decay that starts again, each time t_mul times as long and m_mul times as high.

        rate = initial_learning_rate * ((1 - alpha) * m_mul^i * (1 + cos(pi * p)) / 2 + alpha)

    p is the share of period i that has passed (Loshchilov, Hutter, arXiv:1608.03983).

    Args:
        initial_learning_rate, m_mul, alpha: at least 0.
        first_decay_steps: above 0, the length of period 0.
        t_mul: at least 1.
        name: has no effect.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = number(self, "initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = number(self, "first_decay_steps", first_decay_steps, above=True)
        self.t_mul = number(self, "t_mul", t_mul, low=1)
        self.m_mul = number(self, "m_mul", m_mul)
        self.alpha = number(self, "alpha", alpha)
        self.name = name

    def __call__(self, step: int) -> float:
        period, length, left = 0, self.first_decay_steps, float(step)
        if self.t_mul == 1:
            period = math.floor(left / length)
            left -= period * length
        else:
            while left >= length:
                left -= length
                length *= self.t_mul
                period += 1
        wave = power(self.m_mul, period) * (0.5 * (1 + cosine_of_half_turns(left / length)))
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


_registry = Registry[LearningRateSchedule](
    "optimizers.schedules", "schedule", LearningRateSchedule, functions=False
)


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """The configuration of a schedule (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(
    config: Any, custom_objects: Mapping[str, Any] | None = None
) -> LearningRateSchedule:
    """The schedule of a configuration.

    Raises:
        ValueError: if it describes no schedule.
    """
    return _registry.deserialize(config, custom_objects)
