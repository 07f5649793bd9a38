"""An activation function as a layer of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet import activations
from brisknet.arguments.checks import Array
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.ops.activations import warn_of_one

__all__ = ["Activation"]


class Activation(Layer):
    """y = f(x).

    Args:
        activation: a name, a function of `brisknet.activations`, or a function that returns
            (y, backward); None for the input itself.
        **kwargs: see `Layer`.

    Example:
        >>> Activation("relu")([[-1, 2]])
        array([[0., 2.]], dtype=float32)
    """

    _kind = "activation"
    _by_core = True

    def __init__(self, activation: str | Callable[..., Any] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def build(self, input_shape: Shape) -> None:
        if self.activation is activations.softmax and input_shape[-1] == 1:
            warn_of_one(self.name)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return activations.output_shape(self.activation, input_shape)

    def _is_by_core(self) -> bool:
        return super()._is_by_core() and activations.is_kernel(self.activation)

    def forward(self, x: Array) -> tuple[Array, Backward]:
        return activations.forward(self.activation, x)
