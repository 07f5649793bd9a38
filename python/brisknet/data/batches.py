"""What the kinds of data have in common: they give batches, a pass at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from brisknet.arguments.checks import Array
from brisknet.data.compressed import CompressedBatch
from brisknet.random import SeedGenerator


class Batch(NamedTuple):
    """x and y of the same rows, and their weights; y is float32, or int64 class numbers."""

    x: Array | CompressedBatch
    y: Any
    weight: Array | None


class Batches:
    """Base class: an iterable of batches, each iteration of which is a pass through the data."""

    length: int | None = None  # the batches of a pass, where it is known
    samples: int | None = None  # the rows of a pass, where it is known
    # What a pass's order is drawn from; None for the order in which the data stand.
    orders: SeedGenerator | None = None

    def __iter__(self) -> Iterator[Batch]:
        raise NotImplementedError

    def sample(self) -> Batch | None:
        """A batch to try, where there is one that need not be drawn from a pass."""
        return None

    def on_epoch_begin(self) -> None:
        """Called before an epoch's first batch."""

    def on_epoch_end(self) -> None:
        """Called after an epoch's last batch."""

    def close(self, wait: bool = True) -> None:
        """Ends what gets batches ahead of time, and waits until it has ended."""
