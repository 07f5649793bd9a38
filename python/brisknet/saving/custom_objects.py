"""The custom classes and functions that a configuration names."""

from __future__ import annotations

import sys
from typing import Any


def custom_objects(config: Any) -> dict[str, Any]:
    """Custom classes and functions by the names in a configuration, for a copy in this program.

    Raises:
        ValueError: if one is not at the top of its module, but was defined in a function.
    """
    if isinstance(config, list | tuple):
        config = dict(enumerate(config))
    if not isinstance(config, dict):
        return {}
    found: dict[str, Any] = {}
    for value in config.values():
        found |= custom_objects(value)
    module, name = config.get("module"), config.get("class_name")
    if not isinstance(module, str) or not isinstance(name, str):
        return found
    if name == "function":
        name = config["config"]
    registered = config.get("registered_name")
    if module.partition(".")[0] in ("keras", "brisknet", "builtins") or ">" in str(registered):
        return found
    custom = getattr(sys.modules.get(module), name, None)
    if custom is None:
        raise ValueError(
            f"[pickle] {name!r} is not at the top of module {module!r}: define it there, or "
            "register it with saving.register_keras_serializable"
        )
    return {**found, name: custom}
