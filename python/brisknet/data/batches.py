"""The base class of data sources, which yield batches in passes through the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from brisknet.arguments.checks import Array
from brisknet.data.compressed import CompressedBatch
from brisknet.random import SeedGenerator


class Batch(NamedTuple):
    """The inputs, targets and weights of some rows; y is float32, or int64 class numbers."""

    x: Array | CompressedBatch
    y: Any
    weight: Array | None


class Batches:
    """Base class: an iterable of batches; each iteration is one pass through the data."""

    length: int | None = None  # the number of batches in a pass, if known
    samples: int | None = None  # the number of rows in a pass, if known
    # The generator of each pass's order; None for the original order.
    orders: SeedGenerator | None = None

    def __iter__(self) -> Iterator[Batch]:
        raise NotImplementedError

    def sample(self) -> Batch | None:
        """A sample batch, if one is available without drawing it from a pass."""
        return None

    def on_epoch_begin(self) -> None:
        """Called before an epoch's first batch."""

    def on_epoch_end(self) -> None:
        """Called after an epoch's last batch."""

    def close(self, wait: bool = True) -> None:
        """Stops the workers that fetch batches in advance, and waits for them."""
