"""Custom classes and functions, by the names that configurations use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from brisknet.display.representation import Represented

T = TypeVar("T")

_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}


class _Scope(threading.local):
    """The objects of the `custom_object_scope` blocks in this thread."""

    objects: Mapping[str, Any] = {}


_scope = _Scope()


class custom_object_scope(Represented):
    """A `with` block in which configurations may refer to these objects.

    Args:
        custom_objects: a dict from names to classes and functions.

    Example:
        >>> class Mine:
        ...     pass
        >>> with custom_object_scope({"Mine": Mine}):
        ...     get_registered_object("Mine") is Mine
        True
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self) -> custom_object_scope:
        self._outer = _scope.objects
        _scope.objects = {**self._outer, **self.custom_objects}
        return self

    def __exit__(self, *exception: object) -> None:
        _scope.objects = self._outer


CustomObjectScope = custom_object_scope


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """A decorator that lets configurations refer to a class or function as 'package>name'.

    Args:
        package: the first part of the name.
        name: the second part; by default, the name of the class or function.

    Raises:
        ValueError: if a class has no get_config.

    Example:
        >>> from brisknet import layers
        >>> @register_keras_serializable("mine")
        ... class Same(layers.Layer):
        ...     def forward(self, x):
        ...         return x, lambda dy: dy
        >>> get_registered_name(Same)
        'mine>Same'
    """

    def register(given: T) -> T:
        if isinstance(given, type) and not hasattr(given, "get_config"):
            raise ValueError(
                f"[register_keras_serializable] expected a class with get_config, got {given!r}"
            )
        own: str = name or given.__name__  # type: ignore[attr-defined]
        registered = f"{package}>{own}"
        _registered[registered] = given
        _names[given] = registered
        return given

    return register


def get_custom_objects() -> dict[str, Any]:
    """The dict of all registered objects by name; changes to it take effect."""
    return _registered


def get_registered_name(obj: Any) -> str:
    """The name under which a class or function is registered, or else its own name."""
    registered: str = _names.get(obj) or obj.__name__
    return registered


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The class or function with this name, or None."""
    for objects in (_scope.objects, _registered, custom_objects or {}, module_objects or {}):
        if name in objects:
            return objects[name]
    return None
