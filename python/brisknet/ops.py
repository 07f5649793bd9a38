"""The kernels for NumPy users.

Every function takes arrays or nested lists of float32, float64 or integers, computes in float32
and returns new float32 arrays, unless it says otherwise. Other types are refused. Results are the
same bits for any number of threads and on any supported CPU.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, random
from brisknet._arguments import Array, as_float32, describe

__all__ = [
    "activation_backward",
    "binary_cross_entropy",
    "dropout",
    "elu",
    "exp",
    "gather",
    "gelu",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log",
    "log_softmax",
    "log_softmax_backward",
    "matmul",
    "mean_absolute_error",
    "mean_squared_error",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmax_backward",
    "softmax_cross_entropy",
    "softplus",
    "softsign",
    "tanh",
]


def matmul(
    a: Any,
    b: Any,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    out: Array | None = None,
) -> Array:
    """The matrix product a b, either factor transposed first where asked.

    c[i, j] = sum over k of a[i, k] b[k, j], accumulated in the order of k by fused multiply-adds.

    Args:
        a: shape (M, K), or (K, M) with `transpose_a`.
        b: shape (K, N), or (N, K) with `transpose_b`.
        out: a C-contiguous float32 array of shape (M, N) that takes the result; it may not overlap
            `a` or `b`.

    Returns:
        The product, shape (M, N); `out` where it was given.

    Raises:
        ValueError: if the shapes do not fit, or `out` overlaps an input.
        TypeError: if an input is not of numbers, or `out` is not writeable, C-contiguous float32.

    Example:
        >>> matmul([[1, 2], [3, 4]], [[1], [10]])
        array([[21.],
               [43.]], dtype=float32)
    """
    return _core.matmul(
        as_float32("matmul", "a", a),
        as_float32("matmul", "b", b),
        None,
        None,
        transpose_a,
        transpose_b,
        out,
    )


LINEAR = _core.Activation("linear")
RELU = _core.Activation("relu", b=math.inf)
SELU = _core.Activation("selu")
SIGMOID = _core.Activation("sigmoid")
TANH = _core.Activation("tanh")
SOFTPLUS = _core.Activation("softplus")
SOFTSIGN = _core.Activation("softsign")
SILU = _core.Activation("silu")
GELU = _core.Activation("gelu")
GELU_TANH = _core.Activation("gelu_tanh")
HARD_SIGMOID = _core.Activation("hard_sigmoid")


def linear(x: Any) -> Array:
    """x itself, as a new array.

    Example:
        >>> linear([-1, 2])
        array([-1.,  2.], dtype=float32)
    """
    return _core.activation(LINEAR, as_float32("linear", "x", x))


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    """Rectified linear unit, max(x, 0) with the defaults.

    f(x) = min(x, max_value) for x > threshold, else negative_slope * (x - threshold).

    Args:
        x: any shape.
        negative_slope: the slope below the threshold.
        max_value: the largest value, at least 0; None for no limit.
        threshold: where the function turns.

    Raises:
        ValueError: if max_value is negative or NaN.

    Example:
        >>> relu([-2, 0, 3])
        array([0., 0., 3.], dtype=float32)
    """
    if max_value is not None and not max_value >= 0:
        raise ValueError(f"[relu] expected max_value of at least 0, got {max_value!r}")
    limit = math.inf if max_value is None else max_value
    f = _core.Activation("relu", negative_slope, limit, threshold)
    return _core.activation(f, as_float32("relu", "x", x))


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Array:
    """x for x > 0, else negative_slope * x (Maas, Hannun, Ng, 2013).

    Example:
        >>> leaky_relu([-2, 3], negative_slope=0.5)
        array([-1.,  3.], dtype=float32)
    """
    f = _core.Activation("leaky_relu", negative_slope)
    return _core.activation(f, as_float32("leaky_relu", "x", x))


def elu(x: Any, alpha: float = 1.0) -> Array:
    """x for x > 0, else alpha * (exp(x) - 1) (Clevert, Unterthiner, Hochreiter, arXiv:1511.07289).

    Example:
        >>> elu([-1, 2])
        array([-0.63212055,  2.        ], dtype=float32)
    """
    return _core.activation(_core.Activation("elu", alpha), as_float32("elu", "x", x))


def exp(x: Any) -> Array:
    """e to the power of x, elementwise.

    Example:
        >>> exp([0, 1])
        array([1.       , 2.7182817], dtype=float32)
    """
    return _core.exp(as_float32("exp", "x", x))


def log(x: Any) -> Array:
    """The natural logarithm, elementwise: -inf for 0, NaN below.

    Example:
        >>> log([1, 2])
        array([0.       , 0.6931472], dtype=float32)
    """
    return _core.log(as_float32("log", "x", x))


def selu(x: Any) -> Array:
    """Self-normalising elu (Klambauer, Unterthiner, Mayr, Hochreiter, arXiv:1706.02515).

    scale * (x for x > 0, else alpha * (exp(x) - 1)), alpha = 1.67326324, scale = 1.05070099.

    Example:
        >>> selu([-1, 2])
        array([-1.1113307,  2.101402 ], dtype=float32)
    """
    return _core.activation(SELU, as_float32("selu", "x", x))


def sigmoid(x: Any) -> Array:
    """1 / (1 + exp(-x)).

    Example:
        >>> sigmoid([0, 100])
        array([0.5, 1. ], dtype=float32)
    """
    return _core.activation(SIGMOID, as_float32("sigmoid", "x", x))


def tanh(x: Any) -> Array:
    """Hyperbolic tangent.

    Example:
        >>> tanh([0, 1])
        array([0.       , 0.7615942], dtype=float32)
    """
    return _core.activation(TANH, as_float32("tanh", "x", x))


def softplus(x: Any) -> Array:
    """log(1 + exp(x)).

    Example:
        >>> softplus([0, 100])
        array([  0.6931472, 100.       ], dtype=float32)
    """
    return _core.activation(SOFTPLUS, as_float32("softplus", "x", x))


def softsign(x: Any) -> Array:
    """x / (1 + |x|).

    Example:
        >>> softsign([-1, 3])
        array([-0.5 ,  0.75], dtype=float32)
    """
    return _core.activation(SOFTSIGN, as_float32("softsign", "x", x))


def silu(x: Any) -> Array:
    """x * sigmoid(x), also known as swish (Ramachandran, Zoph, Le, arXiv:1710.05941).

    Example:
        >>> silu([0, 1])
        array([0.       , 0.7310586], dtype=float32)
    """
    return _core.activation(SILU, as_float32("silu", "x", x))


def gelu(x: Any, approximate: bool = False) -> Array:
    """Gaussian error linear unit (Hendrycks, Gimpel, arXiv:1606.08415).

    x times the standard normal's distribution function; with `approximate`,
    x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).

    Example:
        >>> gelu([0, 1])
        array([0.       , 0.8413447], dtype=float32)
    """
    return _core.activation(GELU_TANH if approximate else GELU, as_float32("gelu", "x", x))


def hard_sigmoid(x: Any) -> Array:
    """max(0, min(1, x / 6 + 1 / 2)).

    Example:
        >>> hard_sigmoid([-3, 0, 3])
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return _core.activation(HARD_SIGMOID, as_float32("hard_sigmoid", "x", x))


def activation_backward(name: str, x: Any, dy: Any, **parameters: float) -> Array:
    """The gradient dy * f'(x) of an elementwise activation.

    Args:
        name: of a function above: 'relu', 'gelu', …; 'gelu_tanh' for the approximate gelu.
        x: the function's input, any shape.
        dy: the gradient of its output, of the shape of x.
        **parameters: the function's own (negative_slope, max_value, threshold, alpha).

    Raises:
        ValueError: if the name is unknown or the shapes differ.
        TypeError: if the function has no such parameter.

    Example:
        >>> activation_backward("relu", [-1, 2], [10, 10])
        array([ 0., 10.], dtype=float32)
    """
    defaults: dict[str, dict[str, float]] = {
        "relu": {"negative_slope": 0.0, "max_value": math.inf, "threshold": 0.0},
        "leaky_relu": {"negative_slope": 0.2},
        "elu": {"alpha": 1.0},
    }
    known = defaults.get(name, {})
    if unknown := parameters.keys() - known.keys():
        raise TypeError(f"[activation_backward] {name} has no parameter {sorted(unknown)[0]!r}")
    f = _core.Activation(name, *(known | parameters).values())
    x = as_float32("activation_backward", "x", x)
    dy = as_float32("activation_backward", "dy", dy)
    return _core.activation_backward(f, x if f.reads_input else _core.activation(f, x), dy)


def _along_last(x: Array, axis: int, op: str) -> Array:
    if x.ndim == 0 or not -x.ndim <= axis < x.ndim:
        raise ValueError(f"[{op}] expected axis of an array of shape {x.shape}, got {axis}")
    return np.ascontiguousarray(np.moveaxis(x, axis, -1))


def softmax(x: Any, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x)) along an axis, without overflow.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> softmax([0, 0, 0, 0])
        array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """
    moved = _along_last(as_float32("softmax", "x", x), axis, "softmax")
    return np.ascontiguousarray(np.moveaxis(_core.softmax(moved), -1, axis))


def softmax_backward(y: Any, dy: Any) -> Array:
    """The gradient y * (dy - sum(y * dy)) of softmax along the last axis, from its output y.

    Example:
        >>> softmax_backward([0.5, 0.5], [1, 0])
        array([ 0.25, -0.25], dtype=float32)
    """
    op = "softmax_backward"
    return _core.softmax_backward(as_float32(op, "y", y), as_float32(op, "dy", dy))


def log_softmax(x: Any, axis: int = -1) -> Array:
    """x - log(sum(exp(x))) along an axis, without overflow.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> log_softmax([1000, 1000])
        array([-0.6931472, -0.6931472], dtype=float32)
    """
    moved = _along_last(as_float32("log_softmax", "x", x), axis, "log_softmax")
    return np.ascontiguousarray(np.moveaxis(_core.log_softmax(moved), -1, axis))


def log_softmax_backward(y: Any, dy: Any) -> Array:
    """The gradient dy - exp(y) * sum(dy) of log_softmax along the last axis, from its output y.

    Example:
        >>> log_softmax_backward([0, 0], [1, 0])
        array([ 0., -1.], dtype=float32)
    """
    op = "log_softmax_backward"
    return _core.log_softmax_backward(as_float32(op, "y", y), as_float32(op, "dy", dy))


def as_labels(op: str, name: str, labels: Any) -> npt.NDArray[np.int64]:
    """Class numbers as int64; floats are taken where they are whole."""
    array = np.asarray(labels)
    if array.dtype.kind == "f":
        whole = array.astype(np.int64) if np.isfinite(array).all() else None
        if whole is None or not np.array_equal(whole, array):
            raise ValueError(f"[{op}] expected {name}: whole class numbers, got {describe(array)}")
        return whole
    if array.dtype.kind not in "biu":
        raise TypeError(f"[{op}] expected {name}: class numbers, got {describe(array)}")
    numbers = np.asarray(array, dtype=np.int64, order="C")
    return numbers if numbers.flags.aligned else numbers.copy()


def _both(result: tuple[Array, Array | None]) -> tuple[Array, Array]:
    losses, gradient = result
    assert gradient is not None  # it was asked for
    return losses, gradient


def softmax_cross_entropy(
    logits: Any, target: Any, *, label_smoothing: float = 0.0
) -> tuple[Array, Array]:
    """Cross-entropy of softmax(logits) with each row's target, and its gradient.

    loss = -sum over classes of target * log(softmax(logits)); gradient = softmax(logits) *
    sum(target) - target.

    Args:
        logits: shape (…, classes).
        target: the distribution, of the same shape; or class numbers, integers of shape (…).
        label_smoothing: in [0, 1]: target becomes (1 - s) target + s / classes.

    Returns:
        The losses, shape (…), and the gradient of each row's loss by its logits, shape
        (…, classes).

    Raises:
        ValueError: if shapes do not fit, or a class number is not in [0, classes).

    Example:
        >>> loss, gradient = softmax_cross_entropy([[0, 0]], [1])
        >>> loss, gradient
        (array([0.6931472], dtype=float32), array([[ 0.5, -0.5]], dtype=float32))
    """
    op = "softmax_cross_entropy"
    x = as_float32(op, "logits", logits)
    t = np.asarray(target)
    t = as_float32(op, "target", t) if t.shape == x.shape else as_labels(op, "target", t)
    return _both(_core.softmax_cross_entropy(x, t, smoothing=label_smoothing))


def binary_cross_entropy(
    logits: Any, target: Any, *, label_smoothing: float = 0.0
) -> tuple[Array, Array]:
    """Cross-entropy of sigmoid(logits) with target, averaged over the last axis, and its gradient.

    loss = mean over the last axis of -target log(p) - (1 - target) log(1 - p), p = sigmoid(logits).

    Args:
        logits: shape (…, outputs).
        target: of the same shape, in [0, 1].
        label_smoothing: in [0, 1]: target becomes (1 - s) target + s / 2.

    Returns:
        The losses, shape (…), and the gradient of each by its logits, shape (…, outputs).

    Example:
        >>> loss, gradient = binary_cross_entropy([[0.0]], [[1.0]])
        >>> loss, gradient
        (array([0.6931472], dtype=float32), array([[-0.5]], dtype=float32))
    """
    op = "binary_cross_entropy"
    x, t = as_float32(op, "logits", logits), as_float32(op, "target", target)
    return _both(_core.binary_cross_entropy(x, t, smoothing=label_smoothing, epsilon=0.0))


def mean_squared_error(prediction: Any, target: Any) -> tuple[Array, Array]:
    """mean((prediction - target)^2) over the last axis, and its gradient by the prediction.

    Example:
        >>> mean_squared_error([[1, 3]], [[1, 1]])
        (array([2.], dtype=float32), array([[0., 2.]], dtype=float32))
    """
    op = "mean_squared_error"
    x, t = as_float32(op, "prediction", prediction), as_float32(op, "target", target)
    return _both(_core.mean_squared_error(x, t))


def mean_absolute_error(prediction: Any, target: Any) -> tuple[Array, Array]:
    """mean(|prediction - target|) over the last axis, and its gradient by the prediction.

    The gradient at an error of zero is zero.

    Example:
        >>> mean_absolute_error([[1, 3]], [[1, 1]])
        (array([1.], dtype=float32), array([[0. , 0.5]], dtype=float32))
    """
    op = "mean_absolute_error"
    x, t = as_float32(op, "prediction", prediction), as_float32(op, "target", target)
    return _both(_core.mean_absolute_error(x, t))


def dropout(x: Any, rate: float, seed: int | random.SeedGenerator | None = None) -> Array:
    """x / (1 - rate) at random places, each kept with probability 1 - rate; 0 elsewhere.

    Args:
        x: any shape.
        rate: in [0, 1).
        seed: the same seed drops the same places; None draws a new one.

    Raises:
        ValueError: if the rate is not in [0, 1).

    Example:
        >>> dropout([1, 1, 1, 1], 0.5, seed=1)
        array([2., 2., 0., 2.], dtype=float32)
    """
    return _core.dropout(as_float32("dropout", "x", x), rate, *random.draw(seed))[0]


def gather(x: npt.NDArray[Any], index: Any) -> Array:
    """Rows x[index] as float32.

    Args:
        x: a C-contiguous float32, float64 or uint8 array of shape (rows, …).
        index: integers of shape (n,), 0 <= index < rows.

    Returns:
        Shape (n, …).

    Raises:
        ValueError: if an index is outside.
        TypeError: if x is of another type or not C-contiguous.

    Example:
        >>> gather(np.array([[1, 2], [3, 4]], dtype=np.uint8), [1])
        array([[3., 4.]], dtype=float32)
    """
    return _core.gather(x, as_labels("gather", "index", index))
