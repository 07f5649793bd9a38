"""The kernels as functions of NumPy arrays.

Every function accepts arrays or nested lists of float32, float64 or integers, computes in float32
and returns new float32 arrays, unless stated otherwise. Other types are refused. The results have
the same bits for any number of threads and on any supported CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core, random
from brisknet.arguments.checks import Array, as_float32, as_int64, describe, plain_array
from brisknet.arguments.unknown import explained
from brisknet.names.refused_names import refuse_names
from brisknet.ops import activations
from brisknet.ops.activations import *
from brisknet.ops.activations import activation_backward, log_softmax_backward, softmax_backward

__all__ = [
    *activations.__all__,
    "activation_backward",
    "binary_cross_entropy",
    "dropout",
    "exp",
    "gather",
    "log",
    "log_softmax_backward",
    "matmul",
    "mean_absolute_error",
    "mean_squared_error",
    "softmax_backward",
    "softmax_cross_entropy",
]

__getattr__ = refuse_names(__name__)  # for mistyped names


@explained
def matmul(
    a: Any,
    b: Any,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    out: Array | None = None,
) -> Array:
    """The matrix product a b, optionally with either factor transposed.

    c[i, j] = sum over k of a[i, k] b[k, j], accumulated in the order of k by fused multiply-adds.

    Args:
        a: shape (M, K), or (K, M) with `transpose_a`.
        b: shape (K, N), or (N, K) with `transpose_b`.
        out: a C-contiguous float32 array of shape (M, N) for the result; it must not overlap `a` or
            `b`.

    Returns:
        The product, of shape (M, N); this is `out` if given.

    Raises:
        ValueError: if the shapes do not match, or `out` overlaps an input.
        TypeError: if an input does not contain numbers, or `out` is not a writeable, C-contiguous
            float32 array.

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


def as_labels(op: str, name: str, labels: Any) -> npt.NDArray[np.int64]:
    """Class numbers as int64; floats are accepted if they are whole numbers."""
    array = plain_array(op, name, labels)
    if array.dtype.kind == "f":
        with np.errstate(all="ignore"):  # numbers too large differ afterwards
            whole = array.astype(np.int64) if np.isfinite(array).all() else None
        if whole is None or not np.array_equal(whole, array):
            raise ValueError(f"[{op}] expected {name}: whole class numbers, got {describe(array)}")
        return whole
    if array.dtype.kind not in "biu":
        raise TypeError(f"[{op}] expected {name}: class numbers, got {describe(array)}")
    return as_int64(op, name, array)


def _both(result: tuple[Array, Array | None]) -> tuple[Array, Array]:
    losses, gradient = result
    assert gradient is not None  # it was requested
    return losses, gradient


@explained
def softmax_cross_entropy(
    logits: Any, target: Any, *, label_smoothing: float = 0.0
) -> tuple[Array, Array]:
    """Cross-entropy of softmax(logits) with each row's target, and its gradient.

    loss = -sum over classes of target * log(softmax(logits)); gradient = softmax(logits) *
    sum(target) - target.

    Args:
        logits: shape (…, classes).
        target: the distribution, of the same shape; or class numbers, integers of shape (…).
        label_smoothing: s in [0, 1]; target becomes (1 - s) target + s / classes.

    Returns:
        The losses, of shape (…), and the gradient of each row's loss with respect to its logits, of
        shape (…, classes).

    Raises:
        ValueError: if the shapes do not match, or a class number is not in [0, classes).

    Example:
        >>> loss, gradient = softmax_cross_entropy([[0, 0]], [1])
        >>> loss, gradient
        (array([0.6931472], dtype=float32), array([[ 0.5, -0.5]], dtype=float32))
    """
    op = "softmax_cross_entropy"
    x = as_float32(op, "logits", logits)
    t = plain_array(op, "target", target)
    t = as_float32(op, "target", t) if t.shape == x.shape else as_labels(op, "target", t)
    return _both(_core.softmax_cross_entropy(x, t, smoothing=label_smoothing))


@explained
def binary_cross_entropy(
    logits: Any, target: Any, *, label_smoothing: float = 0.0
) -> tuple[Array, Array]:
    """Cross-entropy of sigmoid(logits) with target, averaged over the last axis, and its gradient.

    loss = mean over the last axis of -target log(p) - (1 - target) log(1 - p), p = sigmoid(logits).

    Args:
        logits: shape (…, outputs).
        target: of the same shape, in [0, 1].
        label_smoothing: s in [0, 1]; target becomes (1 - s) target + s / 2.

    Returns:
        The losses, of shape (…), and the gradient of each with respect to its logits, of shape
        (…, outputs).

    Example:
        >>> loss, gradient = binary_cross_entropy([[0.0]], [[1.0]])
        >>> loss, gradient
        (array([0.6931472], dtype=float32), array([[-0.5]], dtype=float32))
    """
    op = "binary_cross_entropy"
    x, t = as_float32(op, "logits", logits), as_float32(op, "target", target)
    return _both(_core.binary_cross_entropy(x, t, smoothing=label_smoothing, epsilon=0.0))


def mean_squared_error(prediction: Any, target: Any) -> tuple[Array, Array]:
    """mean((prediction - target)^2) over the last axis, and its gradient for the prediction.

    Example:
        >>> mean_squared_error([[1, 3]], [[1, 1]])
        (array([2.], dtype=float32), array([[0., 2.]], dtype=float32))
    """
    op = "mean_squared_error"
    x, t = as_float32(op, "prediction", prediction), as_float32(op, "target", target)
    return _both(_core.mean_squared_error(x, t))


def mean_absolute_error(prediction: Any, target: Any) -> tuple[Array, Array]:
    """mean(|prediction - target|) over the last axis, and its gradient for the prediction.

    The gradient is zero where the error is zero.

    Example:
        >>> mean_absolute_error([[1, 3]], [[1, 1]])
        (array([1.], dtype=float32), array([[0. , 0.5]], dtype=float32))
    """
    op = "mean_absolute_error"
    x, t = as_float32(op, "prediction", prediction), as_float32(op, "target", target)
    return _both(_core.mean_absolute_error(x, t))


@explained
def dropout(x: Any, rate: float, seed: int | random.SeedGenerator | None = None) -> Array:
    """Dropout: each element is x / (1 - rate) with probability 1 - rate, otherwise 0.

    Args:
        x: an array of any shape.
        rate: the fraction to drop, in [0, 1).
        seed: the same seed drops the same elements; None draws a new seed.

    Raises:
        ValueError: if the rate is not in [0, 1).

    Example:
        >>> dropout([1, 1, 1, 1], 0.5, seed=1)
        array([2., 2., 0., 2.], dtype=float32)
    """
    return _core.dropout(as_float32("dropout", "x", x), rate, *random.draw(seed))[0]


@explained
def gather(x: npt.NDArray[Any], index: Any) -> Array:
    """Rows x[index] as float32.

    Args:
        x: a C-contiguous float32, float64 or uint8 array of shape (rows, …).
        index: integers of shape (n,), 0 <= index < rows.

    Returns:
        Shape (n, …).

    Raises:
        ValueError: if an index is out of range.
        TypeError: if x has another type or is not C-contiguous.

    Example:
        >>> gather(np.array([[1, 2], [3, 4]], dtype=np.uint8), [1])
        array([[3., 4.]], dtype=float32)
    """
    return _core.gather(x, as_labels("gather", "index", index))
