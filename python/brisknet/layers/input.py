"""The shape of a model's input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brisknet.arguments.checks import describe, refuse_arguments
from brisknet.arguments.shapes import Shape, checked_shape
from brisknet.arguments.unknown import explained, take_deprecated
from brisknet.names.automatic import auto_name
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.serialization.configurable import Configurable, arguments_of
from brisknet.variables.dtypes import standardize_dtype

__all__ = ["Input", "InputLayer"]


class InputLayer(Configurable):
    """The shape of a model's input, which stands before its first layer; see `Input`.

    Arguments and errors are those of `Input`.
    """

    _also_taken = frozenset({"batch_input_shape", "input_shape"})

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
        **kwargs: Any,
    ) -> None:
        if "input_shape" in kwargs:
            shape = take_deprecated("InputLayer", kwargs, "input_shape", "use shape")
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        refuse_arguments(
            "Input",
            ragged=ragged or None,
            tensor=input_tensor,
            optional=optional or None,
        )
        # Inputs become float32 in any case, which holds all whole numbers below 2^24.
        try:
            self.dtype = standardize_dtype(dtype)
        except (TypeError, ValueError):
            self.dtype = "string"
        if self.dtype == "string":
            raise ValueError(
                f"[Input] expected dtype: a type of numbers, as 'float32', got {describe(dtype)}"
            )
        if (shape is None) == (batch_shape is None):
            raise ValueError("[Input] expected either shape or batch_shape")
        if batch_shape is not None:
            if batch_size is not None or not isinstance(batch_shape, list | tuple):
                raise ValueError(
                    "[Input] expected batch_shape: a tuple without batch_size, "
                    f"got {batch_shape!r} and {batch_size!r}"
                )
            batch_size, *shape = batch_shape or (None,)
        self.batch_shape: Shape = (
            *checked_shape("Input", "batch_size", (batch_size,)),
            *checked_shape("Input", "shape", shape),
        )
        self.sparse = bool(sparse)
        self.ragged = self.optional = False
        self.name = auto_name("InputLayer") if name is None else name

    def get_config(self) -> dict[str, Any]:
        names = ("batch_shape", "dtype", "sparse", "ragged", "name", "optional")
        return arguments_of(self, names)


refuse_attributes(
    InputLayer,
    """
    activity_regularizer add_loss add_metric add_variable add_weight autocast build
    build_from_config built call call_signature_parameters compute_dtype
    compute_mask compute_output_shape compute_output_spec count_params dtype_policy get_build_config
    get_weights input input_dtype input_spec load_own_variables losses metrics metrics_variables
    non_trainable_variables non_trainable_weights output path quantization_mode quantize
    quantized_build quantized_call rematerialized_call save_own_variables set_weights stateless_call
    supports_jit supports_masking symbolic_call trainable trainable_variables trainable_weights
    variable_dtype variables weights
    """,
)


@explained
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
    """The shape of a model's input: the first of its layers.

    Args:
        shape: of one sample; None for an axis of any length.
        batch_size: accepted for compatibility with Keras; a model takes batches of any size.
        dtype: a type of numbers; None for 'float32': what is passed is converted to
            float32 batch by batch.
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
