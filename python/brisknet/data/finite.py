"""Finding numbers that are not finite in float32: NaN, infinity, and numbers that are too large."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_LARGEST = np.finfo(np.float32).max
_CHUNK = 2**20  # elements checked at a time


def check_finite(op: str, name: str, array: npt.NDArray[Any], labels: Any = None) -> None:
    """Raises for the first element that is not finite in float32.

    Args:
        op, name: the names in the error message.
        array: numbers, of shape (samples, …).
        labels: the column labels, if any.

    Raises:
        ValueError: if there is such an element.
    """
    rows = max(1, _CHUNK // max(1, array[:1].size))
    for begin in range(0, len(array), rows):
        place = first_not_finite(array[begin : begin + rows])
        if place is not None:
            row, *rest = place
            refuse(op, name, array[begin + row][tuple(rest)], (begin + row, *rest), labels)


def first_not_finite(array: npt.NDArray[Any]) -> tuple[int, ...] | None:
    """The index of the first element that is not finite in float32."""
    if array.dtype.kind != "f":
        return None
    wrong = ~(np.abs(array) <= _LARGEST)  # true for NaN
    first = int(wrong.argmax()) if wrong.size else 0
    if not wrong.size or not wrong.flat[first]:
        return None
    return tuple(int(i) for i in np.unravel_index(first, wrong.shape))


def refuse(op: str, name: str, value: Any, place: tuple[int, ...], labels: Any = None) -> None:
    """Raises for an element that is not finite in float32."""
    column = "" if labels is None else f", in column {labels[place[-1]]!r}"
    raise ValueError(
        f"[{op}] expected {name} with numbers that are finite in float32, got {value!s} at index "
        f"{place}{column}"
    )
