"""The estimators' input: scikit-learn's checks, with row and column in the errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy import sparse

from brisknet.sklearn.refused_values import refuse_missing, refuse_other_than_numbers

_LARGEST = np.finfo(np.float32).max


@contextmanager
def located(X: Any, y: Any = None, sample_weight: Any = None) -> Iterator[None]:
    """Adds the row and column to scikit-learn's errors about the data."""
    try:
        yield
    except (TypeError, ValueError) as error:
        text = str(error)
        if "Input sample_weight" in text:
            place = _place(sample_weight, "sample_weight")
        else:
            place = (None if "Input y" in text else _place(X, "X")) or _place(y, "y")
        if place is None:
            raise
        # The constructor of the original type may require other arguments.
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{text}\n{place}") from None


def _place(data: Any, name: str) -> str | None:
    """What is wrong with the data, if it is one of the usual errors."""
    columns = getattr(data, "columns", None)
    if columns is not None:
        for column in columns:
            try:
                np.asarray(data[column]).astype(np.float64)
            except (TypeError, ValueError):
                return f"Column {column!r} of {name} has the dtype {data[column].dtype}."
    values = data.data if sparse.issparse(data) else data
    array = np.asarray(values)
    if not array.ndim:
        return None
    try:
        wrong = ~np.isfinite(array if array.dtype.kind == "c" else array.astype(np.float64))
    except (TypeError, ValueError):  # labels that are not numbers
        labels = array.astype(object)
        wrong = (labels == np.array(None)) | (labels != labels)  # None and NaN
    wrong = np.argwhere(wrong)
    if not len(wrong):
        return None
    first = tuple(int(i) for i in wrong[0])
    if sparse.issparse(data):
        places = data.tocoo()
        first = int(places.row[first]), int(places.col[first])
    where = f"row {first[0]}"
    if len(first) > 1:
        label = repr(columns[first[1]]) if columns is not None else str(first[1])
        where += f", column {label}"
    return f"The first is in {name} at {where}."


def check_values(X: Any) -> None:
    """Refuses missing values and dates; scikit-learn itself checks strings.

    Raises:
        ValueError: if there are any.
    """
    if type(X) is not np.ndarray or X.dtype.kind not in "biuf":
        refuse_missing(X, "X")
        refuse_other_than_numbers(X, "X", text=False)


def as_numbers(X: Any) -> Any:
    """X as numbers; for some data frames, scikit-learn's check returns objects."""
    X = X.astype(np.float64) if X.dtype.kind == "O" else X
    check_range(X, "X")
    return X


def check_range(array: Any, name: str) -> None:
    """Refuses numbers that are finite but too large for float32.

    Raises:
        ValueError: if there are any.
    """
    values = array.data if sparse.issparse(array) else array
    if values.dtype.itemsize <= 4 or not values.size:
        return
    largest = max(values.max(), -values.min())
    if largest > _LARGEST:  # false for NaN, which scikit-learn has checked
        raise ValueError(
            f"Input {name} contains values too large for float32, in which brisknet computes: "
            f"{largest:g}"
        )
