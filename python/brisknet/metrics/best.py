"""Which of a metric's values is best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def best_place(values: Sequence[float], direction: str | None) -> int | None:
    """The place of the first of the largest values ('up') or the smallest ('down').

    None where there is no direction, and no number among the values.
    """
    array = np.asarray(values, np.float64)
    if direction is None or array.ndim != 1 or not np.isfinite(array).any():
        return None
    array = np.where(np.isfinite(array), array, -np.inf if direction == "up" else np.inf)
    return int(array.argmax() if direction == "up" else array.argmin())
