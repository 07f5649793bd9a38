"""What `dir` and completion show of the public modules: their names, not what they import."""

from __future__ import annotations

from types import ModuleType


def list_public_names(module: ModuleType) -> None:
    """Makes `dir` of a module, and of the modules among its names, show the public names alone."""
    names = [name for name in vars(module) if name.startswith("__")]
    names = sorted({*names, *module.__all__})
    vars(module)["__dir__"] = lambda: names
    for value in map(vars(module).get, module.__all__):
        if isinstance(value, ModuleType) and hasattr(value, "__all__"):
            list_public_names(value)
