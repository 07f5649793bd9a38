"""Checks of arguments, and refusals by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from brisknet import _core

Array = npt.NDArray[np.float32]


def describe(value: object) -> str:
    """What came, for an error message: an array's dtype and shape, else the value or its type."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    return type(value).__name__


def as_array(op: str, name: str, value: Any) -> npt.NDArray[Any]:
    """`value` as a NumPy array of numbers; a ragged list or an array of objects is refused."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"[{op}] expected {name}: an array, got {describe(value)} ({error})"
        ) from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"[{op}] expected {name}: an array of numbers, got {describe(array)}")
    return array


def as_float32(op: str, name: str, value: Any) -> Array:
    """`value` as an aligned, C-contiguous float32 array; the array itself where it is one."""
    if type(value) is np.ndarray and _core.is_floats(value):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.dtype == np.float16 or array.dtype.itemsize > 8:
        raise TypeError(
            f"[{op}] expected {name}: float32, float64 or integers, got {describe(array)}"
        )
    # `order="C"` keeps scalars scalars, which ascontiguousarray does not.
    array = np.asarray(array, dtype=np.float32, order="C")
    return array if array.flags.aligned else array.copy()


def refuse_arguments(op: str, **arguments: Any) -> None:
    """Raises for the first argument that is not None: names of Keras's that are not supported."""
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"[{op}] {name} is not supported by this version of brisknet: leave it out"
            )


def refuse_names(
    module: str, names: str, instead: Mapping[str, str] | None = None
) -> Callable[[str], NoReturn]:
    """A module's `__getattr__` that refuses Keras's names which brisknet lacks, given in one text.

    They raise ImportError: `from module import name` would replace the message of an
    AttributeError by one that says nothing.

    Args:
        module: its name.
        names: those of Keras 3.
        instead: what to do instead of using one of them, or another name that scripts have from
            Keras 2 or TensorFlow.
    """
    refused = frozenset(names.split())
    hints = instead or {}

    def __getattr__(name: str) -> NoReturn:
        hint = f": {hints[name]}" if name in hints else ""
        if name in refused:
            raise ImportError(
                f"{module}.{name} of Keras is not supported by this version of brisknet{hint}"
            )
        if hint:
            raise ImportError(f"Keras 3 has no {module}.{name}{hint}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__


def choices(names: Iterable[str]) -> str:
    """Names for an error message."""
    return ", ".join(repr(name) for name in names)
