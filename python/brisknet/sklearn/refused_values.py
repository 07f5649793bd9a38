"""Finding missing values, dates and strings where numbers are required, in any container.

scikit-learn's own checks find NaN. The missing values of pandas, Arrow, Polars and Python they
find, ignore or fail on, depending on the type.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

_TEXT = (str, bytes, np.str_, np.bytes_)
_DATES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


def refuse_missing(data: Any, name: str) -> None:
    """Refuses missing values.

    Raises:
        ValueError: if there are any, with the row and column of the first.
    """
    found = []
    for place, (label, part) in enumerate(_parts(data)):
        rows = np.argwhere(_missing(part))
        if len(rows):
            found.append((int(rows[0][0]), place, label, rows[0]))
    if found:
        row, _, label, index = min(found, key=lambda item: item[:2])
        text = f"Input {name} contains missing values."
        raise ValueError(f"{text}\n{_first(name, row, label, index)}")


def refuse_other_than_numbers(data: Any, name: str, text: bool = True) -> None:
    """Refuses dates, and strings unless they are checked elsewhere.

    Raises:
        ValueError: if there are any, with the row and column of the first.
    """
    refused = (*_TEXT, *_DATES) if text else _DATES
    kinds = "USMm" if text else "Mm"
    is_refused = np.frompyfunc(lambda value: isinstance(value, refused), 1, 1)
    for label, part in _parts(data):
        array = part if type(part) is np.ndarray else _objects(part)
        if array.dtype.kind in kinds:
            wrong = np.ones(array.shape, bool)
        elif array.dtype.kind == "O":
            wrong = is_refused(array).astype(bool)
        else:
            continue
        rows = np.argwhere(wrong)
        if len(rows):
            index = tuple(int(i) for i in rows[0])
            value = array[index]
            what = "text" if isinstance(value, _TEXT) else "dates"
            raise ValueError(
                f"Input {name} contains {what}, where there must be numbers: {str(value)!r}.\n"
                f"{_first(name, index[0], label, rows[0])}"
            )


def _first(name: str, row: int, label: Any, index: npt.NDArray[np.intp]) -> str:
    if len(index) > 1:
        return f"The first is in {name} at row {row}, column {int(index[1])}."
    column = "" if label is None else f", column {label!r}"
    return f"The first is in {name} at row {row}{column}."


def _parts(data: Any) -> Iterator[tuple[Any, Any]]:
    """The parts that may contain anything but numbers: named columns, or the whole data."""
    if data is None or sparse.issparse(data):
        return
    if hasattr(data, "get_columns"):  # Polars
        parts: Any = [(column.name, column) for column in data.get_columns()]
    elif hasattr(data, "columns") and hasattr(data, "iloc"):  # pandas
        unclear = [i for i, dtype in enumerate(data.dtypes) if not _is_number(dtype)]
        parts = [(data.columns[i], data.iloc[:, i]) for i in unclear]
    else:
        parts = [] if _is_number(getattr(data, "dtype", None)) else [(None, data)]
    yield from parts


def _is_number(dtype: Any) -> bool:
    """Whether an array of this type can contain only numbers, including NaN."""
    return isinstance(dtype, np.dtype) and dtype.kind in "biufc"


def _missing(part: Any) -> npt.NDArray[np.bool_]:
    for name in ("isna", "is_null"):  # pandas; Polars and Arrow
        if hasattr(part, name):
            return np.asarray(getattr(part, name)(), bool)
    array = part if type(part) is np.ndarray else _objects(part)
    if array.dtype.kind in "Mm":
        return np.isnat(array)
    if array.dtype.kind != "O":
        return np.zeros(array.shape, bool)
    if "pandas" in sys.modules:  # otherwise there cannot be a pandas.NA
        return np.asarray(sys.modules["pandas"].isna(array), bool)
    none: npt.NDArray[np.bool_] = np.equal(array, np.array(None)) | (array != array)
    return none.astype(bool)


def _objects(part: Any) -> npt.NDArray[Any]:
    """As an array; from a list, an object array, as NumPy would turn all elements into strings."""
    if not isinstance(part, list | tuple):
        return np.asarray(part)
    try:
        return np.array(part, dtype=object)
    except ValueError:  # a ragged list, which scikit-learn refuses
        return np.empty(0)
