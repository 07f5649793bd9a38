"""Sparse matrices of SciPy's, whose zeros are never written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.compressed import CompressedBatch
from brisknet.data.finite import first_not_finite, refuse


def is_sparse(value: Any) -> bool:
    """Whether `value` is a sparse matrix or array, of whatever format."""
    return hasattr(type(value), "tocsr")


class SparseRows:
    """The inputs of a data set, (samples, columns), of which only the elements are kept.

    Args:
        op: for errors.
        matrix: a sparse matrix or array. One in CSR format is taken as it is, others are converted.
        finite: whether to refuse elements that are not finite in float32.

    Raises:
        ValueError: if it has not two axes, or elements are refused.
        TypeError: if its elements are not numbers.
    """

    ndim = 2

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
        with np.errstate(over="ignore"):  # as where arrays are converted
            elements = np.ascontiguousarray(csr.data, np.float32)
        self._matrix = _core.CompressedRows.of_elements(
            np.ascontiguousarray(csr.indptr, np.int64),
            np.ascontiguousarray(csr.indices, np.int64),
            elements,
            csr.shape[1],
        )
        self._rows = np.arange(csr.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        return len(self._rows), self._matrix.shape[1]

    @property
    def size(self) -> int:
        rows, columns = self.shape
        return rows * columns

    def __getitem__(self, rows: slice | npt.NDArray[np.int64]) -> SparseRows:
        """These rows, of the same memory."""
        part = object.__new__(type(self))
        part._matrix, part._rows = self._matrix, self._rows[rows]
        return part

    def batch(self, rows: npt.NDArray[np.int64]) -> CompressedBatch:
        """These rows as a model takes them."""
        return CompressedBatch(self._matrix, self._rows[rows])
