"""Moving averages of the weights."""

from __future__ import annotations

from collections.abc import Iterable

from brisknet import _core
from brisknet.optimizers.state import State
from brisknet.variables.variable import Variable


class Averages(State):
    """With `use_ema`, a moving average of each variable."""

    ema_momentum: float
    ema_overwrite_frequency: int | None

    def build(self, variables: Iterable[Variable]) -> None:
        """Creates the state for these variables."""
        super().build(variables)
        if self.use_ema:
            averaged = [(state["average"].value, v.value) for v, state in self._state.values()]
            self._averaging = _core.Update("moving_average", averaged)

    def _average(self) -> None:
        """Takes the weights after an update into their averages."""
        updates, every = self._updates(), self.ema_overwrite_frequency
        self._averaging.step((self.ema_momentum if updates else 0.0,))
        if every is not None and (updates + 1) % every == 0:
            for variable, state in self._state.values():
                variable.value[...] = state["average"].value

    def averages(self, variables: Iterable[Variable]) -> list[Variable]:
        """The moving averages of these variables.

        Raises:
            ValueError: if there are none, for want of use_ema, or of these variables.
        """
        if not self.use_ema:
            raise ValueError(f"[{self.name}] there are no moving averages without use_ema=True")
        return [self._state_of(variable)["average"] for variable in variables]

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """With use_ema, gives these variables the values of their moving averages.

        Raises:
            ValueError: if the optimizer was not built for one of them.
        """
        if self.use_ema and self._iterations:  # an average is nothing before the first step
            variables = list(var_list)
            for variable, average in zip(variables, self.averages(variables), strict=True):
                variable.assign(average.value)
