"""Losses, by Keras's names: classes for `compile`, and functions that give each row's loss.

A row is one sample, or one position of it where outputs have more axes than (samples, outputs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.losses.base import Loss as Loss
from brisknet.losses.crossentropy import *
from brisknet.losses.errors import *
from brisknet.losses.focal import *
from brisknet.losses.generalized_crossentropy import *
from brisknet.losses.margin import *
from brisknet.losses.overlap import *
from brisknet.losses.probabilistic import *
from brisknet.losses.similarity import *
from brisknet.names.public import public_names
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

vars()["__all__"] = public_names(__name__, "Loss", "deserialize", "get", "serialize")

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


def get(identifier: Any) -> Any:
    """What a name means, as in Keras: a function for 'mse', a Loss for 'MeanSquaredError'.

    Functions, Loss objects and None are returned as they are, a Loss class is called, a
    configuration is deserialized.

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
        ValueError: if it describes no loss.

    Example:
        >>> deserialize(serialize(Huber(0.5))).delta
        0.5
    """
    return _registry.deserialize(name, custom_objects)
