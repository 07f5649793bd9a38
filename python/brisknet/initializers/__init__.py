"""Initial values of weights, by Keras's names.

An initializer is called with a shape and returns a float32 array. With a seed, its own or a given
one, it returns the same values at every call; with a `random.SeedGenerator`, new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array, as_float32
from brisknet.initializers.base import Initializer as Initializer
from brisknet.initializers.constants import *
from brisknet.initializers.distributions import *
from brisknet.initializers.fourier import *
from brisknet.initializers.matrices import *
from brisknet.initializers.scaling import *
from brisknet.names.public import public_names
from brisknet.names.refused_names import refuse_names
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

vars()["__all__"] = public_names(__name__, "Initializer", "deserialize", "get", "serialize")

# Names that `get` takes, and that Keras 3's module has not.
_ALIASES = {
    "normal": "random_normal",
    "one": "ones",
    "uniform": "random_uniform",
    "zero": "zeros",
}

__getattr__ = refuse_names(
    __name__, instead={alias: f"use {name}" for alias, name in _ALIASES.items()}
)

_registry = Registry[Callable[..., Any]](
    "initializers",
    "initializer",
    Initializer,
    "an array or a function of (shape, dtype)",
    _ALIASES,
)


def get(identifier: Any) -> Any:
    """The initializer that a name, a class, a configuration, a function or an array means.

    A function is one of (shape, dtype). None stays None.

    Raises:
        ValueError: if there is no such initializer.

    Example:
        >>> get("zeros")((2,))
        array([0., 0.], dtype=float32)
    """
    if isinstance(identifier, np.ndarray):
        values = as_float32("initializers.get", "identifier", identifier)

        def given(shape: Sequence[int], dtype: Any = None) -> Array:
            if tuple(shape) != values.shape:
                raise ValueError(
                    f"[initializers.get] expected an array of shape {tuple(shape)}, "
                    f"got {values.shape}"
                )
            return values.copy()

        return given
    return _registry.get(identifier)


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The initializer of a configuration or a name.

    Raises:
        ValueError: if it describes no initializer.
    """
    return _registry.deserialize(config, custom_objects)
