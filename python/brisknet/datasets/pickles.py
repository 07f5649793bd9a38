"""Reading pickles of lists, numbers, strings and NumPy arrays from untrusted files.

NumPy is never called with the unchecked content of a pickle: a forged dtype could make it interpret
bytes as addresses. The three NumPy names in a pickle are mapped to stand-ins that hold the state;
arrays are made from the state after it has been checked.
"""

from __future__ import annotations

import math
import pickle
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from brisknet.datasets.reading import MismatchError

_TYPES = {"u1": np.uint8, "i4": np.int32, "i8": np.int64, "f8": np.float64, "f4": np.float32}


class _Type:
    """Stands for numpy.dtype."""

    name: Any = None
    order: Any = "="

    def __init__(self, name: Any = None, align: Any = False, copy: Any = False) -> None:
        self.name = name.decode("latin-1") if isinstance(name, bytes) else name

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        self.order = order.decode("latin-1") if isinstance(order, bytes) else order


class Array:
    """Stands for numpy.ndarray."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reconstruct:
    """Stands for numpy.core.multiarray._reconstruct; not a function, as attributes could be set."""

    __slots__ = ()

    def __call__(self, cls: Any, shape: Any, kind: Any) -> Array:
        if cls is not Array:
            raise pickle.UnpicklingError("an array of another class")
        return Array()

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("a function with a state")


_NAMES = {
    ("numpy", "ndarray"): Array,
    ("numpy", "dtype"): _Type,
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct(),
    ("numpy._core.multiarray", "_reconstruct"): _Reconstruct(),
}


class _Restricted:
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NAMES:
            return _NAMES[module, name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no data set needs")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it asks for something elsewhere")


class _Quick(_Restricted, pickle.Unpickler):
    pass


class _Careful(_Restricted, pickle._Unpickler):
    """The unpickler written in Python: a few bytes cannot make its memo take gigabytes."""


def load(file: IO[bytes], trusted: bool) -> Any:
    """The content of a pickle, with each array as an `Array`.

    Args:
        file: the pickle; strings pickled by Python 2 become bytes.
        trusted: whether the file's checksum has been verified.

    Raises:
        Exception: of almost any type, if the pickle is damaged or forged.
    """
    return (_Quick if trusted else _Careful)(file, encoding="bytes").load()


def as_numbers(name: str, array: Any) -> npt.NDArray[Any]:
    """An array of numbers.

    Raises:
        MismatchError: if it is not one.
    """
    shape, kind, fortran, data = _state(name, array)
    if kind.name not in _TYPES or kind.order not in ("<", "|", "="):
        raise MismatchError(f"{name} of numbers", f"dtype {kind.name!r:.20}")
    dtype = np.dtype(_TYPES[kind.name])
    if not isinstance(data, bytes) or len(data) != math.prod(shape) * dtype.itemsize:
        raise MismatchError(f"{name} with the data of shape {shape}", "others")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C").copy()


def as_objects(name: str, array: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A one-dimensional array of objects, of this shape."""
    given, kind, _, data = _state(name, array)
    if kind.name not in ("O", "O8", "O4") or given != shape or len(shape) != 1:
        raise MismatchError(f"{name} of objects and shape {shape}", f"{kind.name!r:.20} {given}")
    if not isinstance(data, list) or len(data) != shape[0]:
        raise MismatchError(f"{name} of {shape[0]} objects", "others")
    return np.fromiter(data, dtype=object, count=len(data))


def _state(name: str, array: Any) -> tuple[tuple[int, ...], _Type, bool, Any]:
    state = array.state if type(array) is Array else None
    if not isinstance(state, tuple) or len(state) != 5:
        raise MismatchError(f"an array {name}", type(array).__name__)
    _, shape, kind, fortran, data = state
    whole = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    if not whole or len(shape) > 8 or type(kind) is not _Type:
        raise MismatchError(f"an array {name}", "a forged one")
    return shape, kind, bool(fortran), data
