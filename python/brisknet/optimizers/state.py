"""An optimizer's state: a variable's momentums, velocities, …; kept and restored to the bit."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import as_float32
from brisknet.optimizers.progress import Progress
from brisknet.optimizers.scalars import Scalar
from brisknet.variables.variable import Variable


class State(Progress):
    """The state arrays of each variable that an optimizer was built for."""

    # Slots that `variables` lists for all variables together; it lists the others a variable at a
    # time. Both as Keras does.
    apart = frozenset[str]()

    use_ema: bool

    def __init__(self) -> None:
        self.built = False
        self._state: dict[int, tuple[Variable, dict[str, Variable]]] = {}

    def slots(self) -> Mapping[str, float]:
        """The names of the state arrays that a variable needs, and what fills them at first."""
        return {}

    def build(self, variables: Iterable[Variable]) -> None:
        """Creates the state for these variables."""
        slots = self._all_slots()
        for variable in variables:
            if id(variable) not in self._state:
                prefix = variable.path.replace("/", "_")
                state = {}
                for slot, filling in slots.items():
                    array = np.full_like(variable.value, filling)
                    state[slot] = Variable(array, trainable=False, name=f"{prefix}_{slot}")
                    state[slot].path = f"{self.name}/{prefix}_{slot}"
                self._state[id(variable)] = (variable, state)
        self.built = True

    def _all_slots(self) -> Mapping[str, float]:
        return {
            **({"average": 0.0} if self.use_ema else {}),
            **({"gradient_accumulator": 0.0} if self.gradient_accumulation_steps else {}),
            **self.slots(),
        }

    def _has_slots(self) -> bool:
        """Whether the state that was built is enough for the options as they are."""
        slots = self._all_slots().keys()
        return all(slots <= state.keys() for _, state in self._state.values())

    @property
    def variables(self) -> list[Variable | Scalar]:
        """The state, in Keras's order.

        The calls of `apply`, the learning rate where it is a number, and for each variable of the
        model its averages, momentums, velocities, …
        """
        listed: list[Variable | Scalar] = list(self._numbers().values())
        states = [state for _, state in self._state.values()]
        apart = self.apart | {"average", "gradient_accumulator"}
        names = states[0] if states else ()
        for _, group in itertools.groupby(names, lambda slot: slot if slot in apart else ""):
            together = list(group)
            listed += [state[slot] for state in states for slot in together]
        return listed

    def _state_of(self, variable: Variable, instead: str = "") -> dict[str, Variable]:
        if id(variable) not in self._state:
            raise ValueError(
                f"[{self.name}] {variable.path!r} is not one of the variables that the optimizer "
                f"was built for{instead}"
            )
        return self._state[id(variable)][1]

    def _arrays(self) -> dict[str, Variable | Scalar]:
        return {
            **self._numbers(),
            **{
                f"{i}/{slot}": array
                for i, (_, state) in enumerate(self._state.values())
                for slot, array in state.items()
            },
        }

    def state_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that a training can be continued from to the bit, as copies.

        'iteration', 'learning_rate' where it is a number, and for variable i of those that the
        optimizer was built for its state arrays, as '0/momentum'.
        """
        return {name: array.numpy() for name, array in self._arrays().items()}

    def load_state_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Restores what `state_arrays` gave, of an optimizer built for the same variables.

        Raises:
            ValueError: if an array is missing, unknown, of another shape or out of range; nothing
                has changed then.
            TypeError: if something is not an array of numbers.
        """
        self._load("load_state_arrays", self._arrays(), arrays)

    def save_own_variables(self, store: Any) -> None:
        """Puts `variables` into a mapping, under their numbers as texts, as Keras does."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Restores what `save_own_variables` put there, here or in Keras.

        Warns, and does nothing, if there are not as many arrays as variables; raises what
        `load_state_arrays` raises.
        """
        variables = {str(i): variable for i, variable in enumerate(self.variables)}
        if len(store.keys()) != len(variables):
            warnings.warn(
                f"[{self.name}] the state is not loaded: expected {len(variables)} arrays, got "
                f"{len(store.keys())}" + ("" if self.built else "; the optimizer is not built yet"),
                stacklevel=2,
            )
            return
        self._load("load_own_variables", variables, store)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Sets `variables`, in their order; raises what `load_state_arrays` raises."""
        variables = {str(i): variable for i, variable in enumerate(self.variables)}
        self._load("set_weights", variables, {str(i): w for i, w in enumerate(weights)})

    def _load(
        self, op: str, targets: Mapping[str, Variable | Scalar], given: Mapping[str, Any]
    ) -> None:
        missing = [name for name in targets if name not in given]
        unknown = [name for name in given if name not in targets]
        if missing or unknown:
            raise ValueError(
                f"[{self.name}] {op} expected the state of an optimizer built as this one: "
                f"missing {missing}, unknown {unknown}"
            )
        checked = {}
        for name, target in targets.items():
            array = np.asarray(given[name])
            if array.shape != target.shape:
                raise ValueError(
                    f"[{self.name}] {op} expected {name!r} of shape {target.shape}, "
                    f"got {array.shape}"
                )
            checked[name] = array if isinstance(target, Scalar) else as_float32(op, name, array)
        before = self._iterations, self._learning_rate
        try:
            for name, target in targets.items():  # numbers, which may be refused, come first
                target.assign(checked[name])
        except ValueError:
            self._iterations, self._learning_rate = before
            raise
