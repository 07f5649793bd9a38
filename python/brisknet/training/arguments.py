"""Checks of what `fit`, `evaluate` and `predict` are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from brisknet._arguments import describe


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
