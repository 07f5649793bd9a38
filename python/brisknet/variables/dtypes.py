"""Types of numbers, by Keras's names."""

from __future__ import annotations

from typing import Any

from brisknet.config import floatx

_FLOATS = ("bfloat16", "float16", "float32", "float64")
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_PYTHON = {bool: "bool", int: "int32", float: "float32", str: "string", "int": "int32"}


def standardize_dtype(dtype: Any) -> str:
    """A type's name as Keras writes it; None stands for `floatx()`.

    Raises:
        ValueError: if there is no such type.

    Example:
        >>> standardize_dtype(int), standardize_dtype(None)
        ('int32', 'float32')
    """
    if dtype is None:
        return floatx()
    name = _PYTHON.get(dtype, dtype)
    for attribute in ("name", "__name__"):  # of np.dtype("f4"), np.float32
        name = getattr(name, attribute, name)
    if name not in (*_FLOATS, *_INTEGERS, "bool", "string"):
        raise ValueError(f"[standardize_dtype] expected a type of numbers, got {dtype!r}")
    return str(name)


def is_float_dtype(dtype: Any) -> bool:
    """Whether a type is one of floating-point numbers."""
    return standardize_dtype(dtype) in _FLOATS


def is_int_dtype(dtype: Any) -> bool:
    """Whether a type is one of integers."""
    return standardize_dtype(dtype) in _INTEGERS
