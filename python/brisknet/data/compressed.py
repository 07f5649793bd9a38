"""Inputs most of which are zero, of which only the rest is kept.

A product with such inputs skips the zeros. That changes no bit of the result as long as the
weights, and the gradients on the way back, are finite: a sum to which 0 * w is added stays as it
is. So runs with and without zero-skipping are the same up to the first step that brings forth an
infinity or a NaN. From then on 0 * w would be NaN, and an infinite weight spoils all samples of a
dense product, but here only those whose input is not zero there. The run is lost either way, and
the loss shows it: the infinity stems from such a sample, whose loss and gradients are then not
finite, and these go through the later layers' weights, which all samples share. Only an infinite
weight that was set by hand, or at inputs that never come again, can stay unnoticed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.arguments.checks import Array

# Where the time of the two kinds of product is equal: see benchmarks/density.py.
MOST_DENSITY = 0.4
LEAST_COLUMNS = 32
MOST_BYTES = 2**30  # of a whole data set; a larger one is compressed batch by batch


class CompressedBatch:
    """What a model's first Dense layer takes for x: rows of a compressed matrix."""

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
    """Makes batches of a data set that is worth compressing.

    Args:
        x: C-contiguous float32, float64 or uint8, (samples, …).
        density: the share of its elements that are not zero, about.
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
    """A compressor of x, or None where its products are faster with the zeros.

    Looks at a few rows first, so that dense data costs nothing.
    """
    samples = len(x)
    if not samples or x.size // samples < LEAST_COLUMNS:
        return None
    few = x if samples <= 64 else _core.gather(x, np.arange(0, samples, -(-samples // 64)))
    density = _core.count_nonzeros(few) / few.size
    return Compressor(x, density) if density <= MOST_DENSITY else None


def compressed(x: Array) -> Array | CompressedBatch:
    """A batch without its zeros, or as it is where its products are faster with them."""
    compress = compressor(x)
    return x if compress is None else compress.batch(np.arange(len(x)))
