"""True and false positives and negatives at thresholds; precision and recall, shares of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brisknet.metrics.base import Values, as_number
from brisknet.metrics.thresholds import ThresholdMetric, checked_thresholds, in_given_order
from brisknet.runtime.float_environment import ignored

__all__ = [
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "Recall",
    "TrueNegatives",
    "TruePositives",
]


class _Count(ThresholdMetric):
    """One of the four counts, in `accumulator`."""

    _kind = ""

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        self.init_thresholds = thresholds
        super().__init__(checked_thresholds(type(self).__name__, thresholds), dtype, name)

    def _count_in(self, shape: tuple[int, ...]) -> None:
        self.accumulator = self.add_variable(shape, "zeros", name="accumulator")

    def _add(self, counts: dict[str, Values]) -> None:
        self.accumulator.assign_add(in_given_order(counts[self._kind], self.thresholds))

    @ignored
    def result(self) -> Any:
        counts = self.accumulator.numpy()
        return float(counts[0]) if len(counts) == 1 else counts

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same metric again."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """How many of class 1 are predicted above the threshold; a sum of weights where there are some.

    Args:
        thresholds: a number, or a list of numbers, in [0, 1]; by default 0.5. For a list the
            result is an array.
        name, dtype: see `Metric`.

    Example:
        >>> TruePositives()([0, 1, 1, 1], [1, 0, 1, 1])
        2.0
    """

    _kind = "true_positives"


class FalsePositives(_Count):
    """How many of class 0 are predicted above the threshold (see `TruePositives`)."""

    _kind = "false_positives"


class TrueNegatives(_Count):
    """How many of class 0 are not above the threshold (see `TruePositives`)."""

    _kind = "true_negatives"


class FalseNegatives(_Count):
    """How many of class 1 are not above the threshold (see `TruePositives`)."""

    _kind = "false_negatives"


class _Share(ThresholdMetric):
    """Base of precision and recall: the true positives' share."""

    direction = "up"

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        default = 0.5 if top_k is None else -1e10
        op = type(self).__name__
        super().__init__(checked_thresholds(op, thresholds, default), dtype, name)

    def _add(self, counts: dict[str, Values]) -> None:
        super()._add({kind: in_given_order(c, self.thresholds) for kind, c in counts.items()})

    @ignored
    def result(self) -> Any:
        shares = self._ratio(*self._counted)
        return as_number(shares[0] if len(shares) == 1 else shares)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same metric again."""
        own = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


class Precision(_Share):
    """How many of those predicted to be of class 1 are: true positives / all positives.

    Args:
        thresholds: a number, or a list of numbers, in [0, 1]: positive is what is above it; by
            default 0.5. For a list the result is an array.
        top_k: only the k largest predictions of each sample can be positive, by default all of
            them are then.
        class_id: the only class that counts.
        name, dtype: see `Metric`.

    Example:
        >>> Precision()([0, 1, 1, 1], [1, 0, 1, 1]).__round__(4)
        0.6667
    """

    _counted = ("true_positives", "false_positives")


class Recall(_Share):
    """How many of class 1 are predicted to be: true positives / all of class 1.

    Args:
        thresholds, top_k, class_id, name, dtype: see `Precision`.

    Example:
        >>> Recall()([0, 1, 1, 1], [1, 0, 1, 1]).__round__(4)
        0.6667
    """

    _counted = ("true_positives", "false_negatives")
