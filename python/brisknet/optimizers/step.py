"""What a step updates: variables, each with its gradient and its state."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

import numpy as np

from brisknet import _core
from brisknet.arguments.checks import Array
from brisknet.variables.variable import Variable

_SLOTS = {name: slots for name, (_, slots, _) in _core.rules().items()}


class Step:
    """Variables to be updated, and the arrays that their updates take.

    With a rule of the core, the core checks the arrays once and holds them from step to step.

    Attributes:
        given: the gradients as they come.
        gradients: as the rule gets them: the same arrays, or others for what accumulation and
            clipping make of them.
    """

    def __init__(
        self,
        rule: str,
        variables: Sequence[Variable],
        states: list[dict[str, Variable]],
        given: list[Array],
        decays: list[bool],
        changes: bool,
    ) -> None:
        self.variables, self.states, self.decays = variables, states, decays
        self.given = given
        self.gradients = [np.empty_like(g) for g in given] if changes else given
        self.update = self.accumulation = None
        if rule:
            values = [v.value for v in variables]
            self.update = _core.Update(rule, rows(rule, values, self.gradients, states), decays)
        self.sums = [s["gradient_accumulator"].value for s in states if "gradient_accumulator" in s]
        if self.sums:
            self.accumulation = _core.Update("accumulate", list(zip(self.sums, given, strict=True)))

    def has(self, variables: Sequence[Variable]) -> bool:
        """Whether these are its variables."""
        return len(variables) == len(self.variables) and all(map(is_, variables, self.variables))

    def has_gradients(self, gradients: Sequence[Any]) -> bool:
        """Whether these arrays are its gradients."""
        return len(gradients) == len(self.given) and all(map(is_, gradients, self.given))

    def take(self, given: list[Array]) -> None:
        """Takes other gradients, of the same shapes."""
        if self.accumulation is not None:
            self.accumulation.take(given)
        if self.gradients is self.given:
            self.gradients = given
            if self.update is not None:
                self.update.take(given)
        self.given = given


def rows(
    rule: str, values: list[Array], gradients: list[Array], states: list[dict[str, Variable]]
) -> list[tuple[Array | None, ...]]:
    """Each variable's arrays in the order of the core; None for a slot that is not used."""
    return [
        (w, g, *(state[slot].value if slot in state else None for slot in _SLOTS[rule]))
        for w, g, state in zip(values, gradients, states, strict=True)
    ]
