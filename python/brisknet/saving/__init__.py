"""Saving and loading, by Keras's names."""

from __future__ import annotations

from brisknet.names.refused_names import refuse_names
from brisknet.saving.model_files import load_model, save_model
from brisknet.saving.weight_files import load_weights, save_weights
from brisknet.serialization.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from brisknet.serialization.objects import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

__getattr__ = refuse_names(
    __name__,
    "KerasFileEditor",
    dict.fromkeys("hdf5_format save saved_model".split(), "use brisknet.saving"),
)
