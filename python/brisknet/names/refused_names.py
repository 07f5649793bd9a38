"""Refusing names of Keras's modules that brisknet lacks, with an explanation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

from brisknet.names.similar import did_you_mean

_reasons: dict[str, dict[str, str]] = {}  # why a name is missing, by module and name


def refuse_names(
    module: str, names: str = "", instead: Mapping[str, str] | None = None
) -> Callable[[str], NoReturn]:
    """A module's `__getattr__` that refuses names of Keras that brisknet lacks.

    Accessing such an attribute raises AttributeError, so that `hasattr` and `getattr` with a
    default work. `from module import name` would replace the message of an AttributeError; but if
    the module has a `__path__`, Python looks for a submodule first, and `names.import_paths` raises
    an error with the explanation.

    Args:
        module: the module's name.
        names: names of Keras 3, separated by spaces.
        instead: what to do instead, for any of these names or for names from Keras 2 or TensorFlow
            that scripts may use.
    """
    refused = frozenset(names.split())
    hints = {name: f": {hint}" for name, hint in (instead or {}).items()}
    reasons = _reasons[module] = {
        name: f"Keras 3 has no {module}.{name}{hints[name]}" for name in hints
    }
    for name in refused:
        reasons[name] = (
            f"{module}.{name} of Keras is not supported by this version of brisknet"
            + hints.get(name, "")
        )
    vars(sys.modules[module]).setdefault("__path__", [])

    def __getattr__(name: str) -> NoReturn:
        reason = reasons.get(name)
        if reason is None:
            known = vars(sys.modules[module]).get("__all__", ())
            hint = did_you_mean(name, {*known, *refused})
            reason = f"module {module!r} has no attribute {name!r}{hint}"
        # Without the object, since Python would add its own suggestion.
        raise AttributeError(reason, name=name, obj=None)

    return __getattr__


def refusal(module: str, name: str) -> str | None:
    """Why a module lacks a name, if `refuse_names` has a reason."""
    return _reasons.get(module, {}).get(name)
