"""The batches of scikit-learn's perceptrons: their order, and the penalty's share in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from brisknet.data import Batch, Data
from brisknet.regularizers import L2
from brisknet.sklearn.validation import Samples


class Batches:
    """Yields an epoch's batches, each with the penalty alpha / 2 * sum(w^2) / (sum of its weights).

    Args:
        samples: the samples.
        size: the number of rows in a batch.
        random_state: the source of each epoch's order; None for the original order.
        alpha: the factor of the penalty.
        penalty: the penalty on the model's kernels.
    """

    def __init__(
        self, samples: Samples, size: int, random_state: Any, alpha: float, penalty: L2
    ) -> None:
        self.data = Data("fit", samples.X, samples.targets, samples.weight)
        self._size, self._alpha, self._penalty = size, alpha, penalty
        self._weight = samples.weight
        self._random_state = random_state
        self._order = None if random_state is None else np.arange(self.data.size)

    def epoch(self) -> Iterator[Batch]:
        weight = self._weight
        if self._order is not None:
            # Like sklearn.utils.shuffle, whose checks cost as much as two small steps.
            drawn = np.arange(self.data.size)
            self._random_state.shuffle(drawn)
            self._order = self._order[drawn]
            weight = None if weight is None else weight[self._order]
        begin = 0
        for batch in self.data.batches(self._size, self._order):
            end = begin + len(batch.x)
            total = end - begin if weight is None else float(weight[begin:end].sum())
            self._penalty.l2 = 0.5 * self._alpha / total if total else 0.0
            yield batch
            begin = end
