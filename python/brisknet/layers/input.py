"""The shape of a model's input."""

from __future__ import annotations

from collections.abc import Sequence

from brisknet._arguments import describe, refuse_arguments
from brisknet.layers.layer import Shape, checked_shape
from brisknet.naming import auto_name


class InputLayer:
    """What `Input` gives: the shape of a model's input, to stand before its first layer.

    Arguments and errors as of `Input`.
    """

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: str | None = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: None = None,
        optional: bool = False,
        name: str | None = None,
    ) -> None:
        refuse_arguments(
            "Input",
            sparse=sparse or None,
            ragged=ragged or None,
            tensor=input_tensor,
            optional=optional or None,
        )
        if dtype not in (None, "float32"):
            raise ValueError(f"[Input] expected dtype 'float32', got {describe(dtype)}")
        if (shape is None) == (batch_shape is None):
            raise ValueError("[Input] expected either shape or batch_shape")
        if batch_shape is not None:
            shape = tuple(batch_shape)[1:]
        self.batch_shape: Shape = (None, *checked_shape("Input", "shape", shape))
        self.name = auto_name("InputLayer") if name is None else name


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
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name)
