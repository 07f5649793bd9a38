"""The shape of a model's input."""

from __future__ import annotations

from collections.abc import Sequence

from brisknet._arguments import describe, refuse_arguments
from brisknet.layers.layer import Shape, checked_shape


class InputLayer:
    """What `Input` gives: the shape of a model's input, to stand before its first layer."""

    def __init__(self, batch_shape: Shape, name: str | None = None) -> None:
        self.batch_shape = batch_shape
        self.name = name or "input_layer"


def Input(
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: str | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: None = None,
    optional: bool = False,
) -> InputLayer:
    """The shape of a model's input, to be the first of its layers.

    Args:
        shape: of one sample; None for an axis of any length.
        batch_size: accepted for Keras's sake; a model takes batches of any size.
        dtype: 'float32' or None: what is passed is converted batch by batch.
        batch_shape: the shape with the batch's axis, instead of `shape`.
        name: of the input.

    Raises:
        ValueError: if neither or both of shape and batch_shape are given.

    Example:
        >>> from brisknet import Sequential, layers
        >>> Sequential([Input(shape=(4,)), layers.Dense(2)]).output_shape
        (None, 2)
    """
    refuse_arguments(
        "Input",
        sparse=sparse or None,
        ragged=ragged or None,
        tensor=tensor,
        optional=optional or None,
    )
    if dtype not in (None, "float32"):
        raise ValueError(f"[Input] expected dtype 'float32', got {describe(dtype)}")
    if (shape is None) == (batch_shape is None):
        raise ValueError("[Input] expected either shape or batch_shape")
    if batch_shape is not None:
        shape = tuple(batch_shape)[1:]
    return InputLayer((None, *checked_shape("Input", "shape", shape)), name)
