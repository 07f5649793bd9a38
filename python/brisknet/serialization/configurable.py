"""Objects that can be recreated from their arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from brisknet.arguments.signatures import parameters
from brisknet.arguments.unknown import Checked
from brisknet.display.representation import Represented
from brisknet.names.refused_attributes import check_definitions
from brisknet.serialization.objects import deserialize_keras_object, serialize_keras_object

Self = TypeVar("Self", bound="Configurable")


class Configurable(Checked, Represented):
    """Base class of the objects that a configuration can describe.

    A subclass keeps each argument of its `__init__` as an attribute of the same name, or defines
    `get_config`.
    """

    # Methods that custom classes must not define, as nothing calls them, with what to do instead.
    _uncalled: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_definitions(cls)

    def get_config(self) -> dict[str, Any]:
        """The arguments that recreate this object, as JSON-serializable values."""
        return arguments_of(self, argument_names(type(self)))

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """Creates an object from these arguments."""
        return cls(**deserialize_keras_object(config))


def arguments_of(obj: Any, names: Iterable[str]) -> dict[str, Any]:
    """The configuration with these arguments, each taken from the attribute of its name."""
    config = {}
    for name in names:
        try:
            value = getattr(obj, name)
        except AttributeError:
            raise NotImplementedError(
                f"[{type(obj).__name__}] must define get_config: it has no attribute {name!r} for "
                "its argument"
            ) from None
        config[name] = serialize_keras_object(value)
    return config


def argument_names(cls: type) -> tuple[str, ...]:
    """The arguments of `__init__`, including those passed to base classes through **kwargs."""
    return tuple(parameters(cls))
