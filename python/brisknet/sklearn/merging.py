"""Merging equal samples, if each step uses all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from brisknet.sklearn.objectives import is_own
from brisknet.sklearn.validation import Samples

Words = npt.NDArray[np.uint64]


def merged(estimator: Any, samples: Samples) -> Samples:
    """Merges equal samples into one with the sum of their weights, in a canonical order.

    If each step uses all samples, a sample of weight k is equivalent to k samples, and the order of
    the samples is irrelevant. But sums in float32 would differ in the last digit, which training
    magnifies; merging makes the results identical, to the bit. Samples of weight 0 are dropped.

    Nothing is merged if anything but the weighted mean of the loss depends on the samples: dropout,
    batch normalization, and possibly a loss that is not scikit-learn's.
    """
    if not is_own(estimator.loss) or estimator.batch_norm or np.any(estimator.dropout):
        return samples
    weight: Any = np.ones(len(samples.targets))
    if samples.weight is not None:
        weight = np.asarray(samples.weight, dtype=np.float64)
    keys = _mixed(_hashes(samples.X)) + _hashes(samples.targets)
    keys, first, which = np.unique(keys, return_index=True, return_inverse=True)
    weight = np.bincount(which, weight)
    if weight.any():
        first, weight = first[weight != 0], weight[weight != 0]
    return samples.take(first)._replace(weight=weight)


def _hashes(X: Any) -> Words:
    """A 64-bit hash of each row: the sum of the hashes of its nonzero elements."""
    rows = sparse.csr_array(X, dtype=np.float32, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    elements = rows.data.view(np.uint32).astype(np.uint64) << np.uint64(32)
    sums = np.zeros(rows.nnz + 1, np.uint64)
    np.cumsum(_mixed(elements | rows.indices.astype(np.uint64)), out=sums[1:])
    totals: Words = sums[rows.indptr[1:]] - sums[rows.indptr[:-1]]  # modulo 2^64
    return totals


def _mixed(z: Words) -> Words:
    """splitmix64 (G. Steele, D. Lea, C. Flood, 2014): close inputs yield unrelated outputs."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return z ^ z >> np.uint64(31)
