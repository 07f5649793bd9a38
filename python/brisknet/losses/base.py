"""What all losses share: weights, reductions, rows along other axes than the last."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from brisknet import _core
from brisknet.arguments.axes import axes_of, joined_last
from brisknet.arguments.checks import Array, as_float32
from brisknet.losses.shapes import fit_predictions, fit_targets, fit_weight
from brisknet.names.automatic import auto_name
from brisknet.runtime.float_environment import ignored
from brisknet.runtime.warning import warn_user
from brisknet.serialization.configurable import Configurable

_REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


class Loss(Configurable):
    """A loss over batches: rows' losses, weighted and reduced to one number.

    A custom loss defines `call(y_true, y_pred)`, which returns the rows' losses, of shape
    y_pred.shape[:-1], and the gradient of each by its y_pred, of the shape of y_pred.

    Args:
        name: by default the class's.
        reduction: 'sum_over_batch_size' or 'mean': the sum divided by the number of rows; 'sum';
            'mean_with_sample_weight': divided by the sum of the weights; None or 'none': no
            reduction (not for training).
        dtype: 'float32' or None.

    Raises:
        ValueError: for another reduction.

    Example:
        >>> from brisknet import losses
        >>> float(losses.MeanSquaredError()([[0.0], [1.0]], [[1.0], [1.0]]))
        0.5
    """

    _uncalled: ClassVar = {"__call__": "define call(y_true, y_pred)"}
    fn: Any  # the function of the same loss, where there is one
    _elementwise = False  # whether there is a target for each element of y_pred
    _of_classes = False  # whether y_pred must have a column for each class
    _axis: Any = -1  # what a row lies along: an axis, several, or None for all

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in vars(cls) and "_rows" not in vars(cls):
            cls._rows = Loss._rows  # type: ignore[method-assign]

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        op = type(self).__name__
        if reduction not in _REDUCTIONS:
            raise ValueError(
                f"[{op}] expected reduction {', '.join(map(repr, _REDUCTIONS))}, got {reduction!r}"
            )
        if dtype not in (None, "float32"):
            raise ValueError(f"[{op}] expected dtype 'float32', got {dtype!r}")
        self.name = auto_name(op) if name is None else name
        self.reduction = reduction

    @property
    def dtype(self) -> str:
        """What the loss is computed in: 'float32'."""
        return "float32"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same loss again; as in Keras, without the dtype.

        In a class that extends it these are name and reduction, as in Keras: it adds its own.
        """
        if type(self).get_config is not Loss.get_config:
            return {"name": self.name, "reduction": self.reduction}
        config = super().get_config()
        config.pop("dtype", None)
        return config

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        """The rows' losses and their gradients."""
        for base in type(self).__mro__:
            rows = vars(base).get("_rows", Loss._rows)
            if rows is not Loss._rows:  # what brisknet's classes define instead of `call`
                losses, gradients = rows(self, y_true, y_pred, None, 1.0, True)
                return losses, gradients
        raise NotImplementedError(
            f"[{type(self).__name__}] a loss must define call(y_true, y_pred), which returns "
            "(losses, gradients)"
        )

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        """Raises for values among all targets that a batch further on would be refused for.

        Args:
            op: for the error.
            y_true: the targets of a whole data set.
            outputs: the length of the predictions' last axis.
        """

    @ignored
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of a batch: a float32, or an array with one a row where there is no reduction.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: a weight for each row, or for each sample.
        """
        y_pred = as_float32(self.name, "y_pred", y_pred)
        losses, _, weight, scale = self._evaluate(y_true, y_pred, sample_weight, False)
        if self.reduction in (None, "none"):
            return losses if weight is None else losses * weight
        return np.float32(_core.weighted_sum(losses, weight) * scale)

    def value_and_gradient(
        self, y_true: Any, y_pred: Array, sample_weight: Any = None
    ) -> tuple[float, Array]:
        """The reduced loss and its gradient by y_pred."""
        if self.reduction in (None, "none"):
            raise ValueError(f"[{self.name}] expected a reduction for training, got None")
        losses, gradient, weight, scale = self._evaluate(y_true, y_pred, sample_weight, True)
        assert gradient is not None
        return _core.weighted_sum(losses, weight) * scale, gradient

    def _evaluate(
        self, y_true: Any, y_pred: Array, sample_weight: Any, gradient: bool
    ) -> tuple[Array, Array | None, Array | None, float]:
        """Rows' losses, the gradient of the reduced loss, the rows' weights, the scale."""
        given = y_pred.shape
        if self._of_classes and given[-1:] == (1,):
            warn_user(
                f"[{self.name}] expected y_pred with a column for each class, got shape {given}, "
                "of which the loss learns nothing: for two classes use binary_crossentropy",
                SyntaxWarning,  # as Keras
            )
        if self._elementwise:
            y_pred = fit_predictions(y_true, y_pred)
        back = None
        if self._axis != -1:
            y_true, y_pred, back = self._along_last(y_true, y_pred)
        rows = y_pred.shape[:-1]
        weight = None if sample_weight is None else fit_weight(self.name, sample_weight, rows)
        y_true, weight = self._prepare(y_true, y_pred, weight)
        scale = self._scale(rows if weight is None else weight.shape, weight)
        of_rows = weight
        if weight is not None and weight.shape != rows:  # several weights for the only row
            of_rows = np.asarray(_core.weighted_sum(weight), np.float32)
        losses, dy = self._rows(y_true, y_pred, of_rows, scale, gradient)
        if weight is not None and weight.shape != rows:
            losses = np.full(weight.shape, losses)
        if dy is not None and back is not None:
            dy = back(dy)
        if dy is not None and dy.shape != given:
            dy = dy.reshape(given)
        return losses, dy, weight, scale

    def _along_last(
        self, y_true: Any, y_pred: Array
    ) -> tuple[Array, Array, Callable[[Array], Array]]:
        """Targets and predictions whose rows lie along the last axis, and the gradient's way back.

        That axis is all that `_axis` says, joined.
        """
        axes = tuple(range(y_pred.ndim))
        if self._axis is not None:
            axes = axes_of(self.name, self._axis, y_pred.ndim, first=0)
        shape = *(n for a, n in enumerate(y_pred.shape) if a not in axes), -1
        target, _ = joined_last(fit_targets(self.name, y_true, y_pred), axes)
        joined, back = joined_last(y_pred, axes)
        return target.reshape(shape), joined.reshape(shape), back

    def _prepare(
        self, y_true: Any, y_pred: Array, weight: Array | None
    ) -> tuple[Any, Array | None]:
        """Targets as `_rows` takes them; a loss may leave out rows by their weight."""
        return y_true, weight

    def _rows(
        self, y_true: Any, y_pred: Array, weight: Array | None, scale: float, gradient: bool
    ) -> tuple[Array, Array | None]:
        losses, gradients = self.call(y_true, y_pred)
        losses = as_float32(self.name, "losses", losses)
        gradients = as_float32(self.name, "gradients", gradients)
        if losses.shape != y_pred.shape[:-1] or gradients.shape != y_pred.shape:
            raise ValueError(
                f"[{self.name}] expected losses of shape {y_pred.shape[:-1]} and gradients of "
                f"shape {y_pred.shape}, got {losses.shape} and {gradients.shape}"
            )
        if not gradient:
            return losses, None
        factor = np.float32(scale) if weight is None else (weight * np.float32(scale))[..., None]
        return losses, _core.flush(np.ascontiguousarray(gradients * factor), True)

    def _scale(self, rows: tuple[int, ...], weight: Array | None) -> float:
        if self.reduction in ("sum", "none", None):
            return 1.0
        count = float(math.prod(rows))
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            count = _core.weighted_sum(weight)
        return 1.0 / count if count else 0.0
