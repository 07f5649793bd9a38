"""A densely connected layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet import _core, activations, constraints, initializers, regularizers
from brisknet.arguments.checks import Array, refuse_arguments
from brisknet.arguments.numbers import checked_integer
from brisknet.data.compressed import CompressedBatch
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.ops.activations import warn_of_one

__all__ = ["Dense"]


class Dense(Layer):
    """y = activation(x kernel + bias).

    Works along the last axis: x of shape (…, inputs) gives y of shape (…, units). The kernel has
    shape (inputs, units), the bias (units,).

    Args:
        units: the number of outputs.
        activation: a name, a function of `brisknet.activations`, a function that returns
            (y, backward), or None for none.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names, Initializers, arrays or functions.
        kernel_regularizer, bias_regularizer, activity_regularizer: what penalises the weights and
            the output in the loss: names, objects or functions of `brisknet.regularizers`.
        kernel_constraint, bias_constraint: what the weights are made to fulfil after each update:
            names, objects or functions of `brisknet.constraints`.
        **kwargs: name, trainable, dtype, input_shape, input_dim: see `Layer`.

    Raises:
        ValueError: if an argument is not one of these.

    Example:
        >>> layer = Dense(3, activation="relu", input_shape=(2,))
        >>> layer([[1, 2]]).shape
        (1, 3)
    """

    _kind = "weights"
    _by_core = True

    def __init__(
        self,
        units: int,
        activation: str | Callable[..., Any] | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        refuse_arguments(
            "Dense",
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        self.quantization_config = quantization_config
        self.units = checked_integer("Dense", "units", units, 1)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        inputs = input_shape[-1] if len(input_shape) > 1 else None
        if inputs is None:
            raise ValueError(f"[{self.name}] expected inputs with a known last axis: {input_shape}")
        if self.units == 1 and self.activation is activations.softmax:
            warn_of_one(self.name)
        self.kernel = self._add_configured("kernel", (inputs, self.units))
        self.bias = self._add_configured("bias", (self.units,)) if self.use_bias else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if self.built and input_shape[-1] != self.kernel.shape[0]:
            raise ValueError(
                f"[{self.name}] expected inputs with a last axis of {self.kernel.shape[0]}, "
                f"for which it was built, got {input_shape}"
            )
        return activations.output_shape(self.activation, (*input_shape[:-1], self.units))

    def _is_by_core(self) -> bool:
        return super()._is_by_core() and activations.is_kernel(self.activation)

    def forward(
        self, x: Array | CompressedBatch, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        kernel, bias = self.kernel, self.bias
        rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])  # type: ignore[union-attr]
        f = activations.kernel_of(self.activation)
        b = None if bias is None else bias.value
        activate: Backward
        if f is not None and not f.reads_input:
            y = _multiply(rows, kernel.value, b, f)

            def activate(dy: Array) -> Array:
                return _core.activation_backward(f, y, dy)

        else:
            z = _multiply(rows, kernel.value, b)
            y, activate = activations.forward(self.activation, z)

        def backward(dy: Array) -> Array | None:
            dz = activate(_shaped(dy, y.shape))
            if kernel.trainable:
                _multiply_transposed(rows, dz, kernel.grad)
            if bias is not None and bias.trainable:
                _core.column_sums(dz, bias.grad)
            if not input_gradient:
                return None
            return _shaped(_core.matmul(dz, kernel.value, None, None, False, True), x.shape)

        return (y if x.ndim == 2 else y.reshape(*x.shape[:-1], y.shape[-1])), backward


refuse_attributes(
    Dense, "enable_lora lora_alpha lora_enabled lora_rank variable_serialization_spec"
)

# To the core, arguments go by position: keywords cost 0.3 µs a call.


def _multiply(
    x: Array | CompressedBatch, kernel: Array, bias: Array | None, f: _core.Activation | None = None
) -> Array:
    if isinstance(x, CompressedBatch):
        return _core.csr_matmul(x.matrix, x.rows, kernel, bias, f)
    return _core.matmul(x, kernel, bias, f)


def _multiply_transposed(x: Array | CompressedBatch, dz: Array, out: Array) -> None:
    if isinstance(x, CompressedBatch):
        _core.csr_matmul_transposed(x.matrix, x.rows, dz, out)
    else:
        _core.matmul(x, dz, None, None, True, False, out)


def _shaped(array: Array, shape: tuple[int, ...]) -> Array:
    return array if array.shape == shape else array.reshape(shape)
