"""Equal samples as one, where a step takes all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from brisknet.sklearn.objectives import is_own
from brisknet.sklearn.validation import Samples

Words = npt.NDArray[np.uint64]


def merged(estimator: Any, samples: Samples) -> Samples:
    """Equal samples become one with the sum of their weights, in an order of their own.

    Where a step takes all samples, a sample of weight k is the same as k samples, and their order
    means nothing. Sums in float32 would tell them apart in the last digit, which training
    magnifies; so they are made the same before, to the bit. Samples of weight 0 go.

    All stay where more than the loss's weighted mean sees them: dropout, batch normalisation, and
    perhaps a loss that is not scikit-learn's.
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
    """64 bits for each row: the sum of its elements' hashes, of those that are not zero."""
    rows = sparse.csr_array(X, dtype=np.float32, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    elements = rows.data.view(np.uint32).astype(np.uint64) << np.uint64(32)
    sums = np.zeros(rows.nnz + 1, np.uint64)
    np.cumsum(_mixed(elements | rows.indices.astype(np.uint64)), out=sums[1:])
    totals: Words = sums[rows.indptr[1:]] - sums[rows.indptr[:-1]]  # modulo 2^64
    return totals


def _mixed(z: Words) -> Words:
    """splitmix64 (G. Steele, D. Lea, C. Flood, 2014): neighbours become unrelated."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return z ^ z >> np.uint64(31)
