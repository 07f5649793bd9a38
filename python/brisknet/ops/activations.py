"""Activation functions of arrays, and their backward passes.

Elementwise functions are kernels of the core; functions along an axis come last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from brisknet import _core
from brisknet.arguments.axes import axes_of, checked_axis, joined_last, sum_over
from brisknet.arguments.checks import Array, as_float32
from brisknet.arguments.unknown import explained
from brisknet.runtime.float_environment import ignored
from brisknet.runtime.warning import warn_user

__all__ = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh",
    "tanh_shrink",
    "threshold",
]  # of brisknet.activations and of brisknet.ops

# The kernels with their default parameters.
KERNELS = {name: _core.Activation(name) for name in _core.activations()}
RELU6 = _core.Activation("relu", 0.0, 6.0)


def _apply(kernel: _core.Activation, op: str, x: Any) -> Array:
    return _core.activation(kernel, as_float32(op, "x", x))


def linear(x: Any) -> Array:
    """x itself, as a new array.

    Example:
        >>> linear([-1, 2])
        array([-1.,  2.], dtype=float32)
    """
    return _apply(KERNELS["linear"], "linear", x)


@explained
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    """Rectified linear unit, max(x, 0) with the defaults.

    f(x) = min(x, max_value) for x > threshold, else negative_slope * (x - threshold).

    Args:
        x: any shape.
        negative_slope: the slope below the threshold.
        max_value: the largest value, at least 0; None for no limit.
        threshold: the input at which the slope changes.

    Raises:
        ValueError: if max_value is negative or NaN.

    Example:
        >>> relu([-2, 0, 3])
        array([0., 0., 3.], dtype=float32)
    """
    if max_value is not None and not max_value >= 0:
        raise ValueError(f"[relu] expected max_value of at least 0, got {max_value!r}")
    limit = math.inf if max_value is None else max_value
    return _apply(_core.Activation("relu", negative_slope, limit, threshold), "relu", x)


@explained
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Array:
    """x for x > 0, else negative_slope * x (Maas, Hannun, Ng, 2013).

    Example:
        >>> leaky_relu([-2, 3], negative_slope=0.5)
        array([-1.,  3.], dtype=float32)
    """
    return _apply(_core.Activation("leaky_relu", negative_slope), "leaky_relu", x)


@explained
def elu(x: Any, alpha: float = 1.0) -> Array:
    """x for x > 0, else alpha * (exp(x) - 1) (Clevert, Unterthiner, Hochreiter, arXiv:1511.07289).

    Example:
        >>> elu([-1, 2])
        array([-0.63212055,  2.        ], dtype=float32)
    """
    return _apply(_core.Activation("elu", alpha), "elu", x)


def selu(x: Any) -> Array:
    """Self-normalising elu (Klambauer, Unterthiner, Mayr, Hochreiter, arXiv:1706.02515).

    scale * (x for x > 0, else alpha * (exp(x) - 1)), alpha = 1.67326324, scale = 1.05070099.

    Example:
        >>> selu([-1, 2])
        array([-1.1113307,  2.101402 ], dtype=float32)
    """
    return _apply(KERNELS["selu"], "selu", x)


def sigmoid(x: Any) -> Array:
    """1 / (1 + exp(-x)).

    Example:
        >>> sigmoid([0, 100])
        array([0.5, 1. ], dtype=float32)
    """
    return _apply(KERNELS["sigmoid"], "sigmoid", x)


def tanh(x: Any) -> Array:
    """Hyperbolic tangent.

    Example:
        >>> tanh([0, 1])
        array([0.       , 0.7615942], dtype=float32)
    """
    return _apply(KERNELS["tanh"], "tanh", x)


def softplus(x: Any) -> Array:
    """log(1 + exp(x)).

    Example:
        >>> softplus([0, 100])
        array([  0.6931472, 100.       ], dtype=float32)
    """
    return _apply(KERNELS["softplus"], "softplus", x)


def softsign(x: Any) -> Array:
    """x / (1 + |x|).

    Example:
        >>> softsign([-1, 3])
        array([-0.5 ,  0.75], dtype=float32)
    """
    return _apply(KERNELS["softsign"], "softsign", x)


def silu(x: Any) -> Array:
    """x * sigmoid(x), also known as swish (Ramachandran, Zoph, Le, arXiv:1710.05941).

    Example:
        >>> silu([0, 1])
        array([0.       , 0.7310586], dtype=float32)
    """
    return _apply(KERNELS["silu"], "silu", x)


@explained
def gelu(x: Any, approximate: bool = False) -> Array:
    """Gaussian error linear unit (Hendrycks, Gimpel, arXiv:1606.08415).

    x times the standard normal's distribution function; with `approximate`,
    x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).

    Example:
        >>> gelu([0, 1])
        array([0.       , 0.8413447], dtype=float32)
    """
    return _apply(KERNELS["gelu_tanh" if approximate else "gelu"], "gelu", x)


def hard_sigmoid(x: Any) -> Array:
    """max(0, min(1, x / 6 + 1 / 2)).

    Example:
        >>> hard_sigmoid([-3, 0, 3])
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return _apply(KERNELS["hard_sigmoid"], "hard_sigmoid", x)


def relu6(x: Any) -> Array:
    """min(max(x, 0), 6) (Krizhevsky, 2010).

    Example:
        >>> relu6([-1, 2, 9])
        array([0., 2., 6.], dtype=float32)
    """
    return _apply(RELU6, "relu6", x)


@explained
def celu(x: Any, alpha: float = 1.0) -> Array:
    """x for x > 0, else alpha * (exp(x / alpha) - 1) (Barron, arXiv:1704.07483).

    Example:
        >>> celu([-1, 2])
        array([-0.63212055,  2.        ], dtype=float32)
    """
    return _apply(_core.Activation("celu", alpha), "celu", x)


def exponential(x: Any) -> Array:
    """exp(x).

    Example:
        >>> exponential([0, 1])
        array([1.       , 2.7182817], dtype=float32)
    """
    return _apply(KERNELS["exponential"], "exponential", x)


@explained
def hard_shrink(x: Any, threshold: float = 0.5) -> Array:
    """x where |x| > threshold, else 0.

    Example:
        >>> hard_shrink([-1, 0.3, 2])
        array([-1.,  0.,  2.], dtype=float32)
    """
    return _apply(_core.Activation("hard_shrink", threshold), "hard_shrink", x)


@explained
def soft_shrink(x: Any, threshold: float = 0.5) -> Array:
    """x - threshold above the threshold, x + threshold below its negative, 0 between.

    Example:
        >>> soft_shrink([-1, 0.3, 2])
        array([-0.5,  0. ,  1.5], dtype=float32)
    """
    return _apply(_core.Activation("soft_shrink", threshold), "soft_shrink", x)


def hard_silu(x: Any) -> Array:
    """x * hard_sigmoid(x), also known as hard_swish (Howard et al., arXiv:1905.02244).

    Example:
        >>> hard_silu([-3, 3])
        array([0., 3.], dtype=float32)
    """
    return _apply(KERNELS["hard_silu"], "hard_silu", x)


def hard_tanh(x: Any) -> Array:
    """min(max(x, -1), 1).

    Example:
        >>> hard_tanh([-2, 0.5])
        array([-1. ,  0.5], dtype=float32)
    """
    return _apply(KERNELS["hard_tanh"], "hard_tanh", x)


def log_sigmoid(x: Any) -> Array:
    """log(sigmoid(x)).

    Example:
        >>> log_sigmoid([0, -100])
        array([  -0.6931472, -100.       ], dtype=float32)
    """
    return _apply(KERNELS["log_sigmoid"], "log_sigmoid", x)


def mish(x: Any) -> Array:
    """x * tanh(softplus(x)) (Misra, arXiv:1908.08681).

    Example:
        >>> mish([0, 1])
        array([0.       , 0.8650984], dtype=float32)
    """
    return _apply(KERNELS["mish"], "mish", x)


def sparse_plus(x: Any) -> Array:
    """0 for x <= -1, (x + 1)^2 / 4 up to 1, x above (Blondel et al., arXiv:1901.02324).

    Example:
        >>> sparse_plus([-1, 0, 2])
        array([0.  , 0.25, 2.  ], dtype=float32)
    """
    return _apply(KERNELS["sparse_plus"], "sparse_plus", x)


def sparse_sigmoid(x: Any) -> Array:
    """0 for x <= -1, (x + 1) / 2 up to 1, 1 above: the slope of sparse_plus.

    Example:
        >>> sparse_sigmoid([-1, 0, 2])
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return _apply(KERNELS["sparse_sigmoid"], "sparse_sigmoid", x)


@explained
def squareplus(x: Any, b: float = 4) -> Array:
    """(x + sqrt(x^2 + b)) / 2 (Barron, arXiv:2112.11687).

    Example:
        >>> squareplus([0, 1.5])
        array([1., 2.], dtype=float32)
    """
    return _apply(_core.Activation("squareplus", b), "squareplus", x)


def tanh_shrink(x: Any) -> Array:
    """x - tanh(x).

    Example:
        >>> tanh_shrink([0, 1])
        array([0.        , 0.23840582], dtype=float32)
    """
    return _apply(KERNELS["tanh_shrink"], "tanh_shrink", x)


@explained
def threshold(x: Any, threshold: float, default_value: float) -> Array:
    """x where x > threshold, else default_value.

    Example:
        >>> threshold([-1, 2], 0.5, -10)
        array([-10.,   2.], dtype=float32)
    """
    return _apply(_core.Activation("threshold", threshold, default_value), "threshold", x)


def activation_backward(name: str, x: Any, dy: Any, **parameters: float) -> Array:
    """The gradient dy * f'(x) of an elementwise activation.

    Args:
        name: the name of an activation function, 'relu', 'gelu', …; 'gelu_tanh' for the
            approximate gelu.
        x: the function's input, of any shape.
        dy: the gradient of its output, with the shape of x.
        **parameters: the function's parameters (negative_slope, max_value, threshold, alpha, b,
            default_value).

    Raises:
        ValueError: if the name is unknown or the shapes differ.
        TypeError: if the function has no such parameter.

    Example:
        >>> activation_backward("relu", [-1, 2], [10, 10])
        array([ 0., 10.], dtype=float32)
    """
    known = _core.activations().get(name, {})
    if unknown := parameters.keys() - known.keys():
        raise TypeError(f"[activation_backward] {name} has no parameter {sorted(unknown)[0]!r}")
    f = _core.Activation(name, *(known | parameters).values())
    x = as_float32("activation_backward", "x", x)
    dy = as_float32("activation_backward", "dy", dy)
    return _core.activation_backward(f, x if f.reads_input else _core.activation(f, x), dy)


def _along_last(x: Array, axis: int, op: str) -> Array:
    if x.ndim == 0 or not -x.ndim <= axis < x.ndim:
        raise ValueError(f"[{op}] expected an axis of an array of shape {x.shape}, got {axis}")
    return np.ascontiguousarray(np.moveaxis(x, axis, -1))


def warn_of_one(op: str) -> None:
    """Warns that a softmax over one unit is constant."""
    warn_user(
        f"[{op}] a softmax over one unit is always 1: use a sigmoid, or a unit for each class"
    )


@explained
def softmax(x: Any, axis: int | Sequence[int] = -1) -> Array:
    """exp(x) / sum(exp(x)) along an axis, or over several together, without overflow.

    Raises:
        TypeError: if the axis is neither an integer nor several.
        ValueError: if x has no such axis.

    Example:
        >>> softmax([0, 0, 0, 0])
        array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """
    return _along(_softmax_of_rows, "softmax", x, axis)


def _softmax_of_rows(x: Array) -> Array:
    if x.shape[-1] == 1:
        warn_of_one("softmax")
    return _core.softmax(x)


def _along(kernel: Callable[[Array], Array], op: str, x: Any, axis: int | Sequence[int]) -> Array:
    array = as_float32(op, "x", x)
    if np.ndim(axis) == 0:
        moved = _along_last(array, axis, op)  # type: ignore[arg-type]
        return np.ascontiguousarray(np.moveaxis(kernel(moved), -1, axis))
    axes = axes_of(op, checked_axis(op, axis), array.ndim, first=0)
    rows, back = joined_last(array, axes)
    return back(kernel(rows))


def softmax_backward(y: Any, dy: Any) -> Array:
    """The gradient y * (dy - sum(y * dy)) of softmax along the last axis, from its output y.

    Example:
        >>> softmax_backward([0.5, 0.5], [1, 0])
        array([ 0.25, -0.25], dtype=float32)
    """
    op = "softmax_backward"
    return _core.softmax_backward(as_float32(op, "y", y), as_float32(op, "dy", dy))


@explained
def log_softmax(x: Any, axis: int | Sequence[int] = -1) -> Array:
    """x - log(sum(exp(x))) along an axis, or over several together, without overflow.

    Raises:
        TypeError: if the axis is neither an integer nor several.
        ValueError: if x has no such axis.

    Example:
        >>> log_softmax([1000, 1000])
        array([-0.6931472, -0.6931472], dtype=float32)
    """
    return _along(_core.log_softmax, "log_softmax", x, axis)


def log_softmax_backward(y: Any, dy: Any) -> Array:
    """The gradient dy - exp(y) * sum(dy) of log_softmax along the last axis, from its output y.

    Example:
        >>> log_softmax_backward([0, 0], [1, 0])
        array([ 0., -1.], dtype=float32)
    """
    op = "log_softmax_backward"
    return _core.log_softmax_backward(as_float32(op, "y", y), as_float32(op, "dy", dy))


@explained
def glu(x: Any, axis: int = -1) -> Array:
    """Gated linear unit: a * sigmoid(b), where a and b are the halves of x along an axis.

    (Dauphin, Fan, Auli, Grangier, arXiv:1612.08083.)

    Raises:
        ValueError: if x has no such axis, or an odd number of elements along it.

    Example:
        >>> glu([1, 2, 0, 0])
        array([0.5, 1. ], dtype=float32)
    """
    return glu_forward(as_float32("glu", "x", x), axis)[0]


def glu_forward(x: Array, axis: int = -1) -> tuple[Array, Callable[[Array], Array]]:
    """glu and its backward."""
    moved = _along_last(x, axis, "glu")
    size = moved.shape[-1]
    if size % 2:
        raise ValueError(
            f"[glu] expected an even number of elements along axis {axis}, got shape {x.shape}"
        )
    a = np.ascontiguousarray(moved[..., : size // 2])
    gate = _core.activation(KERNELS["sigmoid"], np.ascontiguousarray(moved[..., size // 2 :]))

    def backward(dy: Array) -> Array:
        dy = np.moveaxis(dy, axis, -1)
        dx = np.concatenate([dy * gate, dy * a * gate * (1 - gate)], axis=-1)
        return np.ascontiguousarray(np.moveaxis(dx, -1, axis))

    return np.ascontiguousarray(np.moveaxis(a * gate, -1, axis)), backward


@explained
@ignored
def sparsemax(x: Any, axis: int = -1) -> Array:
    """A softmax with sparse output (Martins, Astudillo, arXiv:1602.02068), as computed by Keras.

    max(x - t, 0), with t = (sum of the first k cumulative sums of x - 1 in falling order) / k,
    where k is the size of the paper's support. The paper uses only the k-th cumulative sum for t:
    Keras's results equal the paper's only for k = 1; otherwise they sum to less than 1.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> sparsemax([3, 1, 0])
        array([1., 0., 0.], dtype=float32)
    """
    return sparsemax_forward(as_float32("sparsemax", "x", x), axis)[0]


def sparsemax_forward(x: Array, axis: int = -1) -> tuple[Array, Callable[[Array], Array]]:
    """sparsemax and its backward."""
    moved = _along_last(x, axis, "sparsemax")
    if not x.size:  # possibly with any number of empty rows
        return x.copy(), np.copy
    order = np.argsort(-moved, axis=-1, kind="stable")
    falling = np.take_along_axis(moved, order, axis=-1)
    sums = np.cumsum(falling, axis=-1)
    count = np.arange(1, moved.shape[-1] + 1, dtype=np.float32)
    supported = falling - (sums - 1) / count > 0
    k = np.maximum(np.count_nonzero(supported, axis=-1)[..., None], 1).astype(np.float32)  # not NaN
    last = (moved.ndim - 1,)
    t = (sum_over(np.where(supported, sums, np.float32(0)), last) - 1) / k
    y = np.maximum(moved - t, np.float32(0))

    def backward(dy: Array) -> Array:
        kept = np.where(y > 0, np.moveaxis(dy, axis, -1), np.float32(0))
        # The largest element is part of k cumulative sums, the next of k - 1, …
        slopes = np.empty_like(moved)
        np.put_along_axis(slopes, order, np.maximum(k + 1 - count, 0) / k, axis=-1)
        return np.ascontiguousarray(np.moveaxis(kept - sum_over(kept, last) * slopes, -1, axis))

    return np.ascontiguousarray(np.moveaxis(y, -1, axis)), backward
