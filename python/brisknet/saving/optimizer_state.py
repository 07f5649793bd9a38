"""The optimizer's state as files have it: arrays by name, and numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brisknet.optimizers import Optimizer
from brisknet.runtime.warning import warn_user
from brisknet.saving.places import named_weights
from brisknet.variables.variable import Variable

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


def arrays(model: Sequential) -> dict[str, Variable]:
    """The optimizer's momentums, velocities, … by name; none before it is built."""
    names = _names(model)
    return {
        f"optimizer/{slot}/{names[id(variable)]}": array
        for variable, slots in _slots(model)
        for slot, array in slots.items()
        if id(variable) in names
    }


def numbers(model: Sequential) -> dict[str, Any]:
    """The steps made, the learning rate where it is a number, and the names of its variables."""
    optimizer = model.optimizer
    if optimizer is None or not optimizer.built:
        return {}
    names = _names(model)
    numbers: dict[str, Any] = {
        "iterations": optimizer._iterations,
        "variables": [names[id(v)] for v, _ in _slots(model) if id(v) in names],
    }
    if not callable(optimizer._learning_rate):
        numbers["learning_rate"] = optimizer._learning_rate
    return numbers


def check_numbers(numbers: Mapping[str, Any]) -> None:
    """Raises ValueError for what `numbers` does not give."""
    rate, steps = numbers.get("learning_rate", 0.0), numbers.get("iterations")
    if type(steps) is not int or not 0 <= steps < 2**53:
        raise ValueError(f"the optimizer's iterations are {steps!r:.50}")
    if type(rate) is not float or not 0 <= rate < math.inf:
        raise ValueError(f"the optimizer's learning rate is {rate!r:.50}")
    names = numbers.get("variables")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("the optimizer's variables are not names")


def differs(op: str, strict: bool) -> None:
    """Warns, or raises ValueError, for an optimizer's state that does not fit."""
    wrong = "the optimizer's state in the file is not that of the model's optimizer"
    if strict:
        raise ValueError(wrong)
    warn_user(f"[{op}] {wrong}: it is left as it is")


def build(model: Sequential, names: Sequence[str] | None) -> None:
    """Builds the optimizer for the weights of these names; else for those that are trained."""
    optimizer = model.optimizer
    assert optimizer is not None
    if optimizer.built:
        return
    weights: dict[str, Variable] = {}
    for place in named_weights(model).values():
        weights |= place
    known = names is not None and all(name in weights for name in names)
    optimizer.build([weights[n] for n in names or ()] if known else model.trainable_variables)


def set_numbers(optimizer: Optimizer, numbers: Mapping[str, Any]) -> None:
    """Sets the steps made, and the learning rate where it is a number in both."""
    optimizer._iterations = numbers["iterations"]
    if "learning_rate" in numbers and not callable(optimizer._learning_rate):
        optimizer._learning_rate = numbers["learning_rate"]


def _slots(model: Sequential) -> list[tuple[Variable, dict[str, Variable]]]:
    return [] if model.optimizer is None else list(model.optimizer._state.values())


def _names(model: Sequential) -> dict[int, str]:
    places = named_weights(model).values()
    return {id(variable): name for place in places for name, variable in place.items()}
