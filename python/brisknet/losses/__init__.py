"""Losses, by Keras's names: classes for `compile`, and functions that give each row's loss.

A row is one sample, or one position of it where outputs have more axes than (samples, outputs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array, describe
from brisknet.losses.base import Loss
from brisknet.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_generalized_cross_entropy,
    sparse_categorical_crossentropy,
)
from brisknet.losses.errors import (
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from brisknet.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from brisknet.losses.margin import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from brisknet.losses.overlap import Dice, Tversky, dice, tversky
from brisknet.losses.probabilistic import KLDivergence, Poisson, kl_divergence, poisson
from brisknet.losses.similarity import CosineSimilarity, cosine_similarity
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "cosine_similarity",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]


_CLASS_OF: dict[Callable[..., Any], type[Loss]] = {
    binary_crossentropy: BinaryCrossentropy,
    binary_focal_crossentropy: BinaryFocalCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    categorical_focal_crossentropy: CategoricalFocalCrossentropy,
    categorical_generalized_cross_entropy: CategoricalGeneralizedCrossEntropy,
    categorical_hinge: CategoricalHinge,
    cosine_similarity: CosineSimilarity,
    dice: Dice,
    hinge: Hinge,
    huber: Huber,
    kl_divergence: KLDivergence,
    log_cosh: LogCosh,
    mean_absolute_error: MeanAbsoluteError,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_error: MeanSquaredError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    poisson: Poisson,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    squared_hinge: SquaredHinge,
    tversky: Tversky,
}
for _function, _class in _CLASS_OF.items():
    _class.fn = staticmethod(_function)
_SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
ALIASES = _SHORT | {short.upper(): name for short, name in _SHORT.items()}

_registry = Registry[Any](
    "losses", "loss", Loss, "a Loss or a function", ALIASES, named_functions=True
)

# Names that `compile` takes, or Keras 2 had, and that Keras 3's modules have not.
INSTEAD = {
    "cosine_proximity": "use cosine_similarity",
    "kullback_leibler_divergence": "use kl_divergence",
    "logcosh": "use log_cosh",
} | {alias: f"use {name}" for alias, name in ALIASES.items()}

__getattr__ = refuse_names(__name__, "CTC Circle circle ctc", INSTEAD)


def is_own(function: Callable[..., Any]) -> bool:
    """Whether this is one of the functions above."""
    return any(function is own for own in _CLASS_OF)


def get(identifier: Any) -> Any:
    """What a name means, as in Keras: a function for 'mse', a Loss for 'MeanSquaredError'.

    Functions, Loss objects and None are given back, a Loss class is called, a configuration is
    deserialized.

    Raises:
        ValueError: if there is no such loss.

    Example:
        >>> get("mse") is mean_squared_error
        True
    """
    if isinstance(identifier, type) and not issubclass(identifier, Loss):
        raise _registry.unknown(identifier)
    return _registry.get(identifier)


def serialize(loss: Any) -> Any:
    """The configuration of a loss (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss of a configuration or a name.

    Raises:
        ValueError: if there is none.

    Example:
        >>> deserialize(serialize(Huber(0.5))).delta
        0.5
    """
    return _registry.deserialize(name, custom_objects)


class _FunctionLoss(Loss):
    """A user's function of (y_true, y_pred) that returns the rows' losses and their gradients."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(getattr(function, "__name__", "loss"))
        self.fn = function

    def call(self, y_true: Any, y_pred: Array) -> tuple[Any, Any]:
        result = self.fn(y_true, y_pred)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"[{self.name}] expected the loss function to return (losses, gradients), "
                f"got {describe(result)}"
            )
        return result[0], result[1]


class _FittingCrossentropy(Loss):
    """The cross-entropy that the shapes ask for, as Keras chooses it for 'crossentropy'."""

    def __init__(self) -> None:
        super().__init__("crossentropy")
        self._binary = BinaryCrossentropy()
        self._sparse = SparseCategoricalCrossentropy()
        self._categorical = CategoricalCrossentropy()
        self._chosen: Loss = self._categorical

    def check_targets(self, op: str, y_true: Any, outputs: int) -> None:
        self._chosen.check_targets(op, y_true, outputs)

    def _evaluate(
        self, y_true: Any, y_pred: Array, sample_weight: Any, gradient: bool
    ) -> tuple[Array, Array | None, Array | None, float]:
        shape = np.shape(y_true)
        if y_pred.shape[-1] == 1:
            self._chosen = self._binary
        elif len(shape) < y_pred.ndim or shape[-1] == 1:
            self._chosen = self._sparse
        else:
            self._chosen = self._categorical
        return self._chosen._evaluate(y_true, y_pred, sample_weight, gradient)


def as_loss(identifier: Any) -> Loss:
    """The Loss that `compile(loss=…)` means."""
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        return _FittingCrossentropy()
    loss = get(identifier)
    if isinstance(loss, Loss):
        return loss
    if loss is None:
        raise ValueError("[compile] expected a loss, got None")
    return _CLASS_OF[loss]() if loss in _CLASS_OF else _FunctionLoss(loss)
