"""Checks of values, and how errors describe them."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from brisknet import _core

Array = npt.NDArray[np.float32]


def describe(value: object) -> str:
    """A value for an error message: an array's dtype and shape, otherwise the value or its type."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if type(value) is int and value.bit_length() > 64:
        return f"an integer of {value.bit_length()} bits"
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, types.ModuleType):
        return f"the module {value.__name__}"
    return type(value).__name__


def plain_array(op: str, name: str, value: Any) -> npt.NDArray[Any]:
    """`value` as a NumPy array; ragged lists and masked elements are refused."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"[{op}] expected {name}: an array, got {describe(value)} ({error})"
        ) from None
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"[{op}] expected {name} without masked elements, got "
            f"{int(np.ma.getmaskarray(value).sum())} of them: fill them, or leave their rows out"
        )
    return array


def as_array(op: str, name: str, value: Any) -> npt.NDArray[Any]:
    """`value` as a NumPy array of numbers; what `plain_array` refuses and objects are refused."""
    array = plain_array(op, name, value)
    if array.dtype.kind not in "biuf":
        got = describe(array if array.ndim or array.dtype.kind != "O" else value)
        hint = ": text must be made numbers first" if array.dtype.kind in "US" else ""
        raise TypeError(f"[{op}] expected {name}: an array of numbers, got {got}{hint}")
    return array


def as_int64(op: str, name: str, array: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Booleans or whole numbers as an aligned, C-contiguous int64 array."""
    if array.dtype == np.uint64 and array.size and (most := array.max()) >= 2**63:
        raise ValueError(f"[{op}] expected {name}: numbers that int64 can hold, got {most}")
    numbers = np.asarray(array, dtype=np.int64, order="C")
    return numbers if numbers.flags.aligned else numbers.copy()


def is_floats(array: Any) -> TypeGuard[Array]:
    """Whether this is an array as the core takes it: float32, aligned and C-contiguous."""
    return _core.is_floats(array)


def as_float32(op: str, name: str, value: Any, kinds: str = "iuf") -> Array:
    """`value` as an aligned, C-contiguous float32 array; the array itself where it is one.

    `kinds` are NumPy's letters for the types that are taken: "b" for booleans too.
    """
    if type(value) is np.ndarray and _core.is_floats(value):
        return value
    array = plain_array(op, name, value)
    if array.dtype.kind not in kinds or array.dtype == np.float16 or array.dtype.itemsize > 8:
        raise TypeError(
            f"[{op}] expected {name}: float32, float64 or integers, got {describe(array)}"
        )
    # `order="C"` keeps scalars scalars, which ascontiguousarray does not.
    with np.errstate(all="ignore"):  # what is too large becomes infinite
        array = np.asarray(array, dtype=np.float32, order="C")
    return array if array.flags.aligned else array.copy()


def refuse_arguments(op: str, instead: str = "leave it out", /, **arguments: Any) -> None:
    """Raises for the first that is not None of Keras's arguments that are not supported."""
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"[{op}] {name} is not supported by this version of brisknet: {instead}"
            )


def choices(names: Iterable[object]) -> str:
    """Names for an error message."""
    return ", ".join(repr(name) for name in names)
