"""How layers are built: their weights made for the shape of the inputs, once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from brisknet.arguments.checks import Array
from brisknet.arguments.shapes import Shape
from brisknet.layers.weights import Weights
from brisknet.names.automatic import name_scope


def marking_built(build: Callable[..., None]) -> Callable[..., None]:
    """A `build` that records that it ran, for which shape, and under which path."""

    @functools.wraps(build)
    def marking(self: Building, *args: Any, **kwargs: Any) -> None:
        with name_scope(self) as path:
            self.path = path
            build(self, *args, **kwargs)
        self._built_for = args[0] if args else kwargs.get("input_shape")
        self.built = True

    return marking


class Building(Weights):
    """The part of a `Layer` that is built."""

    path: str | None  # the names of the model, … and the layer, when it is built
    _built_for: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = marking_built(cls.build)  # type: ignore[method-assign]

    def build(self, input_shape: Shape) -> None:
        raise NotImplementedError

    def ensure_built(self, input_shape: Shape) -> None:
        """Builds the layer and those that it uses, if they are not built yet."""
        if not self.built:
            self.build(input_shape)
            self._note_again()
            if not all(layer.built for layer in self._used):
                with name_scope(self):
                    self._try(input_shape)

    def _try(self, input_shape: Shape) -> Array:
        """The output for two samples of zeros."""
        if any(axis is None for axis in input_shape[1:]):
            raise ValueError(
                f"[{self.name}] define compute_output_shape: it cannot be tried for {input_shape}"
            )
        sizes = [axis for axis in input_shape[1:] if axis is not None]
        return self._run(np.zeros((2, *sizes), dtype=np.float32))[0]

    def _run(self, x: Array) -> tuple[Array, Any]:
        raise NotImplementedError

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build` was called with; None before that."""
        return None if self._built_for is None else {"input_shape": self._built_for}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds the layer as `get_build_config` says."""
        if config and config.get("input_shape") is not None:
            self.ensure_built(tuple(config["input_shape"]))
