"""Checks of what `fit`, `evaluate` and `predict` are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from brisknet._arguments import describe
from brisknet.data import Data, SparseRows, StreamBatches, is_stream


def required(op: str, name: str, value: Any) -> Any:
    if value is None:
        raise ValueError(f"[{op}] expected {name}: an array, got None")
    return value


def whole(op: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ValueError(f"[{op}] expected {name}: a whole number, got {describe(value)}")
    return int(value)


def positive(op: str, name: str, value: Any) -> int:
    if whole(op, name, value) == 0:
        raise ValueError(f"[{op}] expected {name} of at least 1, got 0")
    return int(value)


def validation_epochs(freq: int | Sequence[int]) -> Callable[[int], bool]:
    """Whether to validate after an epoch, counted from 0."""
    if isinstance(freq, int):
        positive("fit", "validation_freq", freq)
        return lambda epoch: (epoch + 1) % freq == 0
    if isinstance(freq, list | tuple | set):
        return lambda epoch: epoch + 1 in freq
    raise ValueError(f"[fit] expected validation_freq: an int or a list, got {describe(freq)}")


def rows_of_a_batch(
    op: str,
    given: Data | StreamBatches,
    batch_size: Any,
    steps: Any,
    default: int | None = None,
) -> int:
    """How many rows of arrays are in a batch.

    Where neither it nor the number of steps is given, the default, or where there is none as many
    as compute well.
    """
    if steps is not None:
        steps = positive(op, "steps", steps)
    if batch_size is not None:
        return positive(op, "batch_size", batch_size)
    if not isinstance(given, Data):
        return 1  # a stream has its batches
    if steps is not None:
        return int(-(-given.size // steps))
    if default is not None:
        return default
    # Enough rows for the kernels to be at their best, in some 16 MB.
    sparse = isinstance(given.x, SparseRows) and not given.x.writes_zeros
    columns = 1 if sparse else given.x.size // given.size
    return max(1, min(1024, 2**22 // columns))


def validation_parts(given: Any) -> Sequence[Any]:
    """x, y and sample_weight out of validation_data, or what gives batches alone."""
    if is_stream(given):
        return (given,)
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        raise ValueError(
            "[fit] expected validation_data (x, y) or (x, y, sample_weight), or what gives such "
            f"batches, got {describe(given)}"
        )
    return given
