"""Optimizers, by Keras's names, in order of complexity.

Each rule stands as code in its class's docstring: g is the gradient, w the weight, t the step.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from brisknet import _core
from brisknet._arguments import Array, as_float32, choices, describe, refuse_arguments, refuse_names
from brisknet.configurable import Configurable
from brisknet.naming import auto_name
from brisknet.optimizers import schedules
from brisknet.optimizers.arithmetic import whole_power
from brisknet.optimizers.schedules import LearningRateSchedule
from brisknet.variable import Variable

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "get", "schedules"]

__getattr__ = refuse_names(
    __name__,
    """
    Adadelta Adafactor Adagrad Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon Nadam
    OptimizerMap ScheduleFreeAdamW deserialize legacy serialize
    """,
)


LearningRate = float | LearningRateSchedule | Callable[[], float]


class Optimizer(Configurable):
    """Base class: the learning rate, the step count, weight decay.

    Args:
        learning_rate: at least 0; or a `schedules.LearningRateSchedule`, called with the number of
            steps made, or a function of no arguments.
        weight_decay: each step first takes weight_decay * learning_rate * w from w; None for none.
        name: by default the class's, numbered.

    Attributes:
        learning_rate: the next step's. It may be set at any time; a schedule or function only to
            another one.
        iterations: steps made.

    Raises:
        ValueError: if an argument is out of range, or one of Keras's that is not supported.
        TypeError: if a learning rate that is a schedule or a function is set to a number.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        weight_decay: float | None = None,
        clipnorm: None = None,
        clipvalue: None = None,
        global_clipnorm: None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: None = None,
        name: str | None = None,
    ) -> None:
        op = type(self).__name__
        refuse_arguments(
            op,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema or None,
            ema_momentum=None if ema_momentum == 0.99 else ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
        )
        self.name = auto_name(op) if name is None else name
        self._learning_rate: LearningRate = 0.0
        self.learning_rate = learning_rate
        self.weight_decay = (
            None if weight_decay is None else self._number("weight_decay", weight_decay)
        )
        self.iterations = 0
        self.built = False
        self._state: dict[int, tuple[Variable, dict[str, Variable]]] = {}
        self._undecayed: set[int] = set()

    @property
    def learning_rate(self) -> float:
        rate = self._learning_rate
        if type(rate) is float:
            return rate
        if isinstance(rate, LearningRateSchedule):
            return self._number("learning_rate", rate(self.iterations))
        assert callable(rate)
        return self._number("learning_rate", rate())

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
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

    def _number(self, name: str, value: Any, high: float = math.inf) -> float:
        """A finite number from 0 to `high`."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, str) or not (0 <= number <= high and math.isfinite(number)):
            bounds = "of at least 0" if high == math.inf else f"from 0 to {high:g}"
            raise ValueError(
                f"[{type(self).__name__}] expected {name}: a number {bounds}, got {describe(value)}"
            )
        return number

    # --- to be defined by rules

    def slots(self) -> Sequence[str]:
        """The names of the state arrays that a variable needs."""
        return ()

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        """One step of one variable, in place."""
        raise NotImplementedError(f"[{type(self).__name__}] an optimizer must define update")

    # --- what an optimizer gives

    def build(self, variables: Iterable[Variable]) -> None:
        """Creates the state for these variables, all zeros."""
        for variable in variables:
            if id(variable) not in self._state:
                zeros = np.zeros_like(variable.value)
                state = {slot: Variable(zeros, name=slot) for slot in self.slots()}
                for slot, array in state.items():
                    array.path = f"{self.name}/{variable.path}/{slot}"
                self._state[id(variable)] = (variable, state)
        self.built = True

    @property
    def variables(self) -> list[Variable]:
        """The state: for each variable of the model its momentums, velocities, …"""
        return [array for _, state in self._state.values() for array in state.values()]

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Leaves these variables, and no others, out of weight decay.

        Args:
            var_list: variables.
            var_names: texts; a variable with one of them in its name is left out, 'bias' say.
        """
        self._undecayed = {id(v) for v in var_list or ()}
        self._undecayed_names = tuple(var_names or ())

    _undecayed_names: tuple[str, ...] = ()

    def _decays(self, variable: Variable) -> bool:
        return id(variable) not in self._undecayed and not any(
            name in variable.name for name in self._undecayed_names
        )

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Makes a step: updates each variable by its gradient.

        Args:
            grads: a gradient for each variable.
            trainable_variables: the variables; by default those that the optimizer was built for.

        Raises:
            ValueError: if there are not as many gradients as variables, a shape differs, or the
                optimizer was built for other variables. Then no variable has changed.
        """
        if trainable_variables is None:
            trainable_variables = [variable for variable, _ in self._state.values()]
        if len(grads) != len(trainable_variables):
            raise ValueError(
                f"[{self.name}] expected a gradient for each of {len(trainable_variables)} "
                f"variables, got {len(grads)}"
            )
        if not self.built:
            self.build(trainable_variables)
        updates = []
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            array = as_float32(self.name, "gradient", gradient)
            w = variable.value
            if array.shape != w.shape:
                raise ValueError(
                    f"[{self.name}] expected a gradient of shape {variable.shape} for "
                    f"{variable.path!r}, got {array.shape}"
                )
            if id(variable) not in self._state:
                raise ValueError(
                    f"[{self.name}] {variable.path!r} is not one of the variables that the "
                    "optimizer was built for: compile the model again"
                )
            updates.append((w, array, self._state[id(variable)]))
        self._rate = rate = self.learning_rate  # a schedule is asked once a step
        for w, array, (variable, state) in updates:
            if self.weight_decay and self._decays(variable):
                _core.decay(w, self.weight_decay * rate)
            self.update(w, array, state)
            if variable.constraint is not None:
                variable.assign(variable.constraint(w))
        self.iterations += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> int:
        """`apply` for pairs (gradient, variable); returns the steps made."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self.iterations

    def __repr__(self) -> str:
        return f"<{type(self).__name__} learning_rate={self.learning_rate:g}>"


class SGD(Optimizer):
    """Stochastic gradient descent.

    Without momentum:

        w = w - learning_rate * g

    With it (Sutskever, Martens, Dahl, Hinton, 2013, for Nesterov's form):

        m = momentum * m - learning_rate * g
        w = w + (momentum * m - learning_rate * g if nesterov else m)

    Args:
        learning_rate: as of `Optimizer`.
        momentum: in [0, 1].
        nesterov: whether to look ahead.
        **kwargs: weight_decay, name, as of `Optimizer`.

    Example:
        >>> w = Variable([1.0])
        >>> SGD(0.1).apply([[2.0]], [w])
        >>> w.numpy()
        array([0.8], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.momentum = self._number("momentum", momentum, 1)
        self.nesterov = bool(nesterov)

    def slots(self) -> Sequence[str]:
        return ("momentum",) if self.momentum else ()

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        m = state["momentum"].value if self.momentum else None
        _core.sgd(w, g, m, self._rate, self.momentum, self.nesterov)


class RMSprop(Optimizer):
    """Steps divided by the root of the gradients' mean square (Hinton, 2012).

        v = rho * v + (1 - rho) * g^2
        a = rho * a + (1 - rho) * g                               # where centered
        step = learning_rate * g / sqrt(v - a^2 + epsilon)        # a = 0 where not centered
        m = momentum * m + step                                   # where there is a momentum
        w = w - (m if momentum else step)

    Args:
        learning_rate: as of `Optimizer`.
        rho: decay of the mean square, in [0, 1].
        momentum: in [0, 1].
        epsilon: keeps the root away from 0.
        centered: whether the mean gradient is taken out.
        **kwargs: weight_decay, name, as of `Optimizer`.
    """

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
        self.rho = self._number("rho", rho, 1)
        self.momentum = self._number("momentum", momentum, 1)
        self.epsilon = self._number("epsilon", epsilon)
        self.centered = bool(centered)

    def slots(self) -> Sequence[str]:
        used = {"velocity": True, "momentum": self.momentum > 0, "average": self.centered}
        return [slot for slot, use in used.items() if use]

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        m = state["momentum"].value if self.momentum else None
        average = state["average"].value if self.centered else None
        _core.rmsprop(
            w,
            g,
            state["velocity"].value,
            m,
            average,
            self._rate,
            self.rho,
            self.momentum,
            self.epsilon,
        )


_BELOW_ONE = math.nextafter(1.0, 0.0)  # a decay of 1 would never take anything in


@functools.lru_cache(maxsize=16)  # all variables of a step have the same
def _adam_rate(learning_rate: float, beta_1: float, beta_2: float, t: int) -> float:
    """The learning rate, corrected for moments that began at zero."""
    missing_1, missing_2 = 1 - whole_power(beta_1, t), 1 - whole_power(beta_2, t)
    return learning_rate * math.sqrt(missing_2) / missing_1


class Adam(Optimizer):
    """Adaptive moments (Kingma, Ba, arXiv:1412.6980).

        m = m + (1 - beta_1) * (g - m)
        v = v + (1 - beta_2) * (g^2 - v)
        rate = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
        w = w - rate * m / (sqrt(v) + epsilon)

    With amsgrad (Reddi, Kale, Kumar, arXiv:1904.09237) the largest v so far takes its place.

    Args:
        learning_rate: as of `Optimizer`.
        beta_1, beta_2: decays of the moments, in [0, 1).
        epsilon: keeps the divisor away from 0.
        amsgrad: as above.
        **kwargs: weight_decay, name, as of `Optimizer`.
    """

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
        self.beta_1 = self._number("beta_1", beta_1, _BELOW_ONE)
        self.beta_2 = self._number("beta_2", beta_2, _BELOW_ONE)
        self.epsilon = self._number("epsilon", epsilon)
        self.amsgrad = bool(amsgrad)

    def slots(self) -> Sequence[str]:
        return ("momentum", "velocity", *(("velocity_hat",) if self.amsgrad else ()))

    def update(self, w: Array, g: Array, state: dict[str, Variable]) -> None:
        rate = _adam_rate(self._rate, self.beta_1, self.beta_2, self.iterations + 1)
        v_max = state["velocity_hat"].value if self.amsgrad else None
        _core.adam(
            w,
            g,
            state["momentum"].value,
            state["velocity"].value,
            v_max,
            rate,
            self.beta_1,
            self.beta_2,
            self.epsilon,
        )


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov, Hutter, arXiv:1711.05101).

    Args:
        learning_rate: as of `Optimizer`.
        weight_decay: as of `Optimizer`.
        **kwargs: as of `Adam`.
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


_CLASSES: dict[str, Callable[[], Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}


def get(identifier: str | type[Optimizer] | Optimizer) -> Optimizer:
    """The optimizer that a name (in any case) or a class means.

    Raises:
        ValueError: if there is no such optimizer.

    Example:
        >>> get("adam")
        <Adam learning_rate=0.001>
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in _CLASSES:
        return _CLASSES[identifier.lower()]()
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        make: Callable[[], Optimizer] = identifier  # a subclass has a rate of its own
        return make()
    raise ValueError(
        f"[optimizers.get] expected one of {choices(_CLASSES)} or an Optimizer, "
        f"got {describe(identifier)}"
    )
