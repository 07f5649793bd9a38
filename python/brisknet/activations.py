"""Activation functions, with Keras's names.

The functions take and return arrays (see `brisknet.ops`). Layers accept the functions or their
names, and also a custom function that returns its output and a backward function:

    def cube(x):
        return x**3, lambda dy: dy * 3 * x**2

    layers.Dense(8, activation=cube)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brisknet import _core
from brisknet.arguments.checks import Array
from brisknet.arguments.returned import checked_output
from brisknet.names.refused_names import refuse_names
from brisknet.ops import activations as functions
from brisknet.ops.activations import *  # noqa: F403
from brisknet.ops.activations import glu, hard_silu, linear, log_softmax, silu, softmax, sparsemax
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [*functions.__all__, "deserialize", "get", "hard_swish", "serialize", "swish"]

__getattr__ = refuse_names(__name__)  # for mistyped names

hard_swish = hard_silu
swish = silu

Backward = Callable[[Array], Array]

# The kernel of each function, with its default parameters. gelu_tanh is the approximate gelu;
# threshold has no defaults.
_KERNELS: dict[Callable[..., Any], _core.Activation] = {
    getattr(functions, name): kernel
    for name, kernel in functions.KERNELS.items()
    if name not in ("gelu_tanh", "threshold")
} | {functions.relu6: functions.RELU6}

_registry = Registry[Callable[..., Any]](
    "activations",
    "activation",
    Callable,
    "a function or a layer object",
    named_functions=True,
    without=("threshold",),  # it needs arguments
)


def get(identifier: str | Callable[..., Any] | None) -> Callable[..., Any]:
    """The activation function for a name or a function; None means linear.

    Raises:
        ValueError: if the function is unknown.

    Example:
        >>> get("relu") is relu
        True
    """
    if isinstance(identifier, type):
        name = identifier.__name__
        raise ValueError(
            f"[activations.get] expected activation: a name, a function or a layer object, got the "
            f"class {name}: pass {name}()"
        )
    return linear if identifier is None else _registry.get(identifier)  # type: ignore[return-value]


def serialize(activation: Callable[..., Any]) -> Any:
    """The name of a built-in function, or the configuration of a custom one.

    Example:
        >>> serialize(relu)
        'relu'
    """
    own = activation in _registry.names.values()
    return activation.__name__ if own else serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The function for a name or a configuration.

    Raises:
        ValueError: if it does not describe an activation.
    """
    return linear if config is None else _registry.deserialize(config, custom_objects)


def output_shape(function: Callable[..., Any], shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape of the function's output: glu halves the last axis."""
    if function is glu and shape[-1] is not None:
        return (*shape[:-1], shape[-1] // 2)
    return shape


def kernel_of(function: Callable[..., Any]) -> _core.Activation | None:
    """The elementwise kernel of a function; None for softmax and for custom functions."""
    return _KERNELS.get(function)


def is_kernel(function: Callable[..., Any]) -> bool:
    """Whether the function is computed entirely by kernels."""
    return function in _KERNELS or function in (softmax, log_softmax)


def forward_kernel(kernel: _core.Activation, x: Array) -> tuple[Array, Backward]:
    """The output and the backward function of an elementwise kernel."""
    y = _core.activation(kernel, x)
    kept = x if kernel.reads_input else y
    return y, lambda dy: _core.activation_backward(kernel, kept, dy)


def flushed(y: Array, backward: Backward) -> tuple[Array, Backward]:
    """The output and the backward function, with zeros for the denormals that NumPy leaves."""

    def flushed_backward(dy: Array) -> Array:
        dx = backward(dy)
        return _core.flush(dx, True) if _core.is_floats(dx) else dx

    return _core.flush(y) if _core.is_floats(y) else y, flushed_backward


def forward(function: Callable[..., Any] | None, x: Array) -> tuple[Array, Backward]:
    """The function's output and its backward function, which maps dy to dx."""
    kernel = _KERNELS.get(function)  # type: ignore[arg-type]
    if kernel is not None:
        return forward_kernel(kernel, x)
    if function is None:  # assigned after the layer was created; `get` returns linear
        return x, lambda dy: dy
    if function is softmax:
        y = _core.softmax(x)
        return y, lambda dy: _core.softmax_backward(y, dy)
    if function is log_softmax:
        y = _core.log_softmax(x)
        return y, lambda dy: _core.log_softmax_backward(y, dy)
    if function is glu:
        return flushed(*functions.glu_forward(x))
    if function is sparsemax:
        return flushed(*functions.sparsemax_forward(x))
    if hasattr(function, "run"):  # a layer
        result: tuple[Array, Backward] = function.run(x)
        if function.variables:  # type: ignore[attr-defined]
            raise ValueError(
                f"[activation] expected a layer without weights, got {function}: add it to the "
                "model as a separate layer"
            )
        return result
    name = getattr(function, "__name__", str(function))
    return checked_output("activation", name, function(x), x)
