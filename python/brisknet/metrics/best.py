"""Which of a metric's values is best, and when it was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from brisknet import metrics


def direction_of(name: str) -> str | None:
    """Whether more ('up') or less ('down') is better of a metric of this name in the history."""
    name = re.sub(r"_\d+$", "", name.removeprefix("val_"))
    if name == "loss" or name.endswith("_loss"):
        return "down"
    metric = metrics._registry.names.get("accuracy" if name == "acc" else name)
    return getattr(metric, "direction", None)


def best_place(
    values: Sequence[float] | npt.NDArray[np.float64], direction: str | None
) -> int | None:
    """The place of the first of the largest values ('up') or the smallest ('down').

    None where there is no direction, and no number among the values.
    """
    array = np.asarray(values, np.float64)
    if direction is None or array.ndim != 1 or not np.isfinite(array).any():
        return None
    array = np.where(np.isfinite(array), array, -np.inf if direction == "up" else np.inf)
    return int(array.argmax() if direction == "up" else array.argmin())


def measured_in(count: int, epochs: Sequence[int]) -> Sequence[int]:
    """The epochs in which so many values were measured: a validation may leave some out."""
    every = len(epochs) // count if count else 1
    if len(epochs) - count * every >= every or not every:
        return range(count)
    return epochs[every - 1 :: every]
