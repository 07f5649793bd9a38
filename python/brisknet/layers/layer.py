"""The base class of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from brisknet import regularizers
from brisknet.arguments.checks import Array, describe, refuse_arguments
from brisknet.arguments.shapes import Shape, checked_shape
from brisknet.arguments.unknown import refuse_unknown
from brisknet.layers.building import marking_built
from brisknet.layers.calling import Backward, Calling
from brisknet.layers.configuration import LayerConfiguration, check_dtype
from brisknet.names.automatic import auto_name
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.runtime.float_environment import ignored

__all__ = ["Backward", "Layer", "Shape"]


class Layer(Calling, LayerConfiguration):
    """A function of a batch, with weights of its own.

    A custom layer defines `forward`, and `build` if it has weights:

        class Scale(Layer):
            def build(self, input_shape):
                self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

            def forward(self, x):
                def backward(dy):
                    self.scale.grad = (dy * x).sum(axis=0)
                    return dy * self.scale.value

                return x * self.scale.value, backward

    `forward(x, training=False, input_gradient=True)` returns the output and its backward: a
    function of the output's gradient `dy` that assigns each weight's `grad` and returns the input's
    gradient, `dx`. A forward that does not use the two arguments may leave them out: `training` is
    true in `fit`; where `input_gradient` is false, nobody needs dx, and backward may return None. x
    and dy are C-contiguous float32 arrays with the batch along their first axis. forward must keep
    nothing in the layer, so that several threads may call it.

    A layer may use others, kept as its attributes or in lists, tuples and dicts, at any depth:
    `y, back = self.dense.run(x)` calls one. Their weights are its own too, trained, frozen and
    saved with it; so is a `Variable` that is kept so. A metric that is kept so, and that `forward`
    updates, is reported and reset with the model's.

    A layer's configuration (`get_config`) holds the arguments of its `__init__`, taken from the
    attributes of their names; a layer that keeps them elsewhere defines `get_config`, as in Keras.

    Args:
        name: by default the class's, numbered.
        trainable: whether training changes the weights.
        dtype: 'float32', also as Keras's configuration of it, or None.
        input_shape: shape of one sample, for a model's first layer.
        input_dim: the same for samples with one axis.
        activity_regularizer: what penalises the output (`brisknet.regularizers`): a model's loss
            includes the penalty divided by the number of samples.
    """

    _uncalled: ClassVar = {"__call__": "define forward(x)"}
    _kind: ClassVar[str] = ""  # its colour in plot_model; by default for weights, or for shapes

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: str | dict[str, Any] | None = None,
        input_shape: Sequence[int | None] | None = None,
        input_dim: int | None = None,
        activity_regularizer: Any = None,
        autocast: bool = True,
        **kwargs: Any,
    ) -> None:
        if kwargs:  # of a custom class; a built-in one's were looked at before
            refuse_unknown(type(self), kwargs)
        op = type(self).__name__
        refuse_arguments(op, autocast=None if autocast else autocast)
        check_dtype(op, dtype)
        if not isinstance(trainable, bool):
            raise ValueError(f"[{op}] expected trainable True or False, got {describe(trainable)}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"[{op}] expected name: a string, got {describe(name)}")
        if input_dim is not None:
            input_shape = (input_dim,)
        early = self._start_tracking()
        self._trainable = trainable
        self.name = auto_name(op) if name is None else name
        self.autocast = autocast
        self.built = False
        self.path = None
        self._built_for = None
        self.given_input_shape: Shape | None = (
            None if input_shape is None else (None, *checked_shape(op, "input_shape", input_shape))
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._activity_loss = None
        for attribute, value in early:
            setattr(self, attribute, value)

    @marking_built
    def build(self, input_shape: Shape) -> None:
        """Creates the weights for inputs of this shape, whose first axis, the batch, is None."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output and its backward, from x (see the class)."""
        raise NotImplementedError(
            f"[{type(self).__name__}] a layer must define forward(x), which returns (y, backward)"
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; where a class does not define this, it is that of a trial."""
        return (None, *self._try(input_shape).shape[1:])

    @ignored
    def __call__(self, x: Any, training: bool = False, mask: None = None) -> Array:
        """The output for a batch, an array of shape (samples, …).

        Args:
            x: the batch.
            training: whether layers behave as in `fit`.
            mask: None; masking is not supported.

        Example:
            >>> from brisknet import layers
            >>> layers.Dense(2, kernel_initializer="ones")([[1, 2, 3]])
            array([[6., 6.]], dtype=float32)
        """
        if mask is not None:
            refuse_arguments(self.name, mask=mask)
        return self.run(self._batch(x), training)[0]

    @property
    def dtype(self) -> str:
        """'float32'."""
        return "float32"

    compute_dtype = variable_dtype = dtype


refuse_attributes(
    Layer,
    """
    compute_mask dtype_policy load_assets quantize quantized_build quantized_call
    rematerialized_call save_assets stateless_call symbolic_call
    """,
    {
        "add_loss": "use activity_regularizer, or a weight's regularizer",
        "add_metric": "keep the metric as an attribute, and call its update_state in forward",
        "compute_output_spec": "define compute_output_shape(input_shape)",
        "input_shape": "use model.summary(), or get_build_config",
        "output_shape": "use model.summary(), or compute_output_shape(input_shape)",
    },
    definable="""
    call call_signature_parameters input input_dtype input_shape input_spec output output_shape
    quantization_mode supports_jit supports_masking
    """,
)
