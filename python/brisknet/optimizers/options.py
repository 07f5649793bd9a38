"""Options of an optimizer that decide what a step is prepared for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brisknet.optimizers.optimizer import Optimizer


class Option:
    """An option that may be set between steps: the next step is prepared anew.

    There is no `__get__`, so that reading the option costs no more than an attribute.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __set__(self, optimizer: Optimizer, value: Any) -> None:
        options = vars(optimizer)
        before = options.get(self._name)
        options[self._name] = value
        optimizer._held = None
        if optimizer.built and not optimizer._has_slots():
            options[self._name] = before
            raise ValueError(
                f"[{optimizer.name}] {self._name} cannot be set to {value!r}: the optimizer was "
                "built without the state that it needs; compile the model with a new optimizer"
            )


def option() -> Any:
    """An `Option`, which type checkers take for an attribute of any type."""
    return Option()
