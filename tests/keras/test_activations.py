"""Activations beside real Keras: values and gradients."""

import numpy as np
import pytest

from brisknet import activations, ops
from brisknet.ops import activations as activation_functions
from oracle import INF, NAN, NORMAL, RNG, close, jax, keras

FUNCTIONS = [n for n in activations.__all__ if n not in ("deserialize", "get", "serialize")]


POINTS = np.concatenate(
    [
        RNG.standard_normal(500) * 3,
        RNG.uniform(-100, 100, 200),
        np.linspace(-8, 8, 129),
        np.outer([0.0, 1e-45, 1e-38, 1e-30, 1e-9, 200, 1e4, 1e18, 3.4e38, INF], [1, -1]).ravel(),
    ]
).astype(np.float32)


ALONG_AXIS = ["glu", "log_softmax", "softmax", "sparsemax"]


ACTIVATIONS = [
    *((name, {}) for name in FUNCTIONS if name not in ALONG_AXIS and name != "threshold"),
    ("threshold", {"threshold": 0.5, "default_value": -3.0}),
    *((name, {"threshold": 2.0}) for name in ("hard_shrink", "soft_shrink")),
    ("celu", {"alpha": 0.5}),
    ("squareplus", {"b": 0.25}),
    *(
        ("relu", {"negative_slope": slope, "max_value": most, "threshold": threshold})
        for slope in (0.0, 0.25)
        for most in (None, 0.0, 2.5, 6.0)
        for threshold in (0.0, 1.0, -2.0, 3.5)
    ),
    ("relu", {"negative_slope": -0.5, "max_value": 2.5, "threshold": 1.0}),
    *(("leaky_relu", {"negative_slope": slope}) for slope in (0.0, 0.01, 0.5)),
    *(("elu", {"alpha": alpha}) for alpha in (0.0, 0.3, 2.0)),
    ("gelu", {"approximate": True}),
]


each_activation = pytest.mark.parametrize(
    ("name", "arguments"),
    ACTIVATIONS,
    ids=lambda a: a if isinstance(a, str) else str([*a.values()]),
)


@each_activation
def test_activation(name, arguments):
    """A few roundings of the result.

    In the two forms of gelu, exp(-x^2 / 2) rounds x^2, and 1 + tanh cancels. A subnormal factor of
    x that is flushed to zero is NORMAL at most.
    """
    x = POINTS
    got = getattr(activations, name)(x, **arguments)
    expected = np.asarray(getattr(keras.activations, name)(x, **arguments))
    assert got.dtype == expected.dtype
    finite = np.where(np.isfinite(x), x.astype(np.float64), 0)
    scale, roundings = expected, 8
    if name == "gelu" and arguments:
        scale = finite
    elif name == "gelu":
        roundings = 8 + finite**2
    elif name in ("squareplus", "tanh_shrink"):  # Keras's cancel
        scale = np.maximum(np.abs(finite), 1)
        if name == "squareplus":  # and overflow in JAX
            got, expected, scale = (a[np.abs(x) < 1e18] for a in (got, expected, scale))
            x, finite = (a[np.abs(x) < 1e18] for a in (x, finite))
    close(got, expected, scale, roundings, 2 * NORMAL * np.maximum(np.abs(finite), 1))


@each_activation
def test_activation_gradient(name, arguments):
    """A few roundings of dy times the slope, which has terms of the size of x in silu and gelu.

    Where relu with arguments has a kink, JAX takes 0, 1 or half of the slope.
    """
    kinks = {0.0, *arguments.values()} - {None} if name == "relu" and arguments else {NAN}
    if name == "sparse_sigmoid":
        kinks = {-1.0, 1.0}
    size = np.abs(POINTS)
    x = POINTS[((size > 1e-37) & (size < 1e18) | (size == 0)) & ~np.isin(POINTS, [*kinks])]
    dy = RNG.standard_normal(x.shape, np.float32)
    theirs = getattr(keras.activations, name)
    expected = jax.vjp(lambda v: theirs(v, **arguments), x)[1](dy)[0]
    if name == "gelu" and arguments:
        got = ops.activation_backward("gelu_tanh", x, dy)
    elif arguments:
        given = {key: INF if value is None else value for key, value in arguments.items()}
        got = ops.activation_backward(name, x, dy, **given)
    else:
        got = activations.forward(getattr(activations, name), x)[1](dy)
    scale = np.maximum(np.abs(expected), np.abs(dy))
    if name in ("silu", "swish", "gelu", "mish"):
        scale = scale * np.maximum(np.abs(x), 1)
    close(got, expected, scale, 16)


@pytest.mark.parametrize("name", ["glu", "sparsemax"])
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_glu_and_sparsemax(name, axis):
    x = RNG.standard_normal((4, 6, 10), np.float32) * 2
    theirs = getattr(keras.activations, name)
    expected, vjp = jax.vjp(lambda v: theirs(v, axis=axis), x)
    close(getattr(activations, name)(x, axis=axis), expected, np.abs(x).max(), 16)
    dy = RNG.standard_normal(expected.shape, np.float32)
    backward = getattr(activation_functions, f"{name}_forward")(x, axis)[1]
    close(backward(dy), vjp(dy)[0], 8, 16)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
def test_softmax(name, axis):
    """A sum along the axis, and x - max, whose rounding is absolute."""
    x = POINTS[np.isfinite(POINTS)][:840].reshape(4, 10, 21).copy()
    x[0, 0, :3] = 1e4, -1e4, 1e30
    got = getattr(activations, name)(x, axis=axis)
    expected, vjp = jax.vjp(lambda v: getattr(keras.activations, name)(v, axis=axis), x)
    scale = np.abs(np.where(name == "softmax", expected, np.maximum(np.abs(x), np.abs(expected))))
    close(got, expected, scale, x.shape[axis] + 8)
    if axis in (-1, 2):
        dy = RNG.standard_normal(x.shape, np.float32)
        backward = activations.forward(getattr(activations, name), x)[1]
        close(backward(dy), vjp(dy)[0], np.abs(dy).sum(axis, keepdims=True), x.shape[axis] + 16)
