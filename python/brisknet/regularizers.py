"""Regularizers, by Keras's names: penalties on weights and outputs, added to the loss.

Layers take them by name, as objects, or as custom functions that return the penalty together with
its gradient:

    def quartic(w):
        return 0.01 * (w**4).sum(), 0.04 * w**3

    layers.Dense(8, kernel_regularizer=quartic)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from brisknet import _core
from brisknet.arguments.axes import sum_over
from brisknet.arguments.checks import Array, as_float32, describe
from brisknet.arguments.numbers import checked_number
from brisknet.names.refused_names import refuse_names
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.configurable import Configurable
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

__getattr__ = refuse_names(
    __name__,
    instead={
        "ActivityRegularizer": (penalties := "use l1, l2 or l1_l2"),
        "WeightRegularizer": penalties,
        "activity_l1": "use activity_regularizer=l1(…)",
        "activity_l1l2": "use activity_regularizer=l1_l2(…)",
        "activity_l2": "use activity_regularizer=l2(…)",
    },
)


class Regularizer(Configurable):
    """Base class: a custom regularizer defines `value_and_gradient(x)`.

    Called with an array, a regularizer gives its penalty.
    """

    _uncalled: ClassVar = {"__call__": "define value_and_gradient(x)"}

    def value_and_gradient(self, x: Array) -> tuple[float, Array]:
        """The penalty for x, and its gradient."""
        raise NotImplementedError(
            f"[{type(self).__name__}] a regularizer must define value_and_gradient(x)"
        )

    @ignored
    def __call__(self, x: Any) -> np.float32:
        x = as_float32(type(self).__name__, "x", x)
        return np.float32(self.value_and_gradient(x)[0])


class L1L2(Regularizer):
    """l1 * sum(|x|) + l2 * sum(x^2).

    Args:
        l1, l2: at least 0; None for 0.

    Raises:
        ValueError: if one is negative or not finite.

    Example:
        >>> L1L2(l1=1, l2=2)([1, -1])
        np.float32(6.0)
    """

    _shown = ("l1", "l2")

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = self._factor("l1", 0.0 if l1 is None else l1)
        self.l2 = self._factor("l2", 0.0 if l2 is None else l2)

    def _factor(self, name: str, value: Any) -> float:
        return float(checked_number(type(self).__name__, name, value, 0, below=True))

    def value_and_gradient(self, x: Array) -> tuple[float, Array]:
        if self.l2 and not self.l1:  # the usual case, in half the time
            return self.l2 * _total(x, x), np.float32(2 * self.l2) * x
        value, gradient = 0.0, np.zeros_like(x)
        if self.l1:
            value += self.l1 * _total(np.abs(x))
            gradient += np.float32(self.l1) * np.sign(x)
        if self.l2:
            value += self.l2 * _total(x, x)
            gradient += np.float32(2 * self.l2) * x
        return value, gradient


class L1(L1L2):
    """l1 * sum(|x|).

    Args:
        l1: at least 0; None for 0.01.

    Raises:
        ValueError: if it is negative or not finite.

    Example:
        >>> L1(1)([1, -3])
        np.float32(4.0)
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        super().__init__(l1=0.01 if l1 is None else l1)


class L2(L1L2):
    """l2 * sum(x^2).

    Args:
        l2: at least 0; None for 0.01.

    Raises:
        ValueError: if it is negative or not finite.

    Example:
        >>> L2(1)([1, -3])
        np.float32(10.0)
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)


class OrthogonalRegularizer(Regularizer):
    """factor * mean(|cosine|) over all pairs of rows, or of columns, of a matrix.

    Args:
        factor: at least 0.
        mode: 'rows' or 'columns'.

    Raises:
        ValueError: for any other argument, or if what is regularized is not a matrix.

    Example:
        >>> OrthogonalRegularizer(0.5)([[1, 0], [2, 0]])
        np.float32(0.5)
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = float(
            checked_number("OrthogonalRegularizer", "factor", factor, 0, below=True)
        )
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"[OrthogonalRegularizer] expected mode 'rows' or 'columns', got {describe(mode)}"
            )
        self.mode = mode

    def value_and_gradient(self, x: Array) -> tuple[float, Array]:
        if x.ndim != 2:
            raise ValueError(f"[OrthogonalRegularizer] expected a matrix, got {describe(x)}")
        if self.mode == "columns":
            value, gradient = self._of_rows(np.ascontiguousarray(x.T))
            return value, np.ascontiguousarray(gradient.T)
        return self._of_rows(x)

    def _of_rows(self, x: Array) -> tuple[float, Array]:
        size = len(x)
        norm: Array = np.sqrt(_core.row_dots(x, x))[:, None]
        divisor: Array = np.maximum(norm, np.float32(1e-7))
        unit: Array = x / divisor
        cosine = _core.matmul(unit, unit, None, None, False, True)
        np.fill_diagonal(cosine, 0)
        share = self.factor / max(1, size * (size - 1))  # of each element; a pair has two
        # Each row is in its row and in its column of the symmetric matrix of signs.
        du = np.float32(2 * share) * _core.matmul(np.sign(cosine), unit)
        inside = np.where(norm > np.float32(1e-7), sum_over(du * unit, (1,)), np.float32(0))
        return share * _total(np.abs(cosine)), (du - unit * inside) / divisor


l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

_registry = Registry[Callable[..., Any]](
    "regularizers", "regularizer", Regularizer, "a Regularizer or a function"
)


def get(identifier: Any) -> Callable[..., Any] | None:
    """The regularizer that a name, a class, a configuration, an object or a function means.

    None stays None.

    Raises:
        ValueError: if there is no such regularizer.

    Example:
        >>> get("l2").l2
        0.01
    """
    return _registry.get(identifier)


def serialize(regularizer: Any) -> Any:
    """The configuration of a regularizer (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(regularizer)


def deserialize(
    config: Any, custom_objects: Mapping[str, Any] | None = None
) -> Callable[..., Any] | None:
    """The regularizer of a configuration or a name.

    Raises:
        ValueError: if it describes no regularizer.
    """
    return _registry.deserialize(config, custom_objects)


def value_and_gradient(regularizer: Callable[..., Any], x: Array) -> tuple[float, Array]:
    """The penalty for x, and its gradient.

    Raises:
        TypeError: if a custom function does not return both.
        ValueError: if the gradient has another shape.
    """
    known = isinstance(regularizer, Regularizer)
    result = regularizer.value_and_gradient(x) if known else regularizer(x)  # type: ignore[attr-defined]
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            "[regularizer] expected a Regularizer, or a function that returns (penalty, gradient), "
            f"got {describe(result)}"
        )
    gradient = as_float32("regularizer", "gradient", result[1])
    if gradient.shape != x.shape:
        raise ValueError(
            f"[regularizer] expected a gradient of shape {x.shape}, got {gradient.shape}"
        )
    return float(result[0]), gradient


def _total(a: Array, b: Array | None = None) -> float:
    """sum(a), or sum(a * b): along rows in float32, then over the rows in double."""
    if a.ndim < 2:
        a, b = a.reshape(1, -1), None if b is None else b.reshape(1, -1)
    return _core.weighted_sum(_core.row_dots(a, b))
