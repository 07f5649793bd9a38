"""Arguments of another type than their annotations, refused by name."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from brisknet.arguments.checks import describe

REAL = int | float | np.integer | np.floating


def is_number(value: Any) -> bool:
    """Whether a value is a real number that float64 can hold, other than NaN."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, REAL):
        return False
    try:
        return not math.isnan(float(value))
    except OverflowError:
        return False


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number that int64 can hold; a float may be one."""
    if not isinstance(value, int | np.integer) and not (
        isinstance(value, float) and value.is_integer()
    ):
        return False
    return bool(-(2**63) <= value < 2**63)


def _is_flag(value: Any) -> bool:
    return isinstance(value, np.bool_) or (is_number(value) and value in (0, 1))


def _is_list(is_item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def is_list(value: Any) -> bool:
        if isinstance(value, np.ndarray):
            return value.ndim == 1 and all(map(is_item, value))
        return isinstance(value, list | tuple | range) and all(map(is_item, value))

    return is_list


_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "bool": ("True or False", _is_flag),
    "float": ("a number", is_number),
    "int": ("a whole number", is_whole),
    "str": ("a string", lambda value: isinstance(value, str)),
    "Sequence[float]": ("a list of numbers", _is_list(is_number)),
    "Sequence[int]": (
        "a list of whole numbers",
        _is_list(lambda n: is_whole(n) and not isinstance(n, float)),
    ),
    "Callable[..., Any]": ("a function", callable),
    "None": ("None", lambda value: value is None),
}


@functools.cache
def _checks(function: Callable[..., Any]) -> dict[str, tuple[str, ...]]:
    """The names of the types, where all that an argument may be are known here."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        types = tuple(str(parameter.annotation).split(" | "))
        named = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if named and all(t in _TYPES for t in types):
            found[name] = types
    return found


@functools.cache
def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def check_types(
    op: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> None:
    """Raises for the first argument that is not what its annotation says.

    Args:
        op: for the error.
        function: what takes them; annotated by text.
        args, kwargs: those given.

    Raises:
        TypeError: if it is of another type.
        ValueError: if it is NaN, or too large to be held.
    """
    checks = _checks(function)
    for name, value in (*zip(_names(function), args, strict=False), *kwargs.items()):
        types = checks.get(name)
        if types is None or any(_TYPES[t][1](value) for t in types):
            continue
        expected = " or ".join(dict.fromkeys(_TYPES[t][0] for t in types))
        wrong = ValueError if isinstance(value, REAL) else TypeError
        raise wrong(f"[{op}] expected {name}: {expected}, got {describe(value)}")


def _is_too_large(value: Any) -> bool:
    return isinstance(value, int | np.integer) and int(value).bit_length() > 63


def typed(init: Callable[..., None]) -> Callable[..., None]:
    """An `__init__` whose arguments must be what their annotations say.

    Its own errors come first, as they say more.
    """

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        op = type(self).__name__
        if any(map(_is_too_large, (*args, *kwargs.values()))):
            check_types(op, init, (self, *args), kwargs)  # before it counts so far
        try:
            init(self, *args, **kwargs)
        except Exception as error:
            if not str(error).startswith("["):
                check_types(op, init, (self, *args), kwargs)
            raise
        check_types(op, init, (self, *args), kwargs)

    return __init__
