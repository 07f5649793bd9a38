"""The `get` and `deserialize` of public modules: from names and configurations to objects."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from brisknet.arguments.checks import describe
from brisknet.names.automatic import snake_case
from brisknet.names.similar import did_you_mean
from brisknet.serialization.custom_objects import custom_object_scope, get_registered_object
from brisknet.serialization.objects import deserialize_keras_object

T = TypeVar("T")

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)


class Registry(Generic[T]):
    """The objects of one kind, such as losses, by name.

    The names are those in the module's `__all__`: its classes of this kind, also in snake case, and
    its functions if `named_functions`. They are looked up on first use, so a module can create its
    registry before it defines them.

    Args:
        module: the public module, such as 'losses'.
        kind: the kind of object in error messages, such as 'loss'.
        base: the class of the objects, or a tuple of classes; not registered itself.
        others: what `get` accepts besides names, for error messages.
        aliases: a dict from additional names to public names.
        functions: whether a custom function or callable object is accepted.
        named_functions: whether the module's functions are registered.
        any_case: whether class names are matched regardless of case, and not in snake case.
        without: public names that are not registered.
    """

    def __init__(
        self,
        module: str,
        kind: str,
        base: Any,
        others: str = "",
        aliases: Mapping[str, str] | None = None,
        *,
        functions: bool = True,
        named_functions: bool = False,
        any_case: bool = False,
        without: tuple[str, ...] = (),
    ) -> None:
        self.module = module
        self.kind = kind
        self.base = base
        self.others = others
        self.aliases = aliases or {}
        self.functions = functions
        self.named_functions = named_functions
        self.any_case = any_case
        self.without = (*without, "deserialize", "get", "serialize")

    @functools.cached_property
    def names(self) -> dict[str, Any]:
        """The registered classes and functions."""
        listed = (name for name in self._public.__all__ if name not in self.without)
        public = {name: getattr(self._public, name) for name in listed}
        classes = {
            name: value
            for name, value in public.items()
            if isinstance(value, type) and issubclass(value, self.base) and value is not self.base
        }
        if self.any_case:
            return {name.lower(): cls for name, cls in classes.items()}
        names = {snake_case(cls.__name__): cls for cls in classes.values()} | classes
        if self.named_functions:
            names |= {n: value for n, value in public.items() if isinstance(value, _FUNCTIONS)}
        return names | {a: names.get(name, public[name]) for a, name in self.aliases.items()}

    def get(self, identifier: Any) -> T | None:
        """The object for a name, a class, a configuration or an object; None for None.

        Raises:
            ValueError: if the identifier is unknown.
        """
        if identifier is None:
            return None
        if isinstance(identifier, dict):
            return self._public.deserialize(identifier)  # type: ignore[no-any-return]
        found = identifier
        if isinstance(identifier, str):
            found = self.names.get(identifier.lower() if self.any_case else identifier)
        if isinstance(found, type) and (self.functions or issubclass(found, self.base)):
            found = found()
        function = self.functions and callable(found) and not isinstance(found, type)
        if isinstance(found, self.base) or function:
            return found  # type: ignore[no-any-return]
        raise self.unknown(identifier)

    def deserialize(self, config: Any, custom_objects: Mapping[str, Any] | None = None) -> T:
        """The object for a configuration, or for anything else that the module's `get` accepts.

        Raises:
            ValueError: if it does not describe an object of this kind.
        """
        if isinstance(config, dict):
            config = {"module": f"keras.{self.module}", **config}
            if "class_name" not in config or "config" not in config:
                raise self._no_config(repr(config))
            found = deserialize_keras_object(config, custom_objects)
        elif not hasattr(self._public, "get"):
            raise self._no_config(describe(config))
        else:
            with custom_object_scope(custom_objects):
                known = get_registered_object(config) if isinstance(config, str) else None
                if isinstance(known, type):
                    known = known()
                found = self._public.get(config if known is None else known)
        function = self.functions and callable(found) and not hasattr(found, "get_config")
        if found is None or isinstance(found, self.base) or function:
            return found  # type: ignore[no-any-return]
        raise self._no_config(f"that of {describe(found)}")

    @property
    def _public(self) -> Any:
        return sys.modules[f"brisknet.{self.module}"]

    def unknown(self, identifier: Any) -> ValueError:
        """The error of `get` for an unknown identifier."""
        names = f"brisknet.{self.module}"
        if not isinstance(identifier, str):
            return ValueError(
                f"[{self.module}.get] expected {self.kind}: a name of {names}, {self.others}, "
                f"got {describe(identifier)}"
            )
        hint = did_you_mean(identifier, self.names)
        end = " The" if hint else ": the"
        return ValueError(
            f"[{self.module}.get] unknown {self.kind} {identifier!r:.100}{hint}{end} names are "
            f"those of {names}"
        )

    def _no_config(self, got: str) -> ValueError:
        return ValueError(
            f"[{self.module}.deserialize] expected {self.kind}: a configuration with class_name "
            f"and config, got {got}"
        )
