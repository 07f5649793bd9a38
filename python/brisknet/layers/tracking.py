"""The layers, weights and metrics that a layer's attributes hold, noted as they come and go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard

from brisknet.metrics.base import Metric
from brisknet.names.automatic import numbered, snake_case
from brisknet.variables.containers import contents, items, watched
from brisknet.variables.variable import Variable

if TYPE_CHECKING:
    from brisknet.layers.layer import Layer


class Tracking:
    """The part of a `Layer` that notes what its attributes hold, also in lists, tuples and dicts.

    Attributes:
        _used: the layers, in the order in which they came.
        _measures: the metrics, in the same order.
        _variables: the weights, those that may train first, as in Keras.
        _freezable: the weights that may train.
    """

    # Attributes that are not searched for layers, weights and metrics.
    _unwatched: ClassVar[frozenset[str]] = frozenset(
        "_used _measures _variables _freezable".split()
    )
    renamed: ClassVar[int] = 0  # how often a layer was given another name
    is_model: ClassVar[bool] = False  # whether its layers are a sequence of its own

    name: str
    built: bool
    _trainable: bool

    def _start_tracking(self) -> list[tuple[str, Any]]:
        """Returns the attributes that a custom class set before, to be set again."""
        early = list(vars(self).items())
        self._used: dict[Layer, None] = {}
        self._measures: dict[Metric, None] = {}
        self._variables: list[Variable] = []
        self._freezable: list[Variable] = []
        return early

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = vars(self)
        if name in self._unwatched:
            object.__setattr__(self, name, value)
        elif "_used" not in attributes:
            if _holds_any(value):
                raise RuntimeError(f"[{type(self).__name__}] call super().__init__() first")
            object.__setattr__(self, name, value)
        else:
            old = attributes.get(name)
            plain = type(value) in _PLAIN and type(old) in _PLAIN
            object.__setattr__(self, name, value if plain else self._note(value))
            if name == "name" and old not in (None, value):
                Tracking.renamed += 1
            if not plain and old is not None and old is not value:
                self._forget(old, (Tracking, Metric))  # a weight stays, as in Keras

    def __delattr__(self, name: str) -> None:
        old = vars(self).get(name)
        object.__delattr__(self, name)
        self._forget(old)

    def _note(self, value: Any) -> Any:
        """Notes what a value is or holds; returns what to keep in its place."""
        if _is_layer(value):
            self._used[value] = None
            if self.is_model and not value.built:
                self.built = False  # with this one, it must be built again
        elif isinstance(value, Variable):
            if all(value is not known for known in self._variables):
                self._add_variable(value, value.trainable)
        elif isinstance(value, Metric):
            self._measures[value] = None
        elif isinstance(value, set | frozenset) and _holds_any(value):
            raise TypeError(
                f"[{type(self).__name__}] expected layers, weights and metrics in a list or a "
                "dict, got a set, whose order differs from run to run"
            )
        else:
            return watched(value, self)
        return value

    def _forget(self, value: Any, kinds: tuple[type, ...] | None = None) -> None:
        """Drops what a value is or holds, unless another attribute holds it."""
        kinds = kinds or _TRACKED
        gone = {id(old): old for old in contents(value, kinds)}
        if not gone:
            return
        attributes = [v for name, v in vars(self).items() if name not in self._unwatched]
        for kept in contents(attributes, kinds):
            gone.pop(id(kept), None)
        for old in gone.values():
            self._used.pop(old, None)
            self._measures.pop(old, None)
        for weights in (self._variables, self._freezable):
            weights[:] = [v for v in weights if id(v) not in gone]

    def _add_variable(self, variable: Variable, freezable: bool) -> None:
        if freezable:
            self._variables.insert(len(self._freezable), variable)
            self._freezable.append(variable)
            variable.trainable = variable.trainable and self._trainable
        else:
            self._variables.append(variable)

    def _note_again(self) -> None:
        """Notes what was put into lists of classes that are not watched."""
        for name in vars(self).keys() - self._unwatched:
            self._note(vars(self)[name])

    def _held(self) -> Iterable[Layer]:
        """The layers that this one uses, in the order of their weights."""
        return self._used

    def _flattened(self) -> Iterator[Layer]:
        """This layer, those that it uses, those that these use, …"""
        assert _is_layer(self)
        yield self
        for layer in self._held():
            yield from layer._flattened()

    def used_layers(self) -> list[tuple[str, Layer]]:
        """The layers that this one uses, under the names that Keras's files have for their places.

        That is the attribute's name; in a list or a dict, followed by the class's, numbered. A
        layer in several places has the first, by the attributes' names, private ones last.
        """
        found: dict[Layer, str] = {}

        def look(name: str, value: Any) -> None:
            if _is_layer(value):
                if value in self._used:
                    found.setdefault(value, name)
            elif isinstance(value, list | tuple | dict):
                inner = [v for v in items(value) if isinstance(v, Tracking | list | tuple | dict)]
                for part, v in zip(numbered(map(_part, inner)), inner, strict=True):
                    look(f"{name}/{part}", v)

        for name in sorted(vars(self), key=lambda name: (name.startswith("_"), name)):
            if self._used and name not in self._unwatched:
                look(name, vars(self)[name])
        return [(name, layer) for layer, name in found.items()]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of this layer and of those that it uses."""
        return self._kept_metrics()

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def _kept_metrics(self) -> list[Metric]:
        found = dict(self._measures)
        for layer in self._held():
            if layer._measures or layer._used or layer.is_model:  # else it has none
                found |= dict.fromkeys(layer._kept_metrics())
        return list(found)


_TRACKED = (Tracking, Variable, Metric)
_PLAIN = (bool, int, float, str, type(None))  # what holds none of them


def _is_layer(value: Any) -> TypeGuard[Layer]:
    return isinstance(value, Tracking)


def _holds_any(value: Any) -> bool:
    return any(True for _ in contents(value, _TRACKED))


def _part(value: Any) -> str:
    """What Keras's files call an element of a list, without its number."""
    return snake_case(type(value).__name__) if isinstance(value, Tracking) else "container"
