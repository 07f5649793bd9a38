"""Activation functions, by Keras's names.

The functions take and return arrays (see `brisknet.ops`). Layers take them by name or as they are,
and also a function of the user's that returns its output together with its backward:

    def cube(x):
        return x**3, lambda dy: dy * 3 * x**2

    layers.Dense(8, activation=cube)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brisknet import _core, ops
from brisknet._arguments import Array, choices, refuse_names
from brisknet.ops import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    linear,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
)
from brisknet.serialization import deserialize_as, serialize_keras_object

__all__ = [
    "deserialize",
    "elu",
    "gelu",
    "get",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log_softmax",
    "relu",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]

__getattr__ = refuse_names(
    __name__,
    """
    celu exponential glu hard_shrink hard_silu hard_swish hard_tanh log_sigmoid mish
    relu6 soft_shrink sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink
    threshold
    """,
)

swish = silu

Backward = Callable[[Array], Array]

_KERNELS: dict[Callable[..., Any], _core.Activation] = {
    linear: ops.LINEAR,
    relu: ops.RELU,
    leaky_relu: _core.Activation("leaky_relu", 0.2),
    elu: _core.Activation("elu", 1.0),
    selu: ops.SELU,
    sigmoid: ops.SIGMOID,
    tanh: ops.TANH,
    softplus: ops.SOFTPLUS,
    softsign: ops.SOFTSIGN,
    silu: ops.SILU,
    gelu: ops.GELU,
    hard_sigmoid: ops.HARD_SIGMOID,
}
_NAMES = {f.__name__: f for f in (*_KERNELS, softmax, log_softmax)} | {"swish": silu}


def get(identifier: str | Callable[..., Any] | None) -> Callable[..., Any]:
    """The activation function that a name, a function or None (linear) means.

    Raises:
        ValueError: if there is no such function.

    Example:
        >>> get("relu") is relu
        True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str) and identifier in _NAMES:
        return _NAMES[identifier]
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"[activations.get] expected one of {choices(_NAMES)} or a function, got {identifier!r}"
    )


def serialize(activation: Callable[..., Any]) -> Any:
    """The name of a function above; the configuration of one of the user's.

    Example:
        >>> serialize(relu)
        'relu'
    """
    own = activation in _NAMES.values()
    return activation.__name__ if own else serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The function of a name or a configuration.

    Raises:
        ValueError: if there is none.
    """
    found: Callable[..., Any] = deserialize_as("activations", object, config, custom_objects)
    return found


def kernel_of(function: Callable[..., Any]) -> _core.Activation | None:
    """The elementwise kernel behind a function above; None for softmax and for users' functions."""
    return _KERNELS.get(function)


def forward_kernel(kernel: _core.Activation, x: Array) -> tuple[Array, Backward]:
    """An elementwise kernel's output and its backward."""
    y = _core.activation(kernel, x)
    kept = x if kernel.reads_input else y
    return y, lambda dy: _core.activation_backward(kernel, kept, dy)


def forward(function: Callable[..., Any], x: Array) -> tuple[Array, Backward]:
    """The function's output and its backward, which turns dy into dx."""
    kernel = _KERNELS.get(function)
    if kernel is not None:
        return forward_kernel(kernel, x)
    if function is softmax:
        y = _core.softmax(x)
        return y, lambda dy: _core.softmax_backward(y, dy)
    if function is log_softmax:
        y = _core.log_softmax(x)
        return y, lambda dy: _core.log_softmax_backward(y, dy)
    result = function(x)
    if isinstance(result, tuple) and len(result) == 2 and callable(result[1]):
        return result[0], result[1]
    raise TypeError(
        f"[activation] expected {getattr(function, '__name__', function)} to return (y, backward), "
        f"with dx = backward(dy), got {type(result).__name__}"
    )
