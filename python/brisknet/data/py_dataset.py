"""Batches by index, from a custom class."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from brisknet.arguments.numbers import checked_integer
from brisknet.display.representation import Represented


class PyDataset(Represented):
    """Base class of data sets that return batches by index.

    A subclass defines `__getitem__(index)`, which returns a batch, `(x, y)` or
    `(x, y, sample_weight)`, and `__len__()`, which returns the number of batches. `fit` uses the
    batches in a new random order in each epoch, unless `shuffle=False` is passed.

    Args:
        workers: with 2 or more, the number of threads that call `__getitem__` to prepare batches in
            advance. The batches and their order stay the same.
        use_multiprocessing: whether the workers are processes, which are started for each pass
            through the data; useful if `__getitem__` holds the GIL for long. Changes that they make
            to the data set are lost.
        max_queue_size: the maximum number of batches to prepare in advance.

    Raises:
        ValueError: if workers or max_queue_size is not a positive integer.

    Example:
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...
        ...     def __getitem__(self, index):
        ...         x = np.full((2, 1), index, np.float32)
        ...         return x, x**2
        >>> [y[0, 0].item() for x, y in Squares()]
        [0.0, 1.0, 4.0]
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        for name, value in (("workers", workers), ("max_queue_size", max_queue_size)):
            checked_integer("PyDataset", name, value, 1)
        self.workers = workers
        self.use_multiprocessing = bool(use_multiprocessing)
        self.max_queue_size = max_queue_size

    # A custom class need not call __init__.
    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None if it is infinite."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"[{type(self).__name__}] a PyDataset must define __len__ or num_batches"
        )

    def __getitem__(self, index: int) -> Any:
        """The batch at this index."""
        raise NotImplementedError(f"[{type(self).__name__}] a PyDataset must define __getitem__")

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches
        return (self[index] for index in (itertools.count() if count is None else range(count)))

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""
