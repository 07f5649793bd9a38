"""Conversion of data frames, series, tensors, buffers and lists to NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import as_array, describe, plain_array
from brisknet.data.sparse import is_sparse

_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def is_stream(value: Any) -> bool:
    """Whether `value` yields batches, rather than being an array of rows."""
    if isinstance(value, np.ndarray | Sequence | Mapping | Set) or value is None:
        return False
    if is_sparse(value):
        return False
    kind = type(value)
    if hasattr(kind, "__next__") or hasattr(kind, "as_numpy_iterator"):
        return True
    if any(hasattr(value, name) for name in _PROTOCOLS):
        return False
    try:
        memoryview(value)
    except TypeError:
        indexed = hasattr(kind, "__getitem__") and hasattr(kind, "__len__")
        return indexed or hasattr(kind, "__iter__")
    return False


def as_rows(op: str, name: str, value: Any) -> npt.NDArray[Any]:
    """`value` as an array of numbers whose first axis is the samples.

    Raises:
        ValueError: if it is None, a scalar or a ragged list.
        TypeError: if it contains anything but numbers.
    """
    if value is None:
        raise ValueError(f"[{op}] expected {name}: an array, got None")
    if isinstance(value, np.ma.MaskedArray):
        value = plain_array(op, name, value)
    array = value if type(value) is np.ndarray else _converted(op, name, value)
    array = as_array(op, name, array)
    if array.ndim == 0:
        raise ValueError(f"[{op}] expected {name} of shape (samples, …), got a scalar")
    return array


def only_array(value: Any, axes: int | None = None, samples: int | None = None) -> Any:
    """The array in a list or tuple of one array, a form in which Keras accepts a single input.

    A list with a single row of numbers is left alone; `axes` or `samples`, if known, tell the two
    apart.
    """
    if not isinstance(value, list | tuple) or len(value) != 1:
        return value
    shape: tuple[int, ...] = getattr(value[0], "shape", ())
    if samples is not None:
        fits = len(shape) > 0 and shape[0] == samples
    else:
        fits = len(shape) == axes if axes else len(shape) > 1
    return value[0] if fits else value


Names = Callable[[], tuple[str, ...]]


def named_array(op: str, given: dict[Any, Any], names: Names) -> Any:
    """The array of a model's single input from a dict of arrays by name; others are ignored.

    Raises:
        ValueError: if no array has one of the input's names.
    """
    if is_sparse(given):  # SciPy's dictionary of keys
        return given
    wanted = names()
    for name in wanted:
        if name in given:
            return given[name]
    expected = " or ".join(map(repr, wanted))
    raise ValueError(
        f"[{op}] expected x: an array, or a dict in which {expected}, the model's input, has one, "
        f"got a dict of {', '.join(map(repr, given)) or 'nothing'}"
    )


def _converted(op: str, name: str, value: Any) -> Any:
    library = _library(value)
    if library == "pandas" and hasattr(value, "dtypes"):
        return _pandas(op, name, value)
    if library == "polars" and hasattr(value, "to_numpy"):
        return _polars(op, name, value)
    if is_stream(value):
        raise TypeError(f"[{op}] expected {name}: an array, got {describe(value)}")
    if isinstance(value, Mapping):
        raise TypeError(
            f"[{op}] expected {name}: an array, got {describe(value)}; models have one input and "
            "one output"
        )
    if is_sparse(value):
        raise TypeError(
            f"[{op}] expected {name}: an array, got {describe(value)}; only x may be sparse: pass "
            "its toarray()"
        )
    if isinstance(value, list | tuple) or not any(hasattr(value, p) for p in _PROTOCOLS):
        return value
    try:
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        return np.asarray(value)
    except Exception as error:  # a tensor on another device, for example
        raise TypeError(
            f"[{op}] expected {name}: an array, got {describe(value)} ({error})"
        ) from error


def _library(value: Any) -> str | None:
    """'pandas' or 'polars' if the object belongs to that library; does not import the library."""
    for kind in type(value).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in ("pandas", "polars"):
            return root
    return None


def _pandas(op: str, name: str, value: Any) -> npt.NDArray[Any]:
    if value.ndim == 1:
        return _pandas_column(op, name, value)
    if len({str(dtype) for dtype in value.dtypes}) == 1 and isinstance(
        value.dtypes.iloc[0], np.dtype
    ):
        _check_column(op, name, value.columns[0], value.dtypes.iloc[0], value.dtypes.iloc[0].kind)
        array: npt.NDArray[Any] = value.to_numpy()  # may share the frame's memory
        return array
    return _stack([_pandas_column(op, name, column) for _, column in value.items()], len(value))


def _pandas_column(op: str, name: str, column: Any) -> npt.NDArray[Any]:
    dtype = column.dtype
    _check_column(op, name, getattr(column, "name", None), dtype, dtype.kind)
    if not isinstance(dtype, np.dtype) and column.isna().any():
        array: npt.NDArray[Any] = column.to_numpy(np.float64, na_value=np.nan)
        return array
    return np.asarray(column.to_numpy(getattr(dtype, "numpy_dtype", None)))


def _polars(op: str, name: str, value: Any) -> npt.NDArray[Any]:
    if hasattr(value, "get_columns"):
        return _stack([_polars_column(op, name, c) for c in value.get_columns()], len(value))
    return _polars_column(op, name, value)


def _polars_column(op: str, name: str, column: Any) -> npt.NDArray[Any]:
    import polars

    dtype = column.dtype
    is_number = dtype.is_numeric() or dtype == polars.Boolean
    _check_column(op, name, column.name, dtype, "f" if is_number else "O")
    if column.null_count() or isinstance(dtype, polars.Decimal):
        column = column.cast(polars.Float64)  # turns null into NaN
    array: npt.NDArray[Any] = column.to_numpy()
    return array


def _check_column(op: str, name: str, label: Any, dtype: Any, kind: str) -> None:
    if kind not in "biuf":
        raise TypeError(
            f"[{op}] expected {name}: numbers or booleans, got column {label!r} of dtype {dtype}"
        )


def _stack(columns: list[npt.NDArray[Any]], rows: int) -> npt.NDArray[Any]:
    return np.stack(columns, axis=1) if columns else np.empty((rows, 0))
