"""Keras's module paths: `brisknet.keras` means brisknet, and unsupported modules are refused.

After `import brisknet as tf`, `tf.keras.layers` is `brisknet.layers`; `import
brisknet.keras.layers` must find the same module, not load its file a second time. And `import
brisknet.applications` must raise the same message as `brisknet.applications`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from brisknet.names.refused_names import refusal
from brisknet.names.similar import did_you_mean


class _Known(Loader):
    """Loads a module that has already been imported, and keeps its spec."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class KerasPaths(MetaPathFinder):
    """Finds `brisknet.keras` and its submodules; refuses what a module's `__getattr__` refuses."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, rest = fullname.partition(".")
        if package != "brisknet":
            return None
        parent, _, name = fullname.rpartition(".")
        names = vars(sys.modules[parent])
        reason = refusal(names["__name__"], name)
        if reason is not None and name not in names:
            raise ImportError(reason, name=fullname)
        if rest != "keras" and not rest.startswith("keras."):
            return None
        module = importlib.import_module(package + rest.removeprefix("keras"))
        return ModuleSpec(fullname, _Known(module))


class Guesses(MetaPathFinder):
    """The last finder: suggests a module's name for a mistyped one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        parent, _, name = fullname.rpartition(".")
        if parent.partition(".")[0] == "brisknet":
            hint = did_you_mean(name, vars(sys.modules[parent]).get("__all__", ()))
            if hint:
                module = sys.modules[parent].__name__
                raise ImportError(f"module {module!r} has no {name!r}{hint}", name=fullname)


def install() -> None:
    """Installs the finders, one before and one after the search for files."""
    if not any(type(finder).__name__ == KerasPaths.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, KerasPaths())
        sys.meta_path.append(Guesses())
