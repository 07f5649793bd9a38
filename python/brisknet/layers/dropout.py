"""Dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brisknet import _core, random
from brisknet._arguments import Array, refuse_arguments
from brisknet.layers.layer import Backward, Layer, Shape


class Dropout(Layer):
    """In training, y = x / (1 - rate) at random places and 0 elsewhere; otherwise y = x.

    (Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.)

    Args:
        rate: the probability that an element is dropped, in [0, 1).
        seed: an integer makes the layer's masks reproducible.
        **kwargs: as of `Layer`.

    Raises:
        ValueError: if the rate is not in [0, 1).

    Example:
        >>> Dropout(0.5)([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        refuse_arguments("Dropout", noise_shape=noise_shape)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1:
            raise ValueError(f"[Dropout] expected rate in [0, 1), got {rate!r}")
        self.rate = rate
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, x: Array, training: bool = False) -> tuple[Array, Backward]:
        if not training or self.rate == 0:
            return x, lambda dy: dy
        y, mask = _core.dropout(x, self.rate, *self.seed_generator.next())
        return y, lambda dy: _core.dropout_backward(dy, mask, self.rate)
