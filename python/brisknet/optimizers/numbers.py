"""Numbers that optimizers and schedules take, with their bounds."""

from __future__ import annotations

import math
from typing import Any

from brisknet.arguments.checks import describe

BELOW_ONE = math.nextafter(1.0, 0.0)  # the largest decay with which a mean takes anything in


def number(
    owner: object,
    name: str,
    value: Any,
    high: float = math.inf,
    low: float = 0,
    above: bool = False,
    whole: bool = False,
) -> float:
    """A finite number from `low`, or only `above` it, to `high`.

    Raises:
        ValueError: if it is none, by the name of the owner's class.
    """
    try:
        # NumPy 1 converts arrays of one number, too.
        found = math.nan if getattr(value, "ndim", 0) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    fits = low <= found <= high and math.isfinite(found) and not (whole and found % 1)
    if isinstance(value, str) or not fits or (above and found == low):
        kind = "whole number" if whole else "number"
        if high == math.inf:
            bounds = f"{'above' if above else 'of at least'} {low:g}"
        else:
            bounds = f"from {low:g} to {high:g}" if low > -math.inf else f"of at most {high:g}"
        raise ValueError(
            f"[{type(owner).__name__}] expected {name}: a {kind} {bounds}, got {describe(value)}"
        )
    return found


def number_or_none(owner: object, name: str, value: Any) -> float | None:
    return None if value is None else number(owner, name, value)


def count_or_none(owner: object, name: str, value: Any, low: int) -> int | None:
    return None if value is None else int(number(owner, name, value, low=low, whole=True))
