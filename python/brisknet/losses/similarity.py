"""The loss of directions: the cosine of the angle between targets and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet.arguments.axes import checked_axis
from brisknet.arguments.checks import Array
from brisknet.losses.arithmetic import EPSILON, row_sums
from brisknet.losses.function_loss import FunctionLoss
from brisknet.losses.shapes import fit_targets

__all__ = [
    "CosineSimilarity",
    "cosine_similarity",
]


def cosine_similarity(y_true: Any, y_pred: Any, axis: int | Sequence[int] = -1) -> Any:
    """Each row's loss (see `CosineSimilarity`)."""
    return CosineSimilarity(axis, None)(y_true, y_pred)


class CosineSimilarity(FunctionLoss, fn=cosine_similarity):
    """-sum(u v) over an axis, u = y_true / max(|y_true|, 1e-7) and v likewise of y_pred.

    From -1, the same direction, over 0, a right angle, to 1, the opposite one.

    Args:
        axis: along which the vectors lie.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> float(CosineSimilarity()([[0.0, 1.0], [1.0, 0.0]], [[0.0, 3.0], [0.0, 2.0]]))
        -0.5
    """

    _elementwise = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = self._axis = checked_axis("CosineSimilarity", axis)

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        u, _ = _unit(fit_targets(self.name, y_true, y_pred))
        v, length = _unit(y_pred)
        cosine = row_sums(u * v)
        # A vector that is too short to be of length 1 is divided by a constant.
        along = np.where(length > np.float32(EPSILON), v * cosine[..., None], np.float32(0))
        return -cosine, (along - u) / length


def _unit(x: Array) -> tuple[Array, Array]:
    """The vectors at length 1, and their lengths before, or 1e-7 where they are shorter."""
    length = np.maximum(np.sqrt(row_sums(x * x)), np.float32(EPSILON))[..., None]
    return np.asarray(x / length, np.float32), length
