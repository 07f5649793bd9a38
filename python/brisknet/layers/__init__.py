"""Layers, by Keras's names; `Layer` is the base class of custom ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.layers import unsupported
from brisknet.layers.activation import *
from brisknet.layers.activation_layers import *
from brisknet.layers.activity_regularization import *
from brisknet.layers.batch_normalization import *
from brisknet.layers.dense import *
from brisknet.layers.dropout import *
from brisknet.layers.embedding import *
from brisknet.layers.identity import *
from brisknet.layers.input import *
from brisknet.layers.input import InputLayer
from brisknet.layers.layer import Layer as Layer
from brisknet.layers.noise import *
from brisknet.layers.normalization import *
from brisknet.layers.rescaling import *
from brisknet.layers.reshaping import *
from brisknet.layers.sample_normalization import *
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__getattr__ = refuse_names(__name__, unsupported.NAMES, unsupported.INSTEAD)

_registry = Registry[Layer | InputLayer]("layers", "layer", (Layer, InputLayer), functions=False)


def serialize(layer: Layer | InputLayer) -> dict[str, Any]:
    """The layer's configuration, in Keras's format.

    Example:
        >>> serialize(layers.Dense(2, name="scores"))["config"]["units"]
        2
    """
    config: dict[str, Any] = serialize_keras_object(layer)
    return config


def deserialize(
    config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Layer | InputLayer:
    """The layer of a configuration from brisknet or Keras.

    Args:
        config: what `serialize` returned.
        custom_objects: classes of layers by name, beside those that are registered.

    Raises:
        ValueError: if it is not a configuration, or brisknet has no such layer.

    Example:
        >>> deserialize(serialize(layers.Dense(2, name="scores"))).units
        2
    """
    return _registry.deserialize(config, custom_objects)


# What the files above list, and the two functions here. Type checkers, which cannot read this, take
# it from the imports, but would not beside an assignment to __all__.
vars()["__all__"] = sorted(
    name
    for name, value in vars().items()
    if (isinstance(value, type) and issubclass(value, Layer | InputLayer))
    or name in ("Input", "deserialize", "serialize")
)
