"""Inputs that are mostly zero, of which only the nonzero elements are stored.

A product with such inputs skips the zeros. This does not change a bit of the result as long as the
weights, and the gradients in the backward pass, are finite: adding 0 * w leaves a sum unchanged. So
runs with and without zero-skipping are identical up to the first step that produces an infinity or
a NaN. From then on 0 * w is NaN: in a dense product, an infinite weight spoils all samples; here,
only those with a nonzero input for it. The run is lost either way, and the loss shows it: the
sample that caused the infinity has a nonzero input there, so its loss and gradients are not finite,
and these reach the weights of the later layers, which all samples share. Only an infinite weight
that was set by hand, or one for inputs that never occur again, can go unnoticed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.arguments.checks import Array

# The density at which the two kinds of product take the same time: see benchmarks/density.py.
MOST_DENSITY = 0.4
LEAST_COLUMNS = 32
MOST_BYTES = 2**30  # of a whole data set; larger ones are compressed batch by batch


class CompressedBatch:
    """Rows of a compressed matrix, as a model's first Dense layer accepts them for x."""

    def __init__(self, matrix: _core.Csr, rows: npt.NDArray[np.int64]) -> None:
        self.matrix = matrix
        self.rows = rows

    ndim = 2

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), self.matrix.shape[1]

    def __len__(self) -> int:
        return len(self.rows)


class Compressor:
    """Makes compressed batches from a data set.

    Args:
        x: C-contiguous float32, float64 or uint8, of shape (samples, …).
        density: the approximate fraction of nonzero elements.
    """

    def __init__(self, x: npt.NDArray[Any], density: float) -> None:
        self._x = x
        size = density * x.size * (6 if x.size // len(x) <= 2**16 else 8)
        self._matrix = _core.Csr(x) if size <= MOST_BYTES else None

    def batch(self, rows: npt.NDArray[np.int64]) -> CompressedBatch:
        """These rows."""
        if self._matrix is not None:
            return CompressedBatch(self._matrix, rows)
        matrix = _core.Csr(_core.gather(self._x, rows))
        return CompressedBatch(matrix, np.arange(len(rows)))


def compressor(x: npt.NDArray[Any]) -> Compressor | None:
    """A compressor of x, or None if its products are faster with the zeros.

    It looks at a few rows first, so that dense data cost nothing.
    """
    samples = len(x)
    if not samples or x.size // samples < LEAST_COLUMNS:
        return None
    few = x if samples <= 64 else _core.gather(x, np.arange(0, samples, -(-samples // 64)))
    density = _core.count_nonzeros(few) / few.size
    return Compressor(x, density) if density <= MOST_DENSITY else None


def compressed(x: Array) -> Array | CompressedBatch:
    """The batch without its zeros, or unchanged if its products are faster with them."""
    compress = compressor(x)
    return x if compress is None else compress.batch(np.arange(len(x)))
