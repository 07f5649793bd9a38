"""Activation functions and the softmax pair: values, derivatives, limits, the same bits."""

import math

import numpy as np
import pytest

import reference
from brisknet import _core
from reference import (
    LEAST_STATE,
    LEAST_VALUE,
    TINY,
    U,
    assert_flushed,
    assert_same_bits,
    assert_within,
    vanishing,
)

INF, NAN = math.inf, math.nan

# Name and parameters (exact in float32, so that the float64 references have the same).
CASES = [
    ("linear", 0, 0, 0),
    ("relu", 0, INF, 0),
    ("relu", 0.25, INF, 0),
    ("relu", 0, 6, 0),
    ("relu", 0.25, 6, 1),
    ("relu", 0, INF, 1.5),
    ("relu", 0, 6, -2),
    ("leaky_relu", 0.25, 0, 0),
    ("elu", 1, 0, 0),
    ("elu", 0.5, 0, 0),
    *((name, 0, 0, 0) for name in "selu sigmoid tanh softplus softsign silu gelu".split()),
    ("gelu_tanh", 0, 0, 0),
    ("hard_sigmoid", 0, 0, 0),
    ("celu", 1, 0, 0),
    ("celu", 0.5, 0, 0),
    ("exponential", 0, 0, 0),
    ("hard_shrink", 0.5, 0, 0),
    ("hard_shrink", 2, 0, 0),
    *((name, 0, 0, 0) for name in "hard_silu hard_tanh log_sigmoid mish".split()),
    ("soft_shrink", 0.5, 0, 0),
    ("soft_shrink", 2, 0, 0),
    *((name, 0, 0, 0) for name in "sparse_plus sparse_sigmoid".split()),
    ("squareplus", 4, 0, 0),
    ("squareplus", 0.25, 0, 0),
    ("tanh_shrink", 0, 0, 0),
    ("threshold", 0.5, -3, 0),
]
FROM_OUTPUT = [
    *(("linear", 0, 0, 0), ("relu", 0, INF, 0), ("sigmoid", 0, 0, 0), ("tanh", 0, 0, 0)),
    ("exponential", 0, 0, 0),
]
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: "-".join(str(part) for part in c if part or part is c[0])
)

# Everywhere that something happens: dense near zero, tails, denormals, huge.
POINTS = np.concatenate(
    [
        np.random.default_rng(0).standard_normal(2000) * 3,
        np.random.default_rng(1).uniform(-100, 100, 500),
        np.linspace(-6, 6, 97),  # has the kinks of relu and hard_sigmoid
        np.outer([1e-45, 1e-40, 1e-30, 1e-9, 200, 1e4, 1e18], [1, -1]).ravel(),
    ]
).astype(np.float32)


def forward(case, x, out=None):
    return _core.activation(_core.Activation(*case), x, out)


def backward(case, x, dy, out=None):
    f = _core.Activation(*case)
    return _core.activation_backward(f, x if f.reads_input else _core.activation(f, x), dy, out)


def reference_forward(case, x):
    name, *parameters = case
    return reference.ACTIVATIONS[name](x.astype(np.float64), *parameters)


@every_case
def test_forward(isa, case):
    points = POINTS[np.abs(POINTS) < 80] if case[0] == "exponential" else POINTS  # finite
    expected = reference_forward(case, points)
    # A few roundings, and in gelu's two forms a factor in [0, 1] with an absolute error of 2 U.
    bound = 8 * U * np.abs(expected) + TINY * np.maximum(np.abs(points), 1)
    if case[0].startswith("gelu"):
        bound += 2 * U * np.abs(points)
    if case[0] == "tanh_shrink":
        bound += U * np.minimum(np.abs(points), 1)  # tanh's own
    got = forward(case, points)
    # In silu and mish x times a factor that vanishes.
    bound += vanishing(expected, LEAST_VALUE * np.maximum(np.abs(points), 1))
    assert_within(got, expected, bound)
    assert_flushed(got)


@every_case
def test_backward(isa, rng, case):
    name, *parameters = case
    f = _core.Activation(*case)
    points = POINTS[np.abs(POINTS) < 80] if name == "exponential" else POINTS
    x_or_y = points if f.reads_input else forward(case, points)
    dy = rng.standard_normal(points.size, np.float32)
    slope = reference.DERIVATIVES[name](x_or_y.astype(np.float64), *parameters)
    # A few roundings; and of x times a factor in [0, 1], x times that factor's 2 U.
    bound = 12 * U * np.abs(slope) + TINY
    if name in ("silu", "gelu", "gelu_tanh", "hard_silu", "mish"):
        bound += 2 * U * (1 + np.minimum(np.abs(points), 30))
    got = _core.activation_backward(f, x_or_y, dy)
    bound = np.abs(dy) * bound + TINY + vanishing(dy * slope, LEAST_STATE)
    assert_within(got, dy * slope, bound)
    assert_flushed(got, LEAST_STATE)


@every_case
def test_derivatives_by_central_differences(case):
    name, *parameters = case
    x = np.linspace(-7.03, 7.04, 61)  # not at a kink
    f = reference.ACTIVATIONS[name]
    slope = reference.central_differences(lambda z: f(z, *parameters), x)
    of = x if _core.Activation(*case).reads_input else f(x, *parameters)
    np.testing.assert_allclose(
        reference.DERIVATIVES[name](of, *parameters), slope, rtol=0, atol=2e-9 * max(1, slope.max())
    )


def test_every_activation_has_a_case():
    assert {name for name, *_ in CASES} == set(_core.activations())


def test_defaults():
    x = POINTS[np.isfinite(POINTS)]
    for name, parameters in _core.activations().items():
        given = _core.Activation(name, *parameters.values())
        assert_same_bits(_core.activation(_core.Activation(name), x), _core.activation(given, x))
    assert _core.activations()["leaky_relu"] == {"negative_slope": 0.2}


def test_reads_input():
    from_output = [case for case in CASES if not _core.Activation(*case).reads_input]
    assert from_output == FROM_OUTPUT


@pytest.mark.parametrize(
    ("case", "limits"),
    [
        (("linear",), (-INF, INF)),
        (("relu", 0, INF, 0), (0, INF)),
        (("relu", 0, 6, 0), (0, 6)),
        (("relu", 0, INF, 1.5), (0, INF)),
        (("relu", 0.25, INF, 0), (-INF, INF)),
        (("leaky_relu", 0.25), (-INF, INF)),
        (("elu", 0.5), (-0.5, INF)),
        (("selu",), (-1.7580993408473766, INF)),
        (("sigmoid",), (0, 1)),
        (("tanh",), (-1, 1)),
        (("softplus",), (0, INF)),
        (("hard_sigmoid",), (0, 1)),
        (("celu", 0.5), (-0.5, INF)),
        (("exponential",), (0, INF)),
        (("hard_shrink", 0.5), (-INF, INF)),
        (("hard_tanh",), (-1, 1)),
        (("log_sigmoid",), (-INF, 0)),
        (("soft_shrink", 0.5), (-INF, INF)),
        (("sparse_plus",), (0, INF)),
        (("sparse_sigmoid",), (0, 1)),
        (("squareplus", 4), (0, INF)),
        (("tanh_shrink",), (-INF, INF)),
        (("threshold", 0.5, -3), (-3, INF)),
        # infinity times 0 or infinity / infinity in the formula that defines them, as in Keras
        (("softsign",), (NAN, NAN)),
        (("silu",), (NAN, INF)),
        (("gelu",), (NAN, INF)),
        (("gelu_tanh",), (NAN, INF)),
        (("hard_silu",), (NAN, INF)),
        (("mish",), (NAN, INF)),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) else None,
)
def test_infinities_and_nan(isa, case, limits):
    y = forward(case, np.array([-INF, INF, NAN] * 6, np.float32))
    assert_same_bits(np.array([*limits, NAN] * 6, np.float32), y)


@every_case
def test_nan_in_the_gradient_goes_through(isa, case):
    dy = np.full(19, NAN, np.float32)
    inside = 0.5 if case[0] in ("hard_tanh", "sparse_sigmoid") else 2.5
    assert np.isnan(backward(case, np.full(19, inside, np.float32), dy)).all()


def test_relu_of_slope_0_stops_an_infinite_gradient(isa):
    dx = backward(("relu", 0, 6, 0), np.full(19, -1, np.float32), np.full(19, INF, np.float32))
    assert_same_bits(np.zeros(19, np.float32), dx)


def test_plain_relu_keeps_the_gradient_of_nan(isa):
    x = np.array([NAN, -1, 0, -0.0, 1], np.float32)
    dx = backward(("relu", 0, INF, 0), x, np.full(5, 3, np.float32))
    np.testing.assert_array_equal(dx, np.array([3, 0, 0, 0, 3], np.float32))


@every_case
def test_any_length_and_alignment(isa, rng, case):
    """A part of the array gives that part of the result, and nothing beside it."""
    dy = rng.standard_normal(POINTS.size, np.float32)
    y, dx = forward(case, POINTS), backward(case, POINTS, dy)
    for n in (0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100):
        for start in (0, 1, 13):
            part = slice(start, start + n)
            around = np.full(n + 40, 9, np.float32)
            out = around[20 : 20 + n]
            assert forward(case, POINTS[part], out) is out
            assert_same_bits(y[part], out)
            assert backward(case, POINTS[part], dy[part], out) is out
            assert_same_bits(dx[part], out)
            assert (around[:20] == 9).all()
            assert (around[20 + n :] == 9).all()


@every_case
def test_in_place(isa, rng, case):
    x, dy = POINTS.copy(), rng.standard_normal(POINTS.size, np.float32)
    y, dx = forward(case, x), backward(case, x, dy)
    assert backward(case, x, dy, out=dy) is dy
    assert_same_bits(dx, dy)
    assert forward(case, x, out=x) is x
    assert_same_bits(y, x)


@every_case
def test_same_bits(same_bits, rng, case):
    x = rng.standard_normal(100_003, np.float32) * 4
    x[:1000] = POINTS[-1000:]
    x[70_000:70_003] = NAN, INF, -INF
    dy = rng.standard_normal(x.size, np.float32)
    same_bits(lambda: (forward(case, x), backward(case, x, dy)))


# Softmax

COLS = (1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 31, 33, 64, 100, 1000)


def logits(rng, rows, cols):
    return rng.standard_normal((rows, cols), np.float32) * 4


def sum_error(cols):
    """Relative to the sum of magnitudes: cols / 16 adds to a partial sum, four folding them."""
    return (cols // 16 + 5) * U


def log_sum_error(x):
    """exp(x - max) errs by its argument's rounding and 2 U; so does the sum; log adds 2 U."""
    d = np.abs(x - x.max(-1, keepdims=True))
    mean = (reference.softmax(x) * d).sum(-1, keepdims=True)
    log_sum = np.abs(reference.log_softmax(x) - (x - x.max(-1, keepdims=True)))
    return d, U * (mean + 3 + 2 * log_sum) + sum_error(x.shape[-1])


def dense(rng, cols):
    return logits(rng, 5, cols).astype(np.float64)


@pytest.mark.parametrize("cols", COLS)
def test_softmax(isa, rng, cols):
    x = logits(rng, 5, cols)
    expected = reference.softmax(x.astype(np.float64))
    d, error = log_sum_error(x.astype(np.float64))
    y = _core.softmax(x)
    assert_within(y, expected, (U * (d + 4) + error) * expected + 2 * TINY)
    assert_within(y.astype(np.float64).sum(-1), 1, sum_error(cols) + 2 * U)

    dy = rng.standard_normal(x.shape, np.float32)
    y64, dy64 = y.astype(np.float64), dy.astype(np.float64)
    expected = reference.softmax_backward(y64, dy64)
    size = np.abs(y64 * dy64).sum(-1, keepdims=True)
    bound = y64 * ((sum_error(cols) + 2 * U) * size + 3 * U * (np.abs(dy64) + size)) + TINY
    assert_within(_core.softmax_backward(y, dy), expected, bound)


@pytest.mark.parametrize("cols", COLS)
def test_log_softmax(isa, rng, cols):
    x = logits(rng, 5, cols)
    expected = reference.log_softmax(x.astype(np.float64))
    d, error = log_sum_error(x.astype(np.float64))
    y = _core.log_softmax(x)
    assert_within(y, expected, U * (d + np.abs(expected)) + error)

    dy = rng.standard_normal(x.shape, np.float32)
    y64, dy64 = y.astype(np.float64), dy.astype(np.float64)
    expected = reference.log_softmax_backward(y64, dy64)
    size = np.abs(dy64).sum(-1, keepdims=True)
    bound = np.exp(y64) * (sum_error(cols) + 4 * U) * size + U * np.abs(expected) + TINY
    assert_within(_core.log_softmax_backward(y, dy), expected, bound)


@pytest.mark.parametrize("cols", [1, 2, 7])
def test_softmax_gradients_by_central_differences(rng, cols):
    x, dy = dense(rng, cols), dense(rng, cols)
    for f, f_backward in (
        (reference.softmax, reference.softmax_backward),
        (reference.log_softmax, reference.log_softmax_backward),
    ):
        slope = reference.central_differences(lambda z, f=f: (f(z) * dy).sum(-1), x)
        np.testing.assert_allclose(f_backward(f(x), dy), slope, rtol=0, atol=2e-8)


@pytest.mark.parametrize("cols", [1, 3, 17, 100])
def test_softmax_of_shifted_rows_is_the_same(isa, rng, cols):
    x = np.round(logits(rng, 5, cols) * 64) / 64  # so that the shift is exact
    for kernel in (_core.softmax, _core.log_softmax):
        assert_same_bits(kernel(x), kernel(x + np.float32(1000)))


def test_softmax_of_extremes(isa):
    x = np.array([[1e4, -1e4, 1e4], [-88, 0, 88], [3e38, -3e38, 0], [-INF, 0, 0]], np.float32)
    expected = [[0.5, 0, 0.5], [0, 0, 1], [1, 0, 0], [0, 0.5, 0.5]]
    np.testing.assert_allclose(_core.softmax(x), expected, rtol=2e-7, atol=TINY)
    half = math.log(0.5)
    expected = [[half, half - 2e4, half], [-176, -88, 0], [0, -INF, -3e38], [-INF, half, half]]
    np.testing.assert_allclose(_core.log_softmax(x), expected, rtol=2e-7, atol=0)


@pytest.mark.parametrize("cols", [1, 5, 8, 16, 33])
def test_nan_spoils_its_row_alone(isa, rng, cols):
    for value in (NAN, INF):
        x = logits(rng, 4, cols)
        x[1, cols // 2] = value
        for kernel in (_core.softmax, _core.log_softmax):
            y = kernel(x)
            assert np.isnan(y[1]).all()
            assert_same_bits(kernel(np.delete(x, 1, axis=0)), np.delete(y, 1, axis=0))


SOFTMAX_KERNELS = [
    lambda x, dy, out=None: _core.softmax(x, out),
    lambda x, dy, out=None: _core.log_softmax(x, out),
    lambda x, dy, out=None: _core.softmax_backward(_core.softmax(x), dy, out),
    lambda x, dy, out=None: _core.log_softmax_backward(_core.log_softmax(x), dy, out),
]


@pytest.mark.parametrize("kernel", SOFTMAX_KERNELS)
def test_softmax_rows_do_not_depend_on_the_batch(isa, rng, kernel):
    for cols in (3, 16, 33):
        x, dy = logits(rng, 6, cols), logits(rng, 6, cols)
        y = kernel(x, dy)
        around = np.full(cols + 40, 9, np.float32)
        for row in range(6):
            out = around[20 : 20 + cols]
            assert kernel(x[row], dy[row], out) is out
            assert_same_bits(y[row], out)
            assert (around[:20] == 9).all()
            assert (around[20 + cols :] == 9).all()


@pytest.mark.parametrize("kernel", [_core.softmax, _core.log_softmax])
def test_softmax_in_place(isa, rng, kernel):
    x = logits(rng, 5, 37)
    y = kernel(x)
    assert kernel(x, out=x) is x
    assert_same_bits(y, x)


@pytest.mark.parametrize("kernel", SOFTMAX_KERNELS)
@pytest.mark.parametrize(("rows", "cols"), [(3001, 10), (77, 1003), (3, 40_001), (20_000, 1)])
def test_softmax_same_bits(same_bits, rng, kernel, rows, cols):
    x, dy = logits(rng, rows, cols), logits(rng, rows, cols)
    same_bits(lambda: kernel(x, dy))


@pytest.mark.parametrize("shape", [(0,), (0, 5), (5, 0), (2, 0, 3)])
def test_empty(isa, shape):
    empty = np.zeros(shape, np.float32)
    for kernel in (_core.softmax, _core.log_softmax):
        assert kernel(empty).shape == shape
    for kernel in (_core.softmax_backward, _core.log_softmax_backward):
        assert kernel(empty, empty).shape == shape
    assert forward(("tanh",), empty).shape == shape
    assert backward(("tanh",), empty, empty).shape == shape
