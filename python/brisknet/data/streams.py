"""Batches from generators, data sets and data loaders."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from brisknet import _core
from brisknet.arguments.checks import describe
from brisknet.data.adapters import Names
from brisknet.data.arrays import Data
from brisknet.data.batches import Batch, Batches
from brisknet.data.py_dataset import PyDataset
from brisknet.data.workers import BatchesAhead
from brisknet.runtime.float_environment import AsHost, drawn_as_host


class StreamBatches(Batches):
    """Batches that the user's object yields, each converted and checked as it arrives.

    Args:
        op: the name in error messages.
        source: an iterator, an iterable, a PyDataset, or an object with `as_numpy_iterator`.
        take: a function that checks a batch's inputs against the model and prepares them.
        with_targets: whether each batch must have targets.
        axes: the number of axes of the model's input, including the samples, if known.
        finite: whether to refuse inputs that are not finite in float32.
        names: a function that returns the possible names of the model's input, for dicts.
    """

    def __init__(
        self,
        op: str,
        source: Any,
        take: Callable[[Data], None],
        with_targets: bool,
        axes: int | None = None,
        finite: bool = False,
        names: Names | None = None,
    ) -> None:
        self._op = op
        self._source = source
        self._take = take
        self._with_targets = with_targets
        self._axes = axes
        self._finite = finite
        self._names = names
        self._class_weight: Mapping[int, float] | None = None
        self._ahead: BatchesAhead | None = None
        self.length = _length(source)

    def weigh_classes(self, op: str, class_weight: Mapping[int, float]) -> None:
        """Sets each sample's weight to that of its class."""
        self._class_weight = class_weight

    def on_epoch_begin(self) -> None:
        with AsHost():
            getattr(self._source, "on_epoch_begin", _nothing)()

    def on_epoch_end(self) -> None:
        with AsHost():
            getattr(self._source, "on_epoch_end", _nothing)()

    def close(self, wait: bool = True) -> None:
        if self._ahead is not None:
            self._ahead.close(wait)
            self._ahead = None

    def sample(self) -> Batch | None:
        if isinstance(self._source, PyDataset) and self.length != 0:
            with AsHost():
                first = self._source[0]
            return self._batch(first)
        return None  # the source may yield each batch only once

    def __iter__(self) -> Iterator[Batch]:
        return map(self._batch, drawn_as_host(self._given()))

    def _given(self) -> Any:
        source = self._source
        if isinstance(source, PyDataset):
            numbers: Iterable[int] = itertools.count()
            if self.length is not None:
                numbers = range(self.length)
                if self.orders is not None:
                    numbers = _core.permutation(self.length, *self.orders.next()).tolist()
            if source.workers > 1 or source.use_multiprocessing:
                self.close()
                self._ahead = BatchesAhead(source, numbers)
                return self._ahead
            return map(source.__getitem__, numbers)
        if hasattr(source, "as_numpy_iterator"):
            return iter(source.as_numpy_iterator())
        if hasattr(source, "__iter__"):
            return iter(source)
        return map(source.__getitem__, range(len(source)))

    def _batch(self, given: Any) -> Batch:
        parts = given if isinstance(given, list | tuple) else (given,)
        if not 1 <= len(parts) <= 3:
            raise ValueError(
                f"[{self._op}] expected batches (x, y) or (x, y, sample_weight), "
                f"got {len(parts)} parts"
            )
        if not self._with_targets:
            parts = parts[:1]
        elif len(parts) == 1 or parts[1] is None:
            raise ValueError(
                f"[{self._op}] expected batches (x, y) or (x, y, sample_weight), "
                f"got {describe(given)} without y"
            )
        x, y, sample_weight = (*parts, None, None)[:3]
        data = Data(self._op, x, y, sample_weight, self._axes, self._finite, self._names)
        if self._class_weight is not None:
            data.weigh_classes(self._op, self._class_weight)
        self._take(data)
        return data.batch()


def _length(source: Any) -> int | None:
    """The number of batches in a pass, if the source provides it."""
    if isinstance(source, PyDataset):
        return source.num_batches
    if hasattr(source, "cardinality"):  # of tf.data: negative for infinite or unknown
        count = int(source.cardinality())
        return count if count >= 0 else None
    try:
        return len(source)
    except TypeError:
        return None


def _nothing() -> None:
    pass
