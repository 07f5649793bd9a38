"""How a model is built: layer by layer, each for the shape that the one before gives."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, ClassVar

from brisknet.arguments.shapes import checked_shape
from brisknet.layers.input import InputLayer
from brisknet.layers.layer import Layer, Shape


class Building(Layer):
    """The part of a `Sequential` that is built."""

    is_model: ClassVar[bool] = True
    _build_lock: threading.RLock

    def _start_building(self) -> None:
        self._layers: list[Layer] = []
        self._input_shape: Shape | None = None
        self._input: InputLayer | None = None  # its configuration
        # The shapes of the input and of the first layers' outputs, as far as they are built and
        # cannot change: when a layer is added, only the rest is built.
        self._shapes: list[Shape] = []
        self._by_kernels: bool | None = None  # found out by the first prediction

    def build(self, input_shape: Any = None) -> None:
        """Creates all weights.

        Args:
            input_shape: the input's shape; its first axis, the batch, is None. Not needed if the
                model or its first layer has one.

        Raises:
            ValueError: if the shape is missing or differs, if there are no layers, or if a layer
                cannot take its input.
        """
        shape = self._input_shape
        if input_shape is not None:
            axes = tuple(input_shape) if isinstance(input_shape, list | tuple) else ()
            if not axes:
                raise ValueError(
                    f"[{self.name}] expected input_shape (None, …), got {input_shape!r}"
                )
            given = (None, *checked_shape(self.name, "input_shape", axes[1:]))
            if shape not in (None, given):
                raise ValueError(f"[{self.name}] expected input_shape {shape}, got {given}")
            shape = given
        if shape is None or not self._layers:
            raise ValueError(f"[{self.name}] cannot be built without layers and an input shape")
        with self._build_lock:
            if self._shapes[:1] != [shape]:
                self._shapes = [shape]
            del self._shapes[len(self._layers) + 1 :]
            first = len(self._shapes) - 1
            output_shape = self._shapes[-1]
            for number, layer in enumerate(self._layers[first:], first + 1):
                layer.ensure_built(output_shape)
                output_shape = layer.compute_output_shape(output_shape)
                if number == len(self._shapes) and not layer.is_model and not layer._used:
                    self._shapes.append(output_shape)
            self._input_shape, self._output_shape = shape, output_shape
            if self._input is None:
                self._input = InputLayer(batch_shape=shape)
            self._by_kernels = None
            self.built = True
            if not all(layer.built for layer in self._used):
                self._try(shape)

    def ensure_built(self, input_shape: Shape) -> None:
        if not self.built:
            with self._build_lock:
                if not self.built:
                    self.build(self._input_shape or input_shape)

    @property
    def input_shape(self) -> Shape:
        """The input's shape; its first axis, the batch, is None."""
        if self._input_shape is None:
            raise AttributeError(f"[{self.name}] has no input shape yet")
        return self._input_shape

    @property
    def output_shape(self) -> Shape:
        """The output's shape; its first axis, the batch, is None."""
        if not self.built:
            raise AttributeError(f"[{self.name}] has no output shape before it is built")
        return self._output_shape

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for inputs of this shape."""
        for layer in self._layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def _held(self) -> Iterable[Layer]:
        return dict.fromkeys((*self._layers, *self._used))

    @property
    def has_trainable(self) -> bool:
        return super().has_trainable or any(layer.has_trainable for layer in self._layers)
