"""What all optimizers have: the learning rate, weight decay, clipping, averages, their state."""

from __future__ import annotations

import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.arguments.checks import Array, as_float32, describe, refuse_arguments
from brisknet.arguments.unknown import refuse_unknown, take_deprecated
from brisknet.names.automatic import auto_name
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.optimizers.scalars import Count, Rate, Scalar
from brisknet.optimizers.schedules import LearningRateSchedule
from brisknet.serialization.configurable import Configurable, Self
from brisknet.serialization.custom_objects import custom_object_scope
from brisknet.serialization.objects import serialize_keras_object
from brisknet.variables.variable import Variable

LearningRate = float | LearningRateSchedule | Callable[[], float]

_State = dict[str, Variable]
# A variable's values, its gradient, and the variable with its state.
_Update = tuple[Array, Array, tuple[Variable, _State]]


class Optimizer(Configurable):
    """Base class: the learning rate, the step count, and what every rule can be combined with.

    A step gathers gradients (where there are `gradient_accumulation_steps`), clips them, decays the
    weights, updates them by the rule, averages them (with `use_ema`), and applies the constraints.

    Args:
        learning_rate: at least 0; or a `schedules.LearningRateSchedule`, called with the number of
            steps made, or a function of no arguments.
        weight_decay: each step first takes weight_decay * learning_rate * w from w; None for none.
        clipnorm: each variable's gradient g becomes g * clipnorm / max(|g|, clipnorm), |g| being
            its Euclidean norm; None or 0 for no clipping.
        clipvalue: each element is kept from -clipvalue to clipvalue; None or 0 for no clipping.
        global_clipnorm: as clipnorm, with one norm over all gradients together.
        use_ema: whether to keep moving averages of the weights,
            average = ema_momentum * average + (1 - ema_momentum) * w, which start as the weights
            after the first step. At its end `fit` gives the weights their averages' values.
        ema_momentum: from 0 to 1.
        ema_overwrite_frequency: after every so many steps the weights become their averages; None
            for never.
        gradient_accumulation_steps: a number of at least 2: the mean of so many gradients makes one
            update; or None.
        name: by default the class's, numbered.

    Attributes:
        learning_rate: the next step's, a float that also has a Keras variable's `assign`, `numpy`
            and `value`. It may be set at any time; a schedule or function only to another one.
        iterations: updates made, an int with the same methods.

    Raises:
        ValueError: if an argument is out of range, more than one kind of clipping is asked for, or
            loss_scale_factor, which is not supported.
        TypeError: if a learning rate that is a schedule or a function is set to a number.
    """

    _uncalled = dict.fromkeys(
        ("load_own_variables", "save_own_variables"), "files have what slots() names"
    )
    # Slots that `variables` lists for all variables together; it lists the others a variable at a
    # time. Both as Keras does.
    apart = frozenset[str]()

    _also_taken = frozenset({"decay"})

    def __init__(
        self,
        learning_rate: LearningRate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        op = type(self).__name__
        decay = "it is ignored, as in Keras 3: use a schedule of optimizers.schedules"
        take_deprecated(op, kwargs, "decay", decay)
        if kwargs:  # of a user's class; the others' were looked at before
            refuse_unknown(type(self), kwargs)
        refuse_arguments(op, loss_scale_factor=loss_scale_factor)
        self.loss_scale_factor = None
        self.name = auto_name(op) if name is None else name
        self._learning_rate: LearningRate = 0.0
        self.learning_rate = learning_rate
        self.weight_decay = self._number_or_none("weight_decay", weight_decay)
        self.clipnorm = self._number_or_none("clipnorm", clipnorm)
        self.clipvalue = self._number_or_none("clipvalue", clipvalue)
        self.global_clipnorm = self._number_or_none("global_clipnorm", global_clipnorm)
        if [clipnorm, clipvalue, global_clipnorm].count(None) < 2:
            raise ValueError(
                f"[{op}] expected one of clipnorm, clipvalue and global_clipnorm, got "
                f"{clipnorm!r}, {clipvalue!r} and {global_clipnorm!r}"
            )
        self.use_ema = bool(use_ema)
        self.ema_momentum = self._number("ema_momentum", ema_momentum, high=1)
        self.ema_overwrite_frequency = self._count(
            "ema_overwrite_frequency", ema_overwrite_frequency, 1
        )
        self.gradient_accumulation_steps = self._count(
            "gradient_accumulation_steps", gradient_accumulation_steps, 2
        )
        self._changes_gradients = bool(
            self.clipnorm
            or self.clipvalue
            or self.global_clipnorm
            or self.gradient_accumulation_steps
        )
        self.built = False
        self._iterations = 0  # calls of `apply`
        self._state: dict[int, tuple[Variable, _State]] = {}
        self._undecayed: set[int] = set()
        self._undecayed_names: re.Pattern[str] | None = None

    # --- numbers

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
        number = self._number("learning_rate", value)
        if callable(self._learning_rate):
            raise TypeError(
                f"[{self.name}] the learning rate is a schedule or a function, which cannot be set "
                "to a number: compile with an optimizer whose learning_rate is a number"
            )
        self._learning_rate = number

    def _current_rate(self) -> float:
        rate = self._learning_rate
        if type(rate) is float:
            return rate
        if isinstance(rate, LearningRateSchedule):
            return self._number("learning_rate", rate(self._iterations))
        assert callable(rate)
        return self._number("learning_rate", rate())

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
        self._iterations = int(self._number("iterations", value, whole=True))

    def _number(
        self,
        name: str,
        value: Any,
        high: float = math.inf,
        low: float = 0,
        whole: bool = False,
    ) -> float:
        """A finite number from `low` to `high`."""
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        fits = low <= number <= high and math.isfinite(number) and not (whole and number % 1)
        if isinstance(value, str) or not fits:
            kind = "whole number" if whole else "number"
            if high == math.inf:
                bounds = f"of at least {low:g}"
            else:
                bounds = f"from {low:g} to {high:g}" if low > -math.inf else f"of at most {high:g}"
            raise ValueError(
                f"[{type(self).__name__}] expected {name}: a {kind} {bounds}, got {describe(value)}"
            )
        return number

    def _number_or_none(self, name: str, value: Any) -> float | None:
        return None if value is None else self._number(name, value)

    def _count(self, name: str, value: Any, low: int) -> int | None:
        return None if value is None else int(self._number(name, value, low=low, whole=True))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same optimizer again; a schedule by its own."""
        return super().get_config() | {"learning_rate": serialize_keras_object(self._learning_rate)}

    @classmethod
    def from_config(
        cls: type[Self], config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """The optimizer that these arguments make.

        Args:
            config: what `get_config` gave.
            custom_objects: classes of schedules by name, beside those that are registered.
        """
        with custom_object_scope(custom_objects):
            return super().from_config(config)

    # --- to be defined by rules

    def slots(self) -> Mapping[str, float]:
        """The names of the state arrays that a variable needs, and what fills them at first."""
        return {}

    def begin_step(self) -> None:
        """Computes what the updates of all variables share, from the rate and the step's number."""

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        """One step of one variable, in place."""
        raise NotImplementedError(f"[{type(self).__name__}] an optimizer must define update")

    # --- what an optimizer gives

    def build(self, variables: Iterable[Variable]) -> None:
        """Creates the state for these variables."""
        slots = {
            **({"average": 0.0} if self.use_ema else {}),
            **({"gradient_accumulator": 0.0} if self.gradient_accumulation_steps else {}),
            **self.slots(),
        }
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

    @property
    def variables(self) -> list[Variable | Scalar]:
        """The state, in Keras's order.

        The calls of `apply`, the learning rate where it is a number, and for each variable of the
        model its averages, momentums, velocities, …
        """
        listed: list[Variable | Scalar] = list(self._scalars().values())
        states = [state for _, state in self._state.values()]
        apart = self.apart | {"average", "gradient_accumulator"}
        names = states[0] if states else ()
        for _, group in itertools.groupby(names, lambda slot: slot if slot in apart else ""):
            together = list(group)
            listed += [state[slot] for state in states for slot in together]
        return listed

    def _scalars(self) -> dict[str, Scalar]:
        scalars: dict[str, Scalar] = {
            "iteration": Count(self._iterations).bound(self.name, "iteration", self._set_iterations)
        }
        if not callable(self._learning_rate):
            scalars["learning_rate"] = self.learning_rate
        return scalars

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Leaves these variables, and no others, out of weight decay.

        Args:
            var_list: variables.
            var_names: regular expressions; a variable in whose name one of them is found is left
                out, as is each bias by 'bias'.
        """
        names = "|".join(var_names or ())
        self._undecayed_names = re.compile(names) if names else None
        self._undecayed = {id(v) for v in var_list or ()}

    def _decays(self, variable: Variable) -> bool:
        names = self._undecayed_names
        return id(variable) not in self._undecayed and not (names and names.search(variable.name))

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Makes a step: updates each variable by its gradient.

        Args:
            grads: a gradient for each variable; None for a variable that is to stay as it is, which
                warns.
            trainable_variables: the variables; by default those that the optimizer was built for.

        Raises:
            ValueError: if there are not as many gradients as variables, all are None, a shape
                differs, or the optimizer was built for other variables, or for none. Then no
                variable has changed.
        """
        if not len(grads):
            return
        if trainable_variables is None:
            trainable_variables = [variable for variable, _ in self._state.values()]
        if len(grads) != len(trainable_variables):
            raise ValueError(
                f"[{self.name}] expected a gradient for each of {len(trainable_variables)} "
                f"variables, got {len(grads)}"
            )
        if not self.built:
            self.build(trainable_variables)
        updates: list[_Update] = []
        missing = []
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            if id(variable) not in self._state:
                raise ValueError(
                    f"[{self.name}] {variable.path!r} is not one of the variables that the "
                    "optimizer was built for: compile the model again"
                )
            if gradient is None:
                missing.append(variable.path)
                continue
            array = as_float32(self.name, "gradient", gradient)
            w = variable.value
            if array.shape != w.shape:
                raise ValueError(
                    f"[{self.name}] expected a gradient of shape {variable.shape} for "
                    f"{variable.path!r}, got {array.shape}"
                )
            updates.append((w, array, self._state[id(variable)]))
        if missing:
            self._warn_of(missing, len(grads))
        self._rate = rate = self._current_rate()  # a schedule is asked once a step
        self._t = self._updates() + 1
        self.begin_step()
        for w, array, (variable, state) in (
            self._changed(updates) if self._changes_gradients else updates
        ):
            if self.weight_decay and self._decays(variable):
                _core.decay(w, self.weight_decay * rate)
            self.update(w, array, state)
        if self.use_ema:
            self._average()
        for w, _, (variable, _) in updates:
            if variable.constraint is not None:
                variable.replace(variable.constraint(w))
        self._iterations += 1

    def _warn_of(self, missing: list[str], variables: int) -> None:
        if len(missing) == variables:
            raise ValueError(f"[{self.name}] expected a gradient for some variable, got None")
        warnings.warn(
            f"[{self.name}] there are no gradients for {', '.join(map(repr, missing))}",
            stacklevel=3,
        )

    def _changed(self, updates: list[_Update]) -> list[_Update]:
        """The gradients as the rule gets them: gathered and clipped; none while they gather."""
        steps = self.gradient_accumulation_steps
        if steps:
            sums = [state["gradient_accumulator"].value for _, _, (_, state) in updates]
            for (_, g, _), gathered in zip(updates, sums, strict=True):
                _core.accumulate(gathered, g)
            if (self._iterations + 1) % steps:
                return []
            means = [_core.scale(gathered, 1.0, steps) for gathered in sums]
            for gathered in sums:
                gathered.fill(0)
        else:
            means = [g for _, g, _ in updates]
        clipped = self._clipped(means)
        return [(w, g, state) for (w, _, state), g in zip(updates, clipped, strict=True)]

    def _clipped(self, gradients: list[Array]) -> list[Array]:
        if self.clipvalue:
            return [_core.clip(g, self.clipvalue) for g in gradients]
        if self.clipnorm:
            norms = [math.sqrt(_core.sum_of_squares(g)) for g in gradients]
            return [
                _core.scale(g, self.clipnorm, max(norm, self.clipnorm))
                for g, norm in zip(gradients, norms, strict=True)
            ]
        if self.global_clipnorm:
            norm = math.sqrt(sum(map(_core.sum_of_squares, gradients)))
            # As in Keras a norm that is not finite shows in all variables.
            factor = self.global_clipnorm if math.isfinite(norm) else math.nan
            return [_core.scale(g, factor, max(norm, self.global_clipnorm)) for g in gradients]
        return gradients

    def _average(self) -> None:
        updates, every = self._updates(), self.ema_overwrite_frequency
        momentum = self.ema_momentum if updates else 0.0
        overwrites = every is not None and (updates + 1) % every == 0
        for variable, state in self._state.values():
            average = state["average"].value
            _core.moving_average(average, variable.value, momentum)
            if overwrites:
                variable.value[...] = average

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> int:
        """`apply` for pairs (gradient, variable); returns how often it was called."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def averages(self, variables: Iterable[Variable]) -> list[Variable]:
        """The moving averages of these variables.

        Raises:
            ValueError: if there are none, for want of use_ema, or of these variables.
        """
        if not self.use_ema:
            raise ValueError(f"[{self.name}] there are no moving averages without use_ema=True")
        found = []
        for variable in variables:
            if id(variable) not in self._state:
                raise ValueError(
                    f"[{self.name}] {variable.path!r} is not one of the variables that the "
                    "optimizer was built for"
                )
            found.append(self._state[id(variable)][1]["average"])
        return found

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """With use_ema, gives these variables the values of their moving averages.

        Raises:
            ValueError: if the optimizer was not built for one of them.
        """
        if self.use_ema and self._iterations:  # an average is nothing before the first step
            variables = list(var_list)
            for variable, average in zip(variables, self.averages(variables), strict=True):
                variable.assign(average.value)

    # --- the state, to be kept and restored

    def _arrays(self) -> dict[str, Variable | Scalar]:
        return {
            **self._scalars(),
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

        Warns, and does nothing, if there are not as many arrays as variables; errors as of
        `load_state_arrays`.
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
        """Sets `variables`, in their order; errors as of `load_state_arrays`."""
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


refuse_attributes(
    Optimizer,
    "scale_loss stateless_apply",
    {
        "add_optimizer_variables": (own := "name the state in slots()"),
        "add_variable": own,
        "add_variable_from_reference": own,
        "assign": (direct := "change the arrays that update(w, g, state) gets, in place"),
        "assign_add": direct,
        "assign_sub": direct,
        "get_weights": "use save_own_variables, or the optimizer's variables",
        "lr": "use learning_rate",
        "update_step": "define slots() and update(w, g, state), which changes w in place",
    },
)
