"""What a model takes: batches of its shape, under its input's name, with zeros left out."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import Array
from brisknet.data import SparseRows
from brisknet.data.compressed import LEAST_COLUMNS, CompressedBatch
from brisknet.layers.dense import Dense
from brisknet.layers.layer import Layer
from brisknet.layers.reshaping import Flatten
from brisknet.models.layer_list import LayerList


class Inputs(LayerList):
    """The part of a `Sequential` that says what it takes."""

    _is_plain: ClassVar[bool]

    def check_input(self, op: str, x: npt.NDArray[Any] | SparseRows) -> None:
        """Raises where the model cannot take a batch for its shape."""
        expected = self.input_shape
        if x.shape[1:] == expected[1:]:
            return
        fits = len(expected) == x.ndim and all(
            a in (None, b) for a, b in zip(expected[1:], x.shape[1:], strict=True)
        )
        if not fits and not (len(expected) == x.ndim and self._runs_on(x.shape[1:])):
            raise ValueError(
                f"[{op}] expected x of shape {('samples', *expected[1:])} for model "
                f"{self.name!r}, got {x.shape}".replace("'samples'", "samples")
            )

    def _runs_on(self, shape: tuple[int, ...]) -> bool:
        """Whether samples of another shape than that of `build` go through, as in Keras: layers
        with weights mostly refuse them."""
        y: Any = np.zeros((1, *shape), np.float32)
        try:
            for layer in self._layers if self._is_plain else (self,):
                expected = layer.compute_output_shape(y.shape)
                y = layer.run(y)[0]
                if y.shape[1:] != expected[1:]:  # NumPy has spread it over a layer's weights
                    return False
        except (ValueError, TypeError, IndexError):
            return False
        return True

    def input_names_taken(self) -> tuple[str, ...]:
        """By which names the input may stand in a dict: the Input's, or where the model was given
        none its first layer's, alone or with Keras 2's '_input' after it."""
        if self._has_input:
            assert self._input is not None
            return (self._input.name,)
        first = self._layers[0].name if self._layers else self.name
        return (first, f"{first}_input")

    def takes_compressed(self, x: npt.NDArray[Any] | SparseRows) -> bool:
        """Whether leaving out the zeros of inputs like x pays in the first layer that computes."""
        dense = self._first_dense(x.ndim == 2)
        return dense is not None and dense.units >= LEAST_COLUMNS

    def takes_sparse(self, x: SparseRows) -> bool:
        """Whether the first layer that computes can leave out the zeros of x."""
        return self._first_dense(x.ndim == 2) is not None

    def _first_dense(self, flat: bool) -> Dense | None:
        """The first layer that computes, if it can leave out its inputs' zeros.

        Args:
            flat: whether the inputs have two axes.
        """
        before = self._flattening()
        if not self._is_plain or before == len(self._layers):
            return None
        layer, flat = self._layers[before], flat or before > 0
        if isinstance(layer, Inputs):
            return layer._first_dense(flat)
        return layer if type(layer) is Dense and flat else None

    def _layers_for(self, x: Array | CompressedBatch) -> list[Layer]:
        """The layers that x goes through: compressed inputs are flat already."""
        if isinstance(x, CompressedBatch):
            return self._layers[self._flattening() :]
        return self._layers

    def _flattening(self) -> int:
        """How many layers at the begin only flatten the inputs."""
        for number, layer in enumerate(self._layers):
            if not _only_flattens(layer):
                return number
        return len(self._layers)


def _only_flattens(layer: Layer) -> bool:
    if type(layer) is not Flatten:
        return False
    return layer.keeps_order and layer.activity_regularizer is None
