"""Checks of what `fit`, `evaluate` and `predict` are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.data import Data, SparseRows, StreamBatches, is_stream


def required_targets(op: str, x: Any, y: Any) -> Any:
    if y is None:
        pair = isinstance(x, tuple) and len(x) in (2, 3)
        hint = f": pass {op}(x, y), without a tuple around them" if pair else ""
        raise ValueError(f"[{op}] expected y: an array, got None{hint}")
    return y


def whole(op: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        hint = ""
        if isinstance(value, float) and 0 <= value < 2**53:
            low, high = math.floor(value), math.ceil(value)
            hint = f": pass {low}" if low == high else f": pass {low} or {high}"
        raise ValueError(f"[{op}] expected {name}: a whole number, got {describe(value)}{hint}")
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
    steps_name: str = "steps",
) -> int:
    """How many rows of arrays are in a batch.

    Where neither it nor the number of steps is given, the default, or where there is none as many
    as compute well.
    """
    if steps is not None:
        steps = positive(op, steps_name, steps)
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


def check_weights(op: str, given: Data | StreamBatches | None) -> None:
    """Raises where no sample counts: every loss would be 0."""
    if isinstance(given, Data) and given.weight is not None and not given.weight.any():
        raise ValueError(
            f"[{op}] expected sample_weight or class_weight that gives some sample a weight above "
            "0, got zeros only, by which every loss is 0"
        )


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
