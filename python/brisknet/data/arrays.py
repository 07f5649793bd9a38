"""Batches of arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.arguments.checks import Array, as_int64, describe, is_floats
from brisknet.arguments.types import REAL, is_number
from brisknet.data.adapters import Names, as_rows, named_array, only_array
from brisknet.data.batches import Batch, Batches
from brisknet.data.compressed import CompressedBatch, Compressor, compressor
from brisknet.data.finite import check_finite
from brisknet.data.sparse import SparseRows, is_sparse
from brisknet.runtime.float_environment import ignored


class Data:
    """Arrays with matching rows, served in batches.

    The user's arrays are not copied: rows are gathered batch by batch and converted to float32.
    Class numbers and other integer targets are converted to int64 once.

    Args:
        op: the name in error messages.
        x: inputs, of shape (samples, …), an array or a sparse matrix.
        y: targets, of shape (samples, …), or None.
        sample_weight: weights, of shape (samples,) or (samples, …), or None.
        axes: the number of axes of the model's input, including the samples, if known.
        finite: whether to refuse inputs that are not finite in float32.
        names: a function that returns the possible names of the model's input, for a dict x.

    Raises:
        ValueError: if lengths differ, an array is empty, targets or weights contain NaN, or inputs
            are refused.
        TypeError: if an argument is not an array of numbers.
    """

    def __init__(
        self,
        op: str,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        axes: int | None = None,
        finite: bool = False,
        names: Names | None = None,
    ) -> None:
        if isinstance(x, dict) and names is not None:
            x = named_array(op, x, names)
        labels = getattr(x, "columns", None) if finite else None
        if type(x) is not np.ndarray:
            x = only_array(x, axes)
            if is_sparse(x):
                x = SparseRows(op, x, finite)
        self.x: npt.NDArray[Any] | SparseRows
        self._compressor: Compressor | SparseRows | None = None
        if isinstance(x, SparseRows):
            self.x = self._compressor = x
        else:
            x = as_rows(op, "x", x)
            self.x = x[:, None] if x.ndim == 1 else x
            if finite:
                check_finite(op, "x", x, labels)
        self.size = self.x.shape[0]
        if not self.x.size:
            raise ValueError(f"[{op}] expected x with at least one sample, got {describe(self.x)}")
        self.y = None if y is None else self._beside(op, "y", y)
        if self.y is not None and self.y.dtype.kind in "biu":
            self.y = as_int64(op, "y", self.y)
        self.weight = None
        if sample_weight is not None:
            weight = self._beside(op, "sample_weight", sample_weight)
            with np.errstate(all="ignore"):
                self.weight = np.asarray(weight, dtype=np.float32, order="C")

    @ignored
    def _beside(self, op: str, name: str, value: Any) -> npt.NDArray[Any]:
        array = as_rows(op, name, only_array(value, samples=self.size))
        if array.shape[0] != self.size:
            raise ValueError(
                f"[{op}] expected {name} with as many samples as x, {self.size}, "
                f"got {describe(array)}"
            )
        if array.dtype.kind == "f" and array.size and np.isnan(np.min(array)):
            first = tuple(int(i) for i in np.argwhere(np.isnan(array))[0])
            raise ValueError(f"[{op}] expected {name} without NaN, got NaN at index {first}")
        return array

    def batches(
        self, batch_size: int, order: npt.NDArray[np.int64] | None = None
    ) -> Iterator[Batch]:
        """The samples in this order, or in their original order."""
        for begin in range(0, self.size, batch_size):
            end = min(begin + batch_size, self.size)
            if order is None:
                rows: Any = slice(begin, end)
            else:
                rows = order[begin:end]
            yield Batch(
                self._inputs(rows),
                None if self.y is None else _take_targets(self.y, rows),
                None if self.weight is None else _take(self.weight, rows),
            )

    def batch(self) -> Batch:
        """All samples as one batch."""
        return next(self.batches(self.size))

    def inputs(self) -> Array | CompressedBatch:
        """The inputs of all samples as one batch."""
        return self._inputs(slice(0, self.size))

    def compress(self) -> None:
        """Compresses batches from now on, if enough inputs are zero to make this faster."""
        if not isinstance(self.x, SparseRows) and _core.is_numbers(self.x):
            self._compressor = compressor(self.x)

    def _inputs(self, rows: Any) -> Array | CompressedBatch:
        if self._compressor is None:
            assert not isinstance(self.x, SparseRows)
            return _take(self.x, rows)
        return self._compressor.batch(
            np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        )

    def split(self, op: str, fraction: float) -> tuple[Data, Data]:
        """The samples without, and only, the last `fraction` of them."""
        if not is_number(fraction) or not 0 < fraction < 1:
            raise ValueError(
                f"[{op}] expected validation_split in [0, 1), got {describe(fraction)}"
            )
        cut = int(self.size * (1 - fraction))
        if not 0 < cut < self.size:
            raise ValueError(
                f"[{op}] validation_split {fraction} of {self.size} samples leaves none for "
                f"{'training' if cut == 0 else 'validation'}"
            )

        def part(rows: slice) -> Data:
            x, y, weight = (None if a is None else a[rows] for a in (self.x, self.y, self.weight))
            return Data(op, x, y, weight)

        return part(slice(cut)), part(slice(cut, None))

    @ignored
    def weigh_classes(self, op: str, class_weight: Mapping[int, float]) -> None:
        """Sets each sample's weight to that of its class; 1 if the class has none."""
        if self.weight is not None:
            raise ValueError(f"[{op}] expected either class_weight or sample_weight, got both")
        if not isinstance(class_weight, Mapping):
            raise TypeError(
                f"[{op}] expected class_weight: a dict from class numbers to weights, "
                f"got {describe(class_weight)}"
            )
        if self.y is None:
            raise ValueError(f"[{op}] expected y together with class_weight")
        y = self.y
        if y.ndim > 2:
            raise ValueError(
                f"[{op}] expected y with one class a sample for class_weight: {y.shape}"
            )
        if y.ndim == 2:
            y = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]
        labels = np.rint(y).astype(np.int64)
        weight = np.ones(self.size, dtype=np.float32)
        for label, value in class_weight.items():
            if not isinstance(label, REAL) or not isinstance(value, REAL) or label % 1 > 0:
                raise TypeError(
                    f"[{op}] expected class_weight: a dict from class numbers to weights, "
                    f"got {describe(label)}: {describe(value)} in it"
                )
            if not _is_finite(label) or not _is_finite(value):
                raise ValueError(
                    f"[{op}] expected class_weight: finite numbers, "
                    f"got {describe(label)}: {describe(value)} in it"
                )
            weight[labels == int(label)] = value
        self.weight = weight


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


class ArrayBatches(Batches):
    """The rows of arrays, `batch_size` at a time.

    Args:
        data: the arrays.
        batch_size: the number of rows in a batch.
    """

    def __init__(self, data: Data, batch_size: int) -> None:
        self._data = data
        self._batch_size = batch_size
        self.samples = data.size
        self.length = -(-data.size // batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = None
        if self.orders is not None:
            order = _core.permutation(self._data.size, *self.orders.next())
        return self._data.batches(self._batch_size, order)

    def sample(self) -> Batch:
        return next(self._data.batches(min(self._batch_size, 32)))


def _take(array: npt.NDArray[Any], rows: Any) -> Array:
    """These rows as float32, without denormals."""
    if isinstance(rows, slice):
        part = array[rows]
    elif _core.is_numbers(array):
        return _core.gather(array, rows)
    else:
        part = array.take(rows, axis=0)
    if not is_floats(part):
        with np.errstate(all="ignore"):  # numbers too large become infinite
            part = np.array(part, dtype=np.float32, order="C")
    return _core.flush(part)


def _take_targets(array: npt.NDArray[Any], rows: Any) -> Any:
    """These rows as float32; class numbers stay int64."""
    return array[rows] if array.dtype == np.int64 else _take(array, rows)
