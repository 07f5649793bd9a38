"""How far an optimizer has come, and its learning rate there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet.optimizers.numbers import number
from brisknet.optimizers.scalars import Count, Rate, Scalar
from brisknet.optimizers.schedules import LearningRateSchedule
from brisknet.serialization.configurable import Configurable

LearningRate = float | LearningRateSchedule | Callable[[], float]


class Progress(Configurable):
    """The learning rate, and the number of steps."""

    name: str
    gradient_accumulation_steps: int | None
    _learning_rate: LearningRate = 0.0
    _iterations = 0  # calls of `apply`

    @property
    def learning_rate(self) -> Any:
        return Rate(self._current_rate()).bound(self.name, "learning_rate", self._set_rate)

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        self._set_rate(value)

    @property
    def _given_learning_rate(self) -> Any:  # for repr: a schedule, not what it gives now
        return self._learning_rate

    def _set_rate(self, value: LearningRate) -> None:
        if callable(value):
            self._learning_rate = value
            return
        rate = number(self, "learning_rate", value)
        if callable(self._learning_rate):
            raise TypeError(
                f"[{self.name}] the learning rate is a schedule or a function, which cannot be set "
                "to a number: compile with an optimizer whose learning_rate is a number"
            )
        self._learning_rate = rate

    def _current_rate(self) -> float:
        rate = self._learning_rate
        if type(rate) is float:
            return rate
        if isinstance(rate, LearningRateSchedule):
            return number(self, "learning_rate", rate(self._iterations))
        assert callable(rate)
        return number(self, "learning_rate", rate())

    @property
    def iterations(self) -> Any:
        return Count(self._updates()).bound(self.name, "iteration", self._set_updates)

    def _updates(self) -> int:
        return self._iterations // (self.gradient_accumulation_steps or 1)

    def _set_updates(self, value: Any) -> None:
        self._set_iterations(
            value * self.gradient_accumulation_steps if self.gradient_accumulation_steps else value
        )

    def _set_iterations(self, value: Any) -> None:
        self._iterations = int(number(self, "iterations", value, whole=True))

    def _numbers(self) -> dict[str, Scalar]:
        """What of this is kept with the state: the steps, and a learning rate that is a number."""
        numbers: dict[str, Scalar] = {
            "iteration": Count(self._iterations).bound(self.name, "iteration", self._set_iterations)
        }
        if not callable(self._learning_rate):
            numbers["learning_rate"] = self.learning_rate
        return numbers
