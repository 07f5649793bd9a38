"""How models are saved: configurations, files, copies."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from brisknet.arguments.checks import describe
from brisknet.runtime.warning import warn_user
from brisknet.saving import model_files, weight_files
from brisknet.saving.custom_objects import custom_objects
from brisknet.saving.file_names import FilePath
from brisknet.saving.untrusted import parse_json
from brisknet.serialization.custom_objects import custom_object_scope
from brisknet.serialization.objects import deserialize_keras_object, serialize_keras_object
from brisknet.training import Trainer

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

Self = TypeVar("Self", bound="Saveable")


class Saveable:
    """A model that can be restored from its configuration and its weights."""

    # --- configurations, as Keras's

    def get_config(self) -> dict[str, Any]:
        """The name and the layers' configurations, without weights, as JSON can hold them."""
        model = cast("Sequential", self)
        layers: list[Any] = [] if model._input is None else [model._input]
        config: dict[str, Any] = {
            "name": model.name,
            "trainable": model._trainable,
            "dtype": {
                "module": "keras",
                "class_name": "DTypePolicy",
                "config": {"name": "float32"},
                "registered_name": None,
            },
            "layers": [serialize_keras_object(layer) for layer in [*layers, *model.layers]],
        }
        if model.built:
            config["build_input_shape"] = model._input_shape
        return config

    @classmethod
    def from_config(
        cls: type[Self],
        config: dict[str, Any],
        custom_objects: Mapping[str, Any] | None = None,
    ) -> Self:
        """Makes the model of a configuration, with new weights.

        Args:
            config: what `get_config` returned, here or in Keras.
            custom_objects: classes and functions by name, in addition to the registered ones.

        Raises:
            ValueError: if config is not one, or names something unknown.
        """
        if not isinstance(config, dict) or not {"name", "layers"} <= set(config):
            raise ValueError(f"[from_config] expected config with name and layers, got {config!r}")
        model = cast("Sequential", cls(name=config["name"]))  # type: ignore[call-arg]
        with custom_object_scope(custom_objects):
            model._extend(deserialize_keras_object(layer) for layer in config["layers"])
        model._trainable = bool(config.get("trainable", True))
        shape = config.get("build_input_shape")
        if shape and not model.built:
            model.build(tuple(shape))
        return cast(Self, model)

    def get_build_config(self) -> dict[str, Any] | None:
        """The input's shape; None before the model is built."""
        model = cast("Sequential", self)
        return {"input_shape": model.input_shape} if model.built else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds the model as `get_build_config` says."""
        if config and config.get("input_shape"):
            cast("Sequential", self).build(tuple(config["input_shape"]))

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`; none before it is called."""
        model = cast("Sequential", self)
        given = model._compile_arguments
        config: dict[str, Any] = serialize_keras_object(
            {"optimizer": model.optimizer, **given} if given else {}
        )
        return config

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles the model as `get_compile_config` says.

        Raises:
            ValueError: if it names something unknown.
        """
        model = cast("Sequential", self)
        self._compile_from(config)
        if model.built and model.optimizer is not None:
            model.optimizer.build(model.trainable_variables)

    def _compile_from(self, config: dict[str, Any]) -> None:
        """Without the optimizer's state."""
        if type(self).compile is not Trainer.compile:  # type: ignore[attr-defined]
            warn_user(
                f"[{type(self).__name__}] defines a custom compile: call it, or define "
                "get_compile_config and compile_from_config"
            )
            return
        arguments = deserialize_keras_object(config)
        if not isinstance(arguments, dict):
            raise ValueError(f"[compile_from_config] expected config: a dict, got {config!r:.500}")
        cast("Sequential", self).compile(**arguments)

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON, for `models.model_from_json`.

        Args:
            **kwargs: of `json.dumps`.
        """
        return json.dumps(serialize_keras_object(self), **kwargs)

    # --- files

    def save(
        self,
        filepath: FilePath,
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool = True,
        **kwargs: Any,
    ) -> None:
        """`saving.save_model` of this model."""
        model = cast("Sequential", self)
        model_files.save_model(model, filepath, overwrite, zipped, include_optimizer, **kwargs)

    def save_weights(
        self, filepath: FilePath, overwrite: bool = True, max_shard_size: None = None
    ) -> None:
        """`saving.save_weights` of this model."""
        weight_files.save_weights(cast("Sequential", self), filepath, overwrite, max_shard_size)

    def load_weights(
        self,
        filepath: FilePath,
        skip_mismatch: bool = False,
        by_name: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """`saving.load_weights` of this model."""
        weight_files.load_weights(
            cast("Sequential", self), filepath, skip_mismatch, by_name, **kwargs
        )

    # --- copies: pickles hold a saved model's bytes, and name custom classes

    def __reduce__(self) -> tuple[Any, ...]:
        model = cast("Sequential", self)
        data = model_files.model_to_bytes(model)
        return model_files.model_from_bytes, (data, custom_objects(serialize_keras_object(model)))

    def __copy__(self: Self) -> Self:
        return copy.deepcopy(self)  # copies that share weights would each train the other's


def model_from_json(
    json_string: str, custom_objects: Mapping[str, Any] | None = None
) -> Sequential:
    """Makes the model that `to_json` described, with new weights.

    Args:
        json_string: the description, of brisknet or Keras.
        custom_objects: classes and functions by name, in addition to the registered ones.

    Raises:
        ValueError: if it is not JSON, or names something unknown.
    """
    try:
        config = parse_json(json_string, len(json_string))
    except ValueError as error:
        raise ValueError(f"[model_from_json] expected a model's description: {error}") from None
    model = deserialize_keras_object(config, custom_objects)
    if not isinstance(model, Saveable):
        raise ValueError(f"[model_from_json] expected a Sequential model's, got {describe(model)}")
    return cast("Sequential", model)
