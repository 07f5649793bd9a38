"""Write Keras's public names, as facts: `KERAS_BACKEND=jax python tools/keras_names.py`.

They go to docs/keras_names.json, from which the documentation is made without Keras:
"modules" has each module's names, "classes" each class's members, without those of the class that
it is "of": its nearest public base, or itself where this is another name of it.
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

FILE = Path(__file__).parent.parent / "docs" / "keras_names.json"
LEFT_OUT = {
    "keras.src",
    "keras.applications",
    "keras.ops.image",
    "keras.ops.linalg",
    "keras.ops.nn",
}


def public_modules(name: str) -> dict[str, ModuleType]:
    """A module, and those below it, by name."""
    module = importlib.import_module(name)
    found = {name: module}
    for member, value in sorted(vars(module).items()):
        below = f"{name}.{member}"
        if (
            inspect.ismodule(value)
            and member[0] != "_"
            and below not in LEFT_OUT
            and value.__name__.startswith("keras.")
        ):
            found |= public_modules(below)
    return found


def facts() -> dict[str, Any]:
    import keras

    modules = public_modules("keras")
    public = {
        f"{name}.{member}": getattr(module, member)
        for name, module in modules.items()
        for member in dir(module)
        if member[0] != "_" and member != "src"
    }
    classes = {name: value for name, value in public.items() if inspect.isclass(value)}
    homes: dict[type, str] = {}
    for name, value in classes.items():
        homes.setdefault(value, name)
    members = {}
    for name, value in classes.items():
        parents = value.__mro__ if homes[value] != name else value.__mro__[1:]
        base = next((parent for parent in parents if parent in homes), object)
        own = sorted(member for member in set(dir(value)) - set(dir(base)) if member[0] != "_")
        members[name] = {"of": homes.get(base, ""), "members": " ".join(own)}
    names = {
        module: " ".join(
            n.removeprefix(f"{module}.") for n in public if n.rpartition(".")[0] == module
        )
        for module in modules
    }
    return {"version": keras.__version__, "modules": names, "classes": members}


if __name__ == "__main__":
    FILE.write_text(json.dumps(facts(), indent=1) + "\n")
