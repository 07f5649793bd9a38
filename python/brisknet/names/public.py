"""The public names of modules, for `dir` and completion."""

from __future__ import annotations

import sys
from types import ModuleType


def public_names(package: str, *names: str) -> list[str]:
    """The `__all__` of a package: these names, and those in the `__all__` of its files.

    Assign it by `vars()["__all__"] = …`. Type checkers cannot evaluate this call; without a visible
    assignment to __all__ they take the names from the star imports.
    """
    files = [module for name, module in sys.modules.items() if name.rpartition(".")[0] == package]
    return sorted({*names, *(name for file in files for name in vars(file).get("__all__", ()))})


def list_public_names(module: ModuleType) -> None:
    """Makes `dir` of a module and of its public submodules show only the public names."""
    names = [name for name in vars(module) if name.startswith("__")]
    names = sorted({*names, *module.__all__})
    vars(module)["__dir__"] = lambda: names
    for value in map(vars(module).get, module.__all__):
        if isinstance(value, ModuleType) and hasattr(value, "__all__"):
            list_public_names(value)
