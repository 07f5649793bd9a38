"""The `repr` of objects: the call that creates them, in one line."""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from brisknet.arguments.signatures import parameters
from brisknet.names.automatic import snake_case
from brisknet.names.refused_attributes import Refused

_LONGEST = 200  # characters
_LONGEST_VALUE = 60
_MOST_ITEMS = 6


class Represented:
    """Base class: `repr` shows the call that creates the object, `Adam(learning_rate=0.001)`.

    Arguments with their default value are left out, except for a first argument that is a number.
    The value of an argument is the attribute of its name, or `_given_` and the name if the object
    keeps a converted value there; arguments without such an attribute are not shown.
    """

    _shown: ClassVar[tuple[str, ...]] = ()  # arguments that are always shown
    _left_out: ClassVar[frozenset[str]] = frozenset()  # arguments that are never shown

    def __repr__(self) -> str:
        return call_text(self)

    def __dir__(self) -> list[str]:
        """The attributes, without the refused names of Keras."""
        cls = type(self)
        names = super().__dir__()
        return [n for n in names if not isinstance(getattr(cls, n, None), Refused)]


def call_text(obj: Any) -> str:
    """The call that creates an object like this one, in a line of limited length."""
    cls = type(obj)
    shown: tuple[str, ...] = getattr(cls, "_shown", ())
    texts = []
    for place, (name, value, default) in enumerate(_arguments(obj)):
        is_number = isinstance(default, int | float) and not isinstance(default, bool)
        if name in shown or (place == 0 and is_number) or _tells(obj, value, default):
            texts.append(f"{name}={value_text(value)}")
    return shortened(f"{cls.__name__}({', '.join(texts)})", _LONGEST)


def _arguments(obj: Any) -> Iterator[tuple[str, Any, Any]]:
    """The arguments that the object keeps as attributes, with their values and defaults."""
    cls = type(obj)
    left_out: frozenset[str] = getattr(cls, "_left_out", frozenset())
    for name, parameter in parameters(cls).items():  # type: ignore[arg-type]
        if name in left_out or name == "dtype":
            continue
        try:
            given = f"_given_{name}"
            value = getattr(obj, given if hasattr(obj, given) else name)
        except Exception:  # a custom class may keep it elsewhere, or not have set it yet
            continue
        yield name, value, parameter.default


def _tells(obj: Any, value: Any, default: Any) -> bool:
    """Whether a value is worth showing."""
    if default is inspect.Parameter.empty:
        return True
    if default is None:
        # A value chosen by the object itself, or a method used because no function was given.
        if value is None or value is False or getattr(value, "__name__", None) == "linear":
            return False
        if isinstance(value, types.MethodType):
            return value.__self__ is not obj
        own_name = snake_case(type(obj).__name__)
        return not isinstance(value, str) or re.sub(r"_\d+$", "", value) != own_name
    if isinstance(default, str) and not isinstance(value, str):
        name = _by_name(value)
        return name is None or not f"_{name}".endswith(f"_{default.lower()}")  # 'uniform'
    return not _same(value, default)


def _same(value: Any, other: Any) -> bool:
    try:
        same = value == other  # may be an array
    except Exception:  # of a custom class
        return False
    alike = isinstance(value, bool) == isinstance(other, bool)  # 1 == True
    return isinstance(same, bool | np.bool_) and bool(same) and alike


def _by_name(value: Any) -> str | None:
    """The name of a function, or of an object whose arguments all have their defaults."""
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
        return value.__name__
    if any(_tells(value, given, default) for _, given, default in _arguments(value)):
        return None
    return snake_case(type(value).__name__)


def value_text(value: Any) -> str:
    """A value in one line: arrays by their shapes, functions by their names."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…")
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return str(value)
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return value.__name__
    if isinstance(value, functools.partial):
        return f"partial({value_text(value.func)})"
    if isinstance(value, types.MethodType):
        return f"{type(value.__self__).__name__}.{value.__name__}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"<{type(value).__name__} of shape {shape}>"
    if isinstance(value, Mapping):
        items = [f"{value_text(k)}: {value_text(v)}" for k, v in [*value.items()][:_MOST_ITEMS]]
        return "{" + _joined(items, len(value)) + "}"
    if isinstance(value, list | tuple):
        items = [value_text(item) for item in value[:_MOST_ITEMS]]
        joined = _joined(items, len(value))
        if isinstance(value, list):
            return f"[{joined}]"
        return f"({joined},)" if len(value) == 1 else f"({joined})"
    text = repr(value)
    if " object at 0x" in text:
        text = f"{type(value).__name__}()"  # an address is of no use
    return shortened(" ".join(text.split()), 2 * _LONGEST_VALUE)


def _joined(items: list[str], count: int) -> str:
    return ", ".join([*items, "…"] if count > len(items) else items)


def shortened(text: str, length: int) -> str:
    """The text, shortened if it is too long."""
    return text if len(text) <= length else f"{text[: length - 2]}…{text[-1]}"
