"""Conversion between objects and Keras's configurations.

A configuration is a JSON-serializable dict with `module`, `class_name`, `config` (the arguments)
and `registered_name`. Brisknet's objects use the names of Keras's modules, such as 'keras.layers',
so that each library can read the other's configurations. Only the names of brisknet and those that
the user has registered are looked up: a configuration cannot import modules or run other code.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.names.refused_names import refusal
from brisknet.names.similar import did_you_mean
from brisknet.serialization.custom_objects import (
    custom_object_scope,
    get_registered_name,
    get_registered_object,
)

# Modules whose classes and functions a configuration may refer to.
_AREAS = (
    "activations",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.schedules",
    "random",
    "regularizers",
)


def serialize_keras_object(obj: Any) -> Any:
    """The object's configuration; numbers, strings, lists and dicts represent themselves.

    Raises:
        ValueError: if the object has no configuration: a lambda, or a class without get_config.

    Example:
        >>> from brisknet import regularizers
        >>> serialize_keras_object(regularizers.L2(0.1))["config"]
        {'l2': 0.1}
    """
    if obj is None:
        return None
    for plain in (bool, int, float, str):
        if isinstance(obj, plain):
            return plain(obj)  # for example, an optimizer's number, which is a subclass
    if isinstance(obj, list | tuple):
        return (list if isinstance(obj, list) else tuple)(
            [serialize_keras_object(item) for item in obj]
        )
    if isinstance(obj, Mapping):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray) and obj.ndim:
        return {
            "class_name": "__numpy__",
            "config": {"value": obj.tolist(), "dtype": obj.dtype.name},
        }
    if isinstance(obj, np.generic | np.ndarray):
        return obj.item()
    if isinstance(obj, types.FunctionType | types.BuiltinFunctionType):
        return _function_config(obj)
    if not hasattr(obj, "get_config") or isinstance(obj, type):
        raise ValueError(
            f"[serialize] expected an object with get_config, got {describe(obj)}: {obj!r}"
        )
    cls = type(obj)
    module = _module(cls)
    config = {
        "module": module or cls.__module__,
        "class_name": cls.__name__,
        "config": serialize_keras_object(obj.get_config()),
        "registered_name": None if module else get_registered_name(cls),
    }
    for name in ("build_config", "compile_config"):
        get = getattr(obj, f"get_{name}", None)
        more = None if get is None else get()
        if more is not None:
            config[name] = serialize_keras_object(more)
    return config


def _function_config(function: Any) -> dict[str, Any]:
    if function.__name__ == "<lambda>":
        raise ValueError("[serialize] a lambda has no name to find it by: define a function")
    own = _module(function)
    return {
        "module": "builtins" if own else function.__module__,
        "class_name": "function",
        "config": get_registered_name(function),
        "registered_name": "function" if own else get_registered_name(function),
    }


def _module(obj: Any) -> str | None:
    """The Keras module of a class or function of brisknet; None for custom ones."""
    package, *path = obj.__module__.split(".")
    if package != "brisknet" or get_registered_name(obj) != obj.__name__:
        return None
    for area in (path[:2], path[:1]):
        if ".".join(area) in _AREAS:
            return f"keras.{'.'.join(area)}"
    return "keras"


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object that a configuration describes; anything else is returned unchanged.

    Args:
        config: the output of `serialize_keras_object`, of brisknet or Keras.
        custom_objects: a dict of classes and functions by name, in addition to the registered ones.
        safe_mode: must be True, since code in a configuration is never run.

    Raises:
        ValueError: if the configuration refers to an unknown class or function, a lambda, or
            arguments that the class does not accept.

    Example:
        >>> from brisknet import regularizers
        >>> config = serialize_keras_object(regularizers.L2(0.1))
        >>> deserialize_keras_object(config).l2
        0.1
    """
    if not safe_mode:
        raise ValueError(
            "[deserialize] safe_mode=False is not supported: no code is taken from a configuration"
        )
    if custom_objects:
        with custom_object_scope(custom_objects):
            return deserialize_keras_object(config)
    if isinstance(config, list | tuple):
        return (list if isinstance(config, list) else tuple)(
            [deserialize_keras_object(item) for item in config]
        )
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_keras_object(value) for key, value in config.items()}
    name, arguments = config["class_name"], config["config"]
    if name == "function":
        return _function(arguments)
    if name in ("__numpy__", "__tensor__"):
        return _array(arguments)
    if not isinstance(arguments, dict):
        raise ValueError(f"[deserialize] expected config: a dict, got {describe(arguments)}")
    cls = _class(name, config.get("module"), config.get("registered_name"))
    try:
        instance = cls.from_config(arguments)
        build = config.get("build_config")
        if build and hasattr(instance, "build_from_config") and not instance.built:
            instance.build_from_config(build)
        compiled = config.get("compile_config")
        if compiled and hasattr(instance, "compile_from_config"):
            instance.compile_from_config(compiled)
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(
            f"[deserialize] {name} cannot be made from its config ({error}): {arguments!r:.500}"
        ) from error
    return instance


def _array(arguments: Any) -> Any:
    try:
        dtype = np.dtype(arguments["dtype"])
        if dtype.kind not in "biuf":  # 'S1000000000' would fill the memory
            raise ValueError("not a type of numbers")
        return np.array(arguments["value"], dtype=dtype)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise ValueError(
            f"[deserialize] expected an array's value and dtype, got {arguments!r:.200}"
        ) from error


def _function(name: Any) -> Any:
    if isinstance(name, str):
        found = get_registered_object(name)
        if found is not None:
            return found
        for area in ("activations", "losses", "metrics"):
            found = _own(area, name)
            if isinstance(found, types.FunctionType | types.BuiltinFunctionType):
                return found
    known = [n for area in ("activations", "losses", "metrics") for n in _names(area)]
    hint = did_you_mean(name, known) if isinstance(name, str) else ""
    end = " If it is your own," if hint else ": if it is your own,"
    raise ValueError(
        f"[deserialize] there is no function {name!r:.100}{hint}{end} pass it in custom_objects"
    )


def _class(name: Any, module: Any, registered_name: Any) -> Any:
    found = None
    for known in (registered_name, name):
        if found is None and isinstance(known, str):
            found = get_registered_object(known)
    package, _, area = module.partition(".") if isinstance(module, str) else ("", "", "")
    if found is None and isinstance(name, str) and package in ("keras", "brisknet"):
        found = _own(area, name)
    if not (isinstance(found, type) and hasattr(found, "from_config")):
        hint = ""
        if isinstance(name, str) and package in ("keras", "brisknet") and area in ("", *_AREAS):
            place = f"brisknet.{area}".rstrip(".")
            if reason := refusal(place, name):
                raise ValueError(f"[deserialize] {reason}")
            hint = did_you_mean(name, _names(area))
        end = " If it is your own," if hint else ": if it is your own,"
        raise ValueError(
            f"[deserialize] there is no class {name!r:.100} of module {module!r:.100} in this "
            f"version of brisknet{hint}{end} register it or pass it in custom_objects"
        )
    return found


def _names(area: str) -> list[str]:
    """The public names of a brisknet module."""
    names: list[str] = sys.modules[f"brisknet.{area}".rstrip(".")].__all__
    return names


def _own(area: str, name: str) -> Any:
    """The public class or function of brisknet with this name, or None."""
    if area and area not in _AREAS:
        return None
    module = sys.modules[f"brisknet.{area}" if area else "brisknet"]
    return getattr(module, name) if name in module.__all__ else None
