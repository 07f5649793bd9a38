"""Learned vectors for whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet import _core, constraints, initializers, regularizers
from brisknet.arguments.checks import Array, refuse_arguments
from brisknet.arguments.numbers import checked_integer
from brisknet.arguments.unknown import take_deprecated
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.names.refused_attributes import refuse_attributes

__all__ = ["Embedding"]


class Embedding(Layer):
    """y[…] = embeddings[x[…]]: for each whole number a row of a learned matrix.

    x of shape (…) gives y of shape (…, output_dim). A row's gradient is the sum of those of all its
    places, in their order.

    Args:
        input_dim: how many numbers there are, from 0 on; at most 2^24.
        output_dim: the length of the vectors.
        embeddings_initializer: see `Dense`.
        embeddings_regularizer, embeddings_constraint: see `Dense`.
        weights: the initial matrix, (input_dim, output_dim), instead of the initializer.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if an argument is wrong or not supported, or an input is not a whole number
            from 0 to input_dim - 1.

    Example:
        >>> Embedding(2, 3, weights=[[1, 2, 3], [4, 5, 6]])([[1]])
        array([[[4., 5., 6.]]], dtype=float32)
    """

    _also_taken = frozenset({"input_length"})
    _left_out = Layer._left_out - {"input_dim"} | {"weights"}

    _kind = "weights"
    _by_core = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        **kwargs: Any,
    ) -> None:
        take_deprecated("Embedding", kwargs, "input_length", "leave it out")
        super().__init__(**kwargs)
        refuse_arguments(
            "Embedding",
            mask_zero=mask_zero or None,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        self.mask_zero = mask_zero
        self.quantization_config = quantization_config
        self.input_dim = checked_integer("Embedding", "input_dim", input_dim, 1, 2**24)
        self.output_dim = checked_integer("Embedding", "output_dim", output_dim, 1, 2**24)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        if weights is not None:
            self.build()
            one = isinstance(weights, list) and len(weights) == 1 and np.ndim(weights[0]) == 2
            self.set_weights(weights if one else [weights])

    def get_config(self) -> dict[str, Any]:
        return {"activity_regularizer": None, **super().get_config()}

    def build(self, input_shape: Shape | None = None) -> None:
        if not self.built:
            shape = (self.input_dim, self.output_dim)
            self.embeddings = self._add_configured("embeddings", shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)

    def forward(self, x: Array) -> tuple[Array, Backward]:
        if x.size and not (x.min() >= 0 and x.max() < self.input_dim):
            raise ValueError(
                f"[{self.name}] expected whole numbers from 0 to {self.input_dim - 1}, "
                f"got {x.min()} to {x.max()}"
            )
        embeddings = self.embeddings
        index = x.astype(np.int64).ravel()
        y = _core.gather(embeddings.value, index)

        def backward(dy: Array) -> Array:
            if embeddings.trainable:
                rows = dy.reshape(len(index), self.output_dim)
                _core.scatter(rows, index, self.input_dim, embeddings.grad)
            return np.zeros_like(x)  # whole numbers have no gradient

        return y.reshape(*x.shape, self.output_dim), backward


refuse_attributes(
    Embedding, "enable_lora lora_alpha lora_enabled lora_rank variable_serialization_spec"
)
