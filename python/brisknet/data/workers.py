"""Preparing the batches of a PyDataset in advance, in threads or processes."""

from __future__ import annotations

import collections
import concurrent.futures  # imports each kind of pool on first use
import itertools
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from brisknet.data.py_dataset import PyDataset


class BatchesAhead(Iterator[Any]):
    """The batches at these indices, in this order, which workers prepare in advance.

    An exception in `__getitem__` is raised where its batch would be yielded.

    Args:
        source: the data set, with the number and kind of workers and the queue size.
        numbers: the indices of the batches.
    """

    def __init__(self, source: PyDataset, numbers: Iterable[int]) -> None:
        self._numbers = iter(numbers)
        self._waiting: collections.deque[concurrent.futures.Future[Any]] = collections.deque()
        self._pool: concurrent.futures.Executor
        self._get: Callable[[int], Any]
        ahead = max(source.workers, source.max_queue_size)
        if not source.use_multiprocessing:
            self._pool = concurrent.futures.ThreadPoolExecutor(source.workers)
            self._get = source.__getitem__
            self._submit(ahead)
            return
        self._pool = concurrent.futures.ProcessPoolExecutor(
            source.workers, initializer=_start_process, initargs=(source,)
        )
        self._get = _batch_in_process
        with warnings.catch_warnings():
            # Since Python 3.12, a fork warns if there are threads; the kernels' threads support it.
            warnings.filterwarnings("ignore", ".* is multi-threaded", DeprecationWarning)
            self._submit(ahead)

    def _submit(self, count: int) -> None:
        for number in itertools.islice(self._numbers, count):
            self._waiting.append(self._pool.submit(self._get, number))

    def __next__(self) -> Any:
        if not self._waiting:
            self.close()
            raise StopIteration
        batch = self._waiting.popleft().result()
        self._submit(1)
        return batch

    def close(self, wait: bool = True) -> None:
        """Stops the workers; batches not yet begun are not prepared."""
        self._waiting.clear()
        self._pool.shutdown(wait, cancel_futures=True)


_source: PyDataset  # in a worker process


def _start_process(source: PyDataset) -> None:
    global _source
    _source = source
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the training process handles Ctrl-C


def _batch_in_process(number: int) -> Any:
    return _source[number]
