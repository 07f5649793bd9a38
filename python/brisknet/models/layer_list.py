"""A model's layers: added, removed, found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from brisknet.arguments.checks import describe
from brisknet.display.representation import shortened
from brisknet.layers.input import InputLayer
from brisknet.layers.layer import Layer
from brisknet.models.building import Building
from brisknet.names.similar import did_you_mean


class LayerList(Building):
    """The part of a `Sequential` that holds the layers."""

    def _start_list(self) -> None:
        self._start_building()
        self._has_input = False  # whether it was added, rather than made from a shape
        self._names: set[str] = set()  # the layers', until a layer is renamed
        self._names_age = Layer.renamed

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order."""
        return list(self._layers)

    @layers.setter
    def layers(self, layers: Any) -> None:
        raise AttributeError(f"[{self.name}] layers cannot be set: use add() and pop()")

    def _extend(self, layers: Iterable[Layer | InputLayer]) -> None:
        """Adds several layers, and builds them once."""
        for layer in layers:
            self.add(layer, rebuild=False)
        can_be_built = self._layers and not any(map(_is_empty, self._layers))
        if can_be_built and self._input_shape is not None:
            self.build()

    def add(self, layer: Layer | InputLayer, rebuild: bool = True) -> None:
        """Adds a layer at the end.

        Raises:
            TypeError: if it is not a layer.
            ValueError: if the model has a layer of this name, or an Input that is not the first.
        """
        if isinstance(layer, InputLayer):
            if self._layers or self._input_shape is not None:
                raise ValueError(f"[{self.name}] an Input can only come first")
            self._input_shape = (None, *layer.batch_shape[1:])
            self._input = layer
            self._has_input = True
            return
        if not isinstance(layer, Layer):
            hint = f": pass {layer.__name__}(…)" if isinstance(layer, type) else ""
            if isinstance(layer, list | tuple):
                hint = ": give the layers one by one, or in one list"
            raise TypeError(f"[{self.name}] expected a Layer, got {describe(layer)}{hint}")
        if self._has_layer_named(layer.name):
            if any(layer is other for other in self._layers):
                raise ValueError(
                    f"[{self.name}] the layer {layer.name!r} is in the model already, and weights "
                    f"in two places are not supported: make another {type(layer).__name__}"
                )
            raise ValueError(
                f"[{self.name}] expected layers of different names, got two named {layer.name!r}: "
                "give one of them another name"
            )
        before = self._input_shape, self.built
        if not self._layers and self._input_shape is None:
            self._input_shape = layer.given_input_shape
            if isinstance(layer, LayerList):
                self._input_shape = layer._input_shape
        del self._shapes[len(self._layers) + 1 :]
        self._layers.append(layer)
        self._names.add(layer.name)
        self.built = False
        if rebuild and self._input_shape is not None and not _is_empty(layer):
            try:
                self.build()
            except Exception:
                self._layers.pop()
                self._input_shape, self.built = before
                raise

    def _has_layer_named(self, name: str) -> bool:
        # A model of 20,000 layers is made in a time that is linear in them.
        if self._names_age != Layer.renamed or len(self._names) != len(self._layers):
            self._names, self._names_age = {layer.name for layer in self._layers}, Layer.renamed
        return name in self._names

    def pop(self, rebuild: bool = True) -> Layer:
        """Removes the last layer and returns it.

        Raises:
            ValueError: if there is none.
        """
        if not self._layers:
            raise ValueError(f"[{self.name}] has no layers to remove")
        layer = self._layers.pop()
        self.built = False
        if rebuild and self._layers and self._input_shape is not None:
            self.build()
        return layer

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of this name, or at this place.

        Raises:
            ValueError: if there is none, or if not exactly one of the two is given.
        """
        if (name is None) == (index is None):
            raise ValueError("[get_layer] expected either name or index")
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise ValueError(
                    f"[get_layer] {self.name!r} has {len(self._layers)} layers: {index}"
                )
            return self._layers[index]
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self._layers]
        hint = did_you_mean(name, names) if isinstance(name, str) else ""
        listed = shortened(", ".join(names), 100)
        raise ValueError(
            f"[get_layer] there is no layer {name!r}{hint}{' The' if hint else ': the'} layers are "
            f"{listed}"
        )


def _is_empty(layer: Layer) -> bool:
    """Whether this is a model that gets its layers later."""
    return isinstance(layer, LayerList) and not layer._layers
