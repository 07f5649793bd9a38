"""Default names of layers, models and metrics, as in Keras: dense, dense_1, dense_2, …"""

from __future__ import annotations

import collections
import functools
import inspect
import re
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_counts: collections.Counter[str] = collections.Counter()


def snake_case(name: str) -> str:
    """'MeanSquaredError' as 'mean_squared_error'."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def object_name(obj: Any) -> str:
    """The name of a function or a callable object in the logs, as in Keras.

    This is its `name`, or else its `__name__` or its class's name in snake case: 'lambda',
    'partial'.
    """
    name = getattr(obj, "name", None)
    if isinstance(name, str):
        return name
    return snake_case(getattr(obj, "__name__", type(obj).__name__))


def auto_name(class_name: str) -> str:
    """A new name for an object of this class."""
    name = snake_case(class_name)
    _counts[name] += 1
    return name if _counts[name] == 1 else f"{name}_{_counts[name] - 1}"


def with_default_name(init: Callable[..., None], name: str) -> Callable[..., None]:
    """A copy of an `__init__` with this default `name`; all its arguments must have defaults."""
    init = inspect.unwrap(init)
    code, defaults = init.__code__, init.__defaults__ or ()
    arguments = code.co_varnames[1 : code.co_argcount]
    new = (name if a == "name" else d for a, d in zip(arguments, defaults, strict=True))
    copy = types.FunctionType(code, init.__globals__, init.__name__, tuple(new), init.__closure__)
    functools.update_wrapper(copy, init)
    del vars(copy)["__wrapped__"]  # otherwise its signature would be shown
    return copy


def forget() -> None:
    """Restarts the numbering."""
    _counts.clear()


def numbered(names: Iterable[str]) -> list[str]:
    """The names, with a number appended to each that has occurred before: dense, dense_1, …"""
    unique: dict[str, None] = {}
    numbers: collections.Counter[str] = collections.Counter()
    for name in names:
        new = name
        while new in unique:
            numbers[name] += 1  # lower numbers are taken
            new = f"{name}_{numbers[name]}"
        unique[new] = None
    return list(unique)


class _Scope(threading.local):
    """The layers being built in this thread, outermost first."""

    owners: tuple[Any, ...] = ()


_scope = _Scope()


@contextmanager
def name_scope(owner: Any) -> Iterator[str]:
    """A `with` block in which a layer or a model is built; yields its path, 'model/layer'."""
    outer = _scope.owners
    if not outer or outer[-1] is not owner:
        _scope.owners = (*outer, owner)
    try:
        yield "/".join(owner.name for owner in _scope.owners)
    finally:
        _scope.owners = outer
