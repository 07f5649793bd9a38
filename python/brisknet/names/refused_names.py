"""Names of Keras's modules that brisknet lacks: asking for one says so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

from brisknet.names.similar import did_you_mean

_reasons: dict[str, dict[str, str]] = {}  # why there is no such name, by module and name


def refuse_names(
    module: str, names: str = "", instead: Mapping[str, str] | None = None
) -> Callable[[str], NoReturn]:
    """A module's `__getattr__` that refuses Keras's names which brisknet lacks, given in one text.

    As attributes they raise AttributeError, so that `hasattr` and `getattr` with a default work.
    `from module import name` replaces what an AttributeError says by a text of its own; but where
    the module counts as a package, having a `__path__`, it looks for a submodule first, and there
    `import_names` explains.

    Args:
        module: its name.
        names: those of Keras 3.
        instead: what to do instead of using one of them, or another name that scripts have from
            Keras 2 or TensorFlow.
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
        # With a name and no object, since Python would add a suggestion of its own.
        raise AttributeError(reason, name=name, obj=None)

    return __getattr__


def refusal(module: str, name: str) -> str | None:
    """Why a module has no such name, if `refuse_names` was told."""
    return _reasons.get(module, {}).get(name)
