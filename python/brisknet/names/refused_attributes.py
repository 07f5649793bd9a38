"""Refusing Keras's attributes and methods that a class lacks, with an explanation."""

from __future__ import annotations

from collections.abc import Mapping

from brisknet.names.origin import is_built_in


class Refused:
    """An attribute of Keras that brisknet does not support."""

    def __init__(self, name: str, hint: str = "", definable: bool = False) -> None:
        self.name = name
        self.hint = f": {hint}" if hint else ""
        self.definable = definable

    def __get__(self, instance: object, owner: type) -> Refused:
        if instance is None:
            return self
        if self.definable and self.name in vars(instance):
            found: Refused = vars(instance)[self.name]
            return found
        raise self._error(owner)

    def __set__(self, instance: object, value: object) -> None:
        if not self.definable:  # it would have no effect
            raise self._error(type(instance))
        vars(instance)[self.name] = value

    def __delete__(self, instance: object) -> None:
        vars(instance).pop(self.name)

    def _error(self, owner: type) -> AttributeError:
        return AttributeError(
            f"[{owner.__name__}] {self.name} is not supported by this version of brisknet"
            + self.hint
        )

    def __repr__(self) -> str:  # in help
        return f"<not supported by this version of brisknet{self.hint}>"


def refuse_attributes(
    cls: type, names: str = "", instead: Mapping[str, str] | None = None, definable: str = ""
) -> None:
    """Makes a class refuse names of Keras that it lacks.

    It uses descriptors, since a `__getattr__` would slow down access to other attributes.

    Args:
        names: names that custom classes must not define either, as Keras would call them and
            brisknet does not.
        instead: such names, each with what to do instead.
        definable: names, with or without a hint in `instead`, that custom classes and their objects
            may define.
    """
    hints = dict(instead or {})
    refused = {name: Refused(name, hints.pop(name, ""), True) for name in definable.split()}
    refused |= {name: Refused(name) for name in names.split()}
    refused |= {name: Refused(name, hint) for name, hint in hints.items()}
    for name, refusal in refused.items():
        assert name not in vars(cls), f"{cls.__name__} has {name}"
        setattr(cls, name, refusal)


def check_definitions(cls: type) -> None:
    """Raises TypeError for a custom class that defines a method that brisknet would never call.

    These are the names that its base classes refuse, or list in `_uncalled` with what to do
    instead.
    """
    if is_built_in(cls):
        return
    for name in vars(cls):
        hint = getattr(cls, "_uncalled", {}).get(name)
        inherited = next((vars(b)[name] for b in cls.__mro__[1:] if name in vars(b)), None)
        if isinstance(inherited, Refused) and not inherited.definable:
            hint = inherited.hint.removeprefix(": ") or "leave it out"
        if hint is not None:
            raise TypeError(
                f"[{cls.__name__}] defines {name}, which brisknet does not call: {hint}"
            )
