"""What a class's `__init__` takes."""

from __future__ import annotations

import functools
import inspect


@functools.cache
def parameters(cls: type) -> dict[str, inspect.Parameter]:
    """What `__init__` takes, through **kwargs to the base classes'."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        own = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        for parameter in own:
            if parameter.kind in named:
                found.setdefault(parameter.name, parameter)
        if all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in own):
            break
    return found
