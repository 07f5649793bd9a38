"""SciPy's sparse matrices, which become dense arrays only if a layer needs them."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.arguments.checks import Array
from brisknet.data.compressed import CompressedBatch
from brisknet.data.finite import first_not_finite, refuse


def is_sparse(value: Any) -> bool:
    """Whether `value` is a sparse matrix or array, in any format."""
    return hasattr(type(value), "tocsr")


class SparseRows:
    """The inputs of a data set, of shape (samples, columns), stored as a sparse matrix.

    Args:
        op: the name in error messages.
        matrix: a sparse matrix or array. One in CSR format is taken as it is, others are converted.
        finite: whether to refuse elements that are not finite in float32.

    Raises:
        ValueError: if it does not have two axes, or elements are refused.
        TypeError: if its elements are not numbers.
    """

    ndim = 2
    writes_zeros = False  # whether batches are dense arrays, for layers that need them

    def __init__(self, op: str, matrix: Any, finite: bool = False) -> None:
        if matrix.ndim != 2:
            raise ValueError(
                f"[{op}] expected x of shape (samples, columns), got shape {matrix.shape}"
            )
        if matrix.dtype.kind not in "biuf":
            raise TypeError(f"[{op}] expected x: a matrix of numbers, got {matrix.dtype} elements")
        csr = matrix.tocsr()
        if not csr.has_canonical_format:
            csr = csr.copy() if csr is matrix else csr
            csr.sum_duplicates()
        first = first_not_finite(csr.data) if finite else None
        if first is not None:
            row = int(np.searchsorted(csr.indptr, first[0], "right")) - 1
            refuse(op, "x", csr.data[first], (row, int(csr.indices[first])))
        self._matrix = _Matrix(csr)
        self._rows = np.arange(csr.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        return len(self._rows), self._matrix.columns

    @property
    def size(self) -> int:
        rows, columns = self.shape
        return rows * columns

    def __getitem__(self, rows: slice | npt.NDArray[np.int64]) -> SparseRows:
        """These rows, sharing memory."""
        part = copy.copy(self)
        part._rows = self._rows[rows]
        return part

    def batch(self, rows: npt.NDArray[np.int64]) -> Array | CompressedBatch:
        """These rows in the form that the model needs."""
        numbers = self._rows[rows]
        if self.writes_zeros:
            return self._matrix.array(numbers)
        return CompressedBatch(self._matrix.compressed(), numbers)


class _Matrix:
    """A matrix in SciPy's CSR format, and, once it is requested, in that of the kernels."""

    def __init__(self, csr: Any) -> None:
        self.columns: int = csr.shape[1]
        self._csr = csr
        self._compressed: _core.Csr | None = None

    def array(self, rows: npt.NDArray[np.int64]) -> Array:
        """These rows as a dense array; not available once the kernels' matrix is requested."""
        with np.errstate(over="ignore"):  # as when arrays are converted
            return np.array(self._csr[rows].toarray(), np.float32, order="C")

    def compressed(self) -> _core.Csr:
        """The matrix for the kernels, a copy; releases SciPy's matrix."""
        if self._compressed is None:
            csr, self._csr = self._csr, None
            with np.errstate(over="ignore"):
                elements = np.ascontiguousarray(csr.data, np.float32)
            start, index = (np.ascontiguousarray(a, np.int64) for a in (csr.indptr, csr.indices))
            columns = self.columns
            self._compressed = _core.Csr.from_arrays(start, index, elements, columns)
        return self._compressed
