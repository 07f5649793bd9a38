"""Constraints, by Keras's names: what weights are made to fulfil after each update.

Layers take them by name, as objects, or as functions of an array that return another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from brisknet.arguments.axes import axes_of, checked_axis, sum_over
from brisknet.arguments.checks import Array, as_float32
from brisknet.names.refused_names import refuse_names
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.configurable import Configurable
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

__getattr__ = refuse_names(__name__)  # for mistyped names

_EPSILON = np.float32(1e-7)  # Keras's: keeps divisors away from 0


class Constraint(Configurable):
    """Base class, which constrains nothing: a custom constraint defines `__call__(w)`."""

    @ignored
    def __call__(self, w: Any) -> Array:
        return as_float32(type(self).__name__, "w", w)


class _OfNorm(Constraint):
    """w * wanted(norm) / (norm + 1e-7), with the Euclidean norm along an axis or several."""

    def __init__(self, axis: int | Sequence[int]) -> None:
        self.axis = checked_axis(type(self).__name__, axis)

    def wanted(self, norm: Array) -> Array:
        """The norm that the weights should have."""
        raise NotImplementedError

    @ignored
    def __call__(self, w: Any) -> Array:
        w = super().__call__(w)
        axes = axes_of(type(self).__name__, self.axis, w.ndim, first=0)
        norm = np.sqrt(sum_over(w * w, axes))
        constrained: Array = w * (self.wanted(norm) / (norm + _EPSILON))
        return constrained


class MaxNorm(_OfNorm):
    """Norms of at most max_value: of a Dense layer's kernel, those of each unit's weights.

    Args:
        max_value: the largest norm.
        axis: an integer or a list of them, along which norms are taken.

    Raises:
        TypeError: if the axis is neither.

    Example:
        >>> MaxNorm(1)([[3], [4]]).round(3)
        array([[0.6],
               [0.8]], dtype=float32)
    """

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0) -> None:
        super().__init__(axis)
        self.max_value = max_value

    def wanted(self, norm: Array) -> Array:
        return np.minimum(norm, np.float32(self.max_value))


class NonNeg(Constraint):
    """No weight below 0.

    Example:
        >>> NonNeg()([-1, 2])
        array([0., 2.], dtype=float32)
    """

    @ignored
    def __call__(self, w: Any) -> Array:
        y: Array = np.maximum(super().__call__(w), np.float32(0))
        return y


class UnitNorm(_OfNorm):
    """Norms of 1.

    Args:
        axis: an integer or a list of them, along which norms are taken.

    Raises:
        TypeError: if the axis is neither.

    Example:
        >>> UnitNorm()([[3], [4]]).round(3)
        array([[0.6],
               [0.8]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        super().__init__(axis)

    def wanted(self, norm: Array) -> Array:
        return np.ones_like(norm)


class MinMaxNorm(_OfNorm):
    """Norms from min_value to max_value, or on their way there.

    The norm becomes rate * clip(norm, min_value, max_value) + (1 - rate) * norm.

    Args:
        min_value, max_value: the bounds.
        rate: in [0, 1]; 1 enforces the bounds at once.
        axis: an integer or a list of them, along which norms are taken.

    Raises:
        TypeError: if the axis is neither.

    Example:
        >>> MinMaxNorm(max_value=1.0, rate=0.5)([[6], [8]]).round(3)
        array([[3.3],
               [4.4]], dtype=float32)
    """

    _shown = ("min_value", "max_value")

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ) -> None:
        super().__init__(axis)
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate

    def wanted(self, norm: Array) -> Array:
        bounded = np.minimum(
            np.maximum(norm, np.float32(self.min_value)), np.float32(self.max_value)
        )
        return np.float32(self.rate) * bounded + np.float32(1 - self.rate) * norm


max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

_registry = Registry[Callable[..., Any]](
    "constraints",
    "constraint",
    Constraint,
    "a Constraint or a function",
    dict.fromkeys(("Constraint", "constraint"), "Constraint"),  # the base class works, too
)


def get(identifier: Any) -> Callable[..., Any] | None:
    """The constraint that a name, a class, a configuration, an object or a function means.

    None stays None.

    Raises:
        ValueError: if there is no such constraint.

    Example:
        >>> get("non_neg")([-1.0])
        array([0.], dtype=float32)
    """
    return _registry.get(identifier)


def serialize(constraint: Any) -> Any:
    """The configuration of a constraint (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(constraint)


def deserialize(
    config: Any, custom_objects: Mapping[str, Any] | None = None
) -> Callable[..., Any] | None:
    """The constraint of a configuration or a name.

    Raises:
        ValueError: if it describes no constraint.
    """
    return _registry.deserialize(config, custom_objects)
