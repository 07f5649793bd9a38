"""Layers as configurations."""

from __future__ import annotations

from typing import Any, ClassVar

from brisknet import activations
from brisknet.display.representation import call_text
from brisknet.names.origin import is_built_in
from brisknet.serialization.configurable import Configurable, Self, argument_names, arguments_of


class LayerConfiguration(Configurable):
    """The part of a `Layer` that its configuration and its `repr` are made from."""

    # Arguments that are not part of the configuration, as in Keras.
    _left_out: ClassVar[frozenset[str]] = frozenset(
        "autocast input_dim input_shape lora_alpha lora_rank".split()
    )
    _shown: ClassVar[tuple[str, ...]] = ("name",)  # in repr

    _built_for: Any

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same layer again, without its weights.

        Where a custom class defines get_config, `super().get_config()` gives it the arguments of
        the classes above it.
        """
        own = [c for c in type(self).__mro__ if "get_config" in vars(c) and not is_built_in(c)]
        names = argument_names(own[-1].__mro__[1] if own else type(self))
        config = arguments_of(self, (name for name in names if name not in self._left_out))
        if config.get("activity_regularizer", self) is None:
            del config["activity_regularizer"]
        if "activation" in config:
            config["activation"] = activations.serialize(vars(self)["activation"])
        return config

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The layer that these arguments make."""
        check_dtype(cls.__name__, config.get("dtype"))
        return super().from_config({k: v for k, v in config.items() if k != "dtype"})

    def __repr__(self) -> str:
        shape = self._built_for
        return f"<{call_text(self)}, {'not built' if shape is None else f'built for {shape}'}>"


def check_dtype(op: str, dtype: Any) -> None:
    """Raises for a layer's dtype, or Keras's configuration of one, that is not float32."""
    name = dtype
    if isinstance(dtype, dict) and dtype.get("class_name") == "DTypePolicy":
        name = dtype["config"].get("name")
    if name is not None and not (isinstance(name, str) and name == "float32"):
        raise ValueError(f"[{op}] expected dtype 'float32', got {dtype!r}")
