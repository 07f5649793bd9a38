"""Numbers within bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.arguments.types import REAL


def checked_number(
    op: str,
    name: str,
    value: Any,
    low: float,
    high: float = math.inf,
    *,
    above: bool = False,
    below: bool = False,
) -> Any:
    """The value, if it is a number from `low` to `high`; without these where `above`, `below`.

    Raises:
        ValueError: otherwise.
    """
    is_number = isinstance(value, REAL) and not isinstance(value, bool)
    if (
        is_number
        and low <= value <= high
        and not ((above and value == low) or (below and value == high))
    ):
        return value
    if high == math.inf:
        bounds = f"above {low:g}" if above else f"of at least {low:g}"
    else:
        bounds = f"in {'(' if above else '['}{low:g}, {high:g}{')' if below else ']'}"
    raise ValueError(f"[{op}] expected {name}: a number {bounds}, got {describe(value)}")


def checked_integer(op: str, name: str, value: Any, low: int, high: int | None = None) -> int:
    """The value as an int, if it is an integer from `low` to `high`.

    Raises:
        ValueError: otherwise.
    """
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if is_integer and low <= value and (high is None or value <= high):
        return int(value)
    bounds = f"an integer of at least {low}" if low != 1 else "a positive integer"
    if high is not None:
        power = high.bit_length() - 1
        last = f"2^{power}" if power > 12 and high == 2**power else str(high)
        bounds = f"an integer from {low} to {last}"
    raise ValueError(f"[{op}] expected {name}: {bounds}, got {describe(value)}")
