"""What all optimizers have: the options that rules are combined with, and the step."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from brisknet import _core
from brisknet.arguments.checks import Array, as_float32, refuse_arguments
from brisknet.arguments.unknown import refuse_unknown, take_deprecated
from brisknet.names.automatic import auto_name
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.optimizers import gradients
from brisknet.optimizers.averages import Averages
from brisknet.optimizers.numbers import count_or_none, number, number_or_none
from brisknet.optimizers.options import option
from brisknet.optimizers.progress import LearningRate
from brisknet.optimizers.step import Step, rows
from brisknet.serialization.configurable import Self
from brisknet.serialization.custom_objects import custom_object_scope
from brisknet.serialization.objects import serialize_keras_object
from brisknet.variables.variable import Variable


class Optimizer(Averages):
    """Base class: the learning rate, the step count, and what every rule can be combined with.

    A step accumulates gradients (with `gradient_accumulation_steps`), clips them, decays the
    weights, updates them by the rule, averages them (with `use_ema`) and applies constraints.

    Args:
        learning_rate: at least 0; or a `schedules.LearningRateSchedule`, called with the number of
            steps so far, or a function without arguments.
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

    _uncalled: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("load_own_variables", "save_own_variables"), "files have what slots() names"
        ),
        "begin_step": "compute what a step needs in update(w, g, state)",
    }
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
        super().__init__()
        self.loss_scale_factor = None
        self.name = auto_name(op) if name is None else name
        self.learning_rate = learning_rate
        self.weight_decay = number_or_none(self, "weight_decay", weight_decay)
        self.clipnorm = number_or_none(self, "clipnorm", clipnorm)
        self.clipvalue = number_or_none(self, "clipvalue", clipvalue)
        self.global_clipnorm = number_or_none(self, "global_clipnorm", global_clipnorm)
        if [clipnorm, clipvalue, global_clipnorm].count(None) < 2:
            raise ValueError(
                f"[{op}] expected one of clipnorm, clipvalue and global_clipnorm, got "
                f"{clipnorm!r}, {clipvalue!r} and {global_clipnorm!r}"
            )
        self.use_ema = bool(use_ema)
        self.ema_momentum = number(self, "ema_momentum", ema_momentum, high=1)
        self.ema_overwrite_frequency = count_or_none(
            self, "ema_overwrite_frequency", ema_overwrite_frequency, 1
        )
        self.gradient_accumulation_steps = count_or_none(
            self, "gradient_accumulation_steps", gradient_accumulation_steps, 2
        )
        self._undecayed: set[int] = set()
        self._undecayed_names: re.Pattern[str] | None = None

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

    clipnorm: float | None = option()
    clipvalue: float | None = option()
    global_clipnorm: float | None = option()
    use_ema: bool = option()
    gradient_accumulation_steps: int | None = option()

    _held: Step | None = None  # the last step, where the next can be of the same arrays

    # --- what a rule defines: `slots` (see State), and `rule` and `scalars`, or `update`

    rule: ClassVar[str] = ""  # its name in the core

    def scalars(self, rate: float, t: int) -> tuple[float, ...]:
        """What the core's rule is given at step t, the first being 1, for this learning rate."""
        return ()

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        """One step of one variable, in place."""
        if not self.rule:
            raise NotImplementedError(f"[{type(self).__name__}] an optimizer must define update")
        _core.Update(self.rule, rows(self.rule, [w], [g], [state])).step(self._scalars)

    # --- the step

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
        step = self._held
        if step is None or not (step.has(trainable_variables) and step.has_gradients(grads)):
            step = self._checked(grads, trainable_variables)
        self._rate = rate = self._current_rate()  # a schedule is asked once a step
        self._scalars = self.scalars(rate, self._updates() + 1)
        if step.gradients is step.given or self._change_gradients(step):
            self._update(step, self.weight_decay * rate if self.weight_decay else None)
        if self.use_ema:
            self._average()
        for variable in step.variables:
            if variable.constraint is not None:
                variable.replace(variable.constraint(variable.value))
        self._iterations += 1

    def _checked(self, grads: Sequence[Any], variables: Sequence[Variable]) -> Step:
        if len(grads) != len(variables):
            raise ValueError(
                f"[{self.name}] expected a gradient for each of {len(variables)} variables, "
                f"got {len(grads)}"
            )
        if not self.built:
            self.build(variables)
        states = [self._state_of(v, ": compile the model again") for v in variables]
        given = [self._gradient(g, v) for g, v in zip(grads, variables, strict=True)]
        updated = [i for i, gradient in enumerate(given) if gradient is not None]
        if not updated:
            raise ValueError(f"[{self.name}] expected a gradient for some variable, got None")
        if len(updated) < len(given):
            missing = [repr(v.path) for v, g in zip(variables, given, strict=True) if g is None]
            warnings.warn(
                f"[{self.name}] there are no gradients for {', '.join(missing)}", stacklevel=3
            )
            variables, states = [variables[i] for i in updated], [states[i] for i in updated]
        arrays = [gradient for gradient in given if gradient is not None]
        held, self._held = self._held, None
        if held is not None and held.has(variables):
            held.take(arrays)
            self._held = held
            return held
        by_rule = getattr(self.update, "__func__", None) is Optimizer.update
        decays = [self._decays(variable) for variable in variables]
        changes = bool(
            self.clipnorm
            or self.clipvalue
            or self.global_clipnorm
            or self.gradient_accumulation_steps
        )
        self._held = Step(self.rule if by_rule else "", variables, states, arrays, decays, changes)
        return self._held

    def _gradient(self, given: Any, variable: Variable) -> Array | None:
        if given is None:
            return None
        gradient = as_float32(self.name, "gradient", given)
        if gradient.shape != variable.shape:
            raise ValueError(
                f"[{self.name}] expected a gradient of shape {variable.shape} for "
                f"{variable.path!r}, got {gradient.shape}"
            )
        return gradient

    def _change_gradients(self, step: Step) -> bool:
        """Accumulates and clips; returns whether the weights are to be updated now."""
        given, every = step.given, self.gradient_accumulation_steps
        if every:
            assert step.accumulation is not None
            step.accumulation.step(())
            if (self._iterations + 1) % every:
                return False
            given = step.gradients
            gradients.take_means(step.sums, every, given)
        gradients.clip(
            given, self.clipnorm, self.clipvalue, self.global_clipnorm, out=step.gradients
        )
        return True

    def _update(self, step: Step, decay: float | None) -> None:
        if step.update is not None:
            step.update.step(self._scalars, decay)
            return
        for variable, g, state, decays in zip(
            step.variables, step.gradients, step.states, step.decays, strict=True
        ):
            if decay is not None and decays:
                _core.decay(variable.value, decay)
            self.update(variable.value, g, state)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> int:
        """`apply` for pairs (gradient, variable); returns how often it was called."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

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
        self._held = None

    def _decays(self, variable: Variable) -> bool:
        names = self._undecayed_names
        return id(variable) not in self._undecayed and not (names and names.search(variable.name))

    def __getstate__(self) -> dict[str, Any]:
        held = ("_held", "_averaging")  # by the core; a copy holds its own after `build`
        return {name: value for name, value in vars(self).items() if name not in held}


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
