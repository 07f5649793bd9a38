"""Objects that can be made again from their arguments."""

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
    """Base of all that a configuration can hold.

    An object keeps each argument of its `__init__` as an attribute of the same name; one that does
    not must define `get_config`.
    """

    # Methods that custom classes may not define, as nothing calls them; what to do instead.
    _uncalled: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_definitions(cls)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same object again, as JSON can hold them."""
        return arguments_of(self, argument_names(type(self)))

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The object that these arguments make."""
        return cls(**deserialize_keras_object(config))


def arguments_of(obj: Any, names: Iterable[str]) -> dict[str, Any]:
    """The configuration of these arguments, each from the attribute of its name."""
    config = {}
    for name in names:
        try:
            value = getattr(obj, name)
        except AttributeError:
            raise NotImplementedError(
                f"[{type(obj).__name__}] must define get_config: it keeps no attribute "
                f"{name!r} of its argument"
            ) from None
        config[name] = serialize_keras_object(value)
    return config


def argument_names(cls: type) -> tuple[str, ...]:
    """What `__init__` takes, through **kwargs to the base classes'."""
    return tuple(parameters(cls))
