"""The largest errors of the elementary functions, reached through the kernels made of them.

Measured over every float32 of the range (every 1009th of those below 1e-12), against float64:

| function | range of x | largest error | at x |
| --- | --- | --- | --- |
| exp | -87.33 … 88.72 | 1.048 ulp | 59.2946663 |
| exp(x) - 1 (elu) | -100 … 0 | 0.921 ulp | -0.286907196 |
| log | 1e-45 … 1 | 0.868 ulp | 0.706767261 |
| log | 1 … 3.4e38 | 0.866 ulp | 1.39960086 |
| sigmoid | -87.3 … 128 | 2.402 ulp | -4.1572938 |
| softplus | -87.3 … 128 | 2.112 ulp | -2.01637149 |
| tanh | -20 … 20 | 1.293 ulp | -0.650151789 |
| selu | -100 … 10 | 2.337 ulp | -0.316955566 |
| softsign | -1e30 … 1e30 | 1.500 ulp | -2047.37488 |
| silu | -87 … 0 | 3.193 ulp | -7.62205172 |
| silu | 0 … 100 | 2.206 ulp | 0.015415052 |
| gelu | 0 … 20 | 1.946 ulp | 0.66633606 |
| gelu | -1 … 0 | 3.912 ulp | -0.989122868 |
| gelu | -1.5 … -1 | 11.57 ulp | -1.38869059 |
| gelu | -6 … -1.5 | 72.7 ulp, 7.54e-8 | -5.96383142, -1.61767876 |
| gelu | -12.95 … -6 | 983 ulp, 2.51e-14 | -12.9347782, -6.00297403 |
| gelu_tanh | 0 … 20 | 1.826 ulp | 0.658202946 |
| gelu_tanh | -0.5 … 0 | 2.092 ulp | -0.334768116 |
| gelu_tanh | -20 … -0.5 | 7.69e-8 | -5.15785503 |
| gelu' | -20 … 100 | 1.53e-7 | 1.41701341 |
| gelu_tanh' | -100 … 100 | 5.60e-7 | 4.8794198 |
| silu' | -100 … 100 | 9.76e-7 | 16.6355305 |

The formulas of gelu_tanh and of the derivatives have a difference that cancels: so theirs are
absolute errors.
"""

import functools
import math

import numpy as np
import pytest

import reference
from brisknet import _core

MARGIN = 1.01  # what is asserted is this much above the measured error


def floats(low, high, count=100_003, at=()):
    """Evenly spaced among the float32 numbers from low to high, so dense near zero; and `at`."""

    def rank(x):
        bits = int(np.float32(x).view(np.int32))
        return bits if bits >= 0 else -(bits & 0x7FFFFFFF)

    ranks = np.linspace(rank(low), rank(high), count).astype(np.int64)
    bits = np.where(ranks >= 0, ranks, -ranks | 0x80000000).astype(np.uint32)
    return np.concatenate([bits.view(np.float32), np.array(at, np.float32)])


def activation(name, a=0.0):
    return lambda x: _core.activation(_core.Activation(name, a), x)


def derivative(name):
    return lambda x: _core.activation_backward(_core.Activation(name), x, np.ones_like(x))


def exp(x):
    return _core.exp(np.asarray(x))


def log_below_one(x):
    """The binary cross-entropy of one probability to a target of 1, hardly clipped."""
    ones = np.ones((x.size, 1), np.float32)
    loss, _ = _core.binary_cross_entropy(x[:, None], ones, epsilon=1e-45)
    return -loss


def log_above_one(x):
    """log_softmax of (0, t) is -log(1 + exp(t)) for 0; x is not given but made, from t <= 0."""
    return -np.ascontiguousarray(_core.log_softmax(below_zero(x))[:, 0])


def below_zero(t):
    return np.stack([np.zeros_like(t), t], axis=-1)


def reference_activation(name, a=0.0):
    return lambda x: reference.ACTIVATIONS[name](x, a, 0.0, 0.0)


def reference_derivative(name):
    return lambda x: reference.DERIVATIVES[name](x, 0.0, 0.0, 0.0)


ULP, ABSOLUTE = "ulp", "absolute"
# Kernel, reference, unit, largest error, range, and where the largest error is.
SWEEPS = {
    "exp": (exp, np.exp, ULP, 1.048, -87.33, 88.72, 59.2946663),
    "expm1": (activation("elu", 1), np.expm1, ULP, 0.921, -100, 0, -0.286907196),
    "log": (log_below_one, np.log, ULP, 0.868, 2e-45, 1 - 2.0**-24, 0.706767261),
}
for name, unit, error, low, high, at in [
    ("sigmoid", ULP, 2.402, -87.3, 128, -4.1572938),
    ("softplus", ULP, 2.112, -87.3, 128, -2.01637149),
    ("tanh", ULP, 1.293, -20, 20, -0.650151789),
    ("selu", ULP, 2.338, -100, 10, -0.316955566),
    ("softsign", ULP, 1.500, -1e30, 1e30, -2047.37488),
    ("silu", ULP, 3.193, -87, 0, -7.62205172),
    ("silu", ULP, 2.206, 0, 100, 0.015415052),
    ("gelu", ULP, 1.946, 0, 20, 0.66633606),
    ("gelu", ULP, 3.912, -1, 0, -0.989122868),
    ("gelu", ULP, 11.57, -1.5, -1, -1.38869059),
    ("gelu", ULP, 72.7, -6, -1.5, -5.96383142),
    ("gelu", ABSOLUTE, 7.54e-8, -6, -1.5, -1.61767876),
    ("gelu", ULP, 983, -12.95, -6, -12.9347782),
    ("gelu", ABSOLUTE, 2.51e-14, -12.95, -6, -6.00297403),
    ("gelu_tanh", ULP, 1.827, 0, 20, 0.658202946),
    ("gelu_tanh", ULP, 2.092, -0.5, 0, -0.334768116),
    ("gelu_tanh", ABSOLUTE, 7.69e-8, -20, -0.5, -5.15785503),
]:
    SWEEPS[f"{name} {unit} {low} {high}"] = (
        activation(name),
        reference_activation(name),
        unit,
        error,
        low,
        high,
        at,
    )
for name, error, low, high, at in [
    ("gelu", 1.53e-7, -20, 100, 1.41701341),
    ("gelu_tanh", 5.61e-7, -100, 100, 4.8794198),
    ("silu", 9.76e-7, -100, 100, 16.6355305),
]:
    SWEEPS[f"{name}'"] = (
        derivative(name),
        reference_derivative(name),
        ABSOLUTE,
        error,
        low,
        high,
        at,
    )


@functools.cache
def sweep(name):
    _, exact, _, _, low, high, at = SWEEPS[name]
    x = floats(low, high, at=[at])
    return x, reference.flush(exact(x.astype(np.float64)))


@pytest.mark.parametrize("name", SWEEPS)
def test_largest_error(isa, name):
    kernel, _, unit, error, _, _, at = SWEEPS[name]
    x, exact = sweep(name)
    got = kernel(x)
    errors = reference.ulps(got, exact) if unit == ULP else np.abs(got - exact)
    worst = int(np.argmax(errors))
    assert errors[worst] <= MARGIN * error, f"at {x[worst]!r}: {got[worst]!r}"
    assert errors[-1] >= 0.99 * error, f"the table says {error} at {at}"


def test_log_above_one(isa):
    x = floats(-40, 0)
    one_plus_exp = 1 + exp(x)  # in float32, as the kernel adds them
    exact = np.log(one_plus_exp.astype(np.float64))
    assert reference.ulps(log_above_one(x), exact).max() <= MARGIN * 0.866
    # The logarithm of a whole number: of so many equal logits.
    for count in (2, 3, 10, 1000, 65_536):
        loss, _ = _core.softmax_cross_entropy(np.zeros((1, count), np.float32), np.array([0]))
        assert reference.ulps(loss, np.log(float(count))).max() <= MARGIN * 0.866


def test_exact_values(isa):
    zero = np.zeros(9, np.float32)
    for name, value in [("elu", 0), ("sigmoid", 0.5), ("tanh", 0), ("gelu", 0), ("silu", 0)]:
        assert (activation(name, 1)(zero) == value).all()
    assert (exp(zero) == 1).all()
    assert (exp(np.full(9, 88.8, np.float32)) == math.inf).all()
    assert (exp(np.float32([-87.33655, -88, -104, -1e30, -math.inf])) == 0).all()  # below 2^-126
    assert exp(np.float32([-87.33654]))[0] >= 2.0**-126
    assert exp(np.float32([88.7228]))[0] < math.inf  # the largest x of a finite exp is 88.72284


@pytest.mark.parametrize("name", ["tanh", "softsign"])
def test_odd(isa, name):
    x = floats(1e-45, 1e4)
    np.testing.assert_array_equal(activation(name)(-x), -activation(name)(x))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "elu"])
def test_bounded(isa, name):
    y = activation(name, 1)(floats(-3e38, 3e38))
    low = {"sigmoid": 0, "tanh": -1, "softplus": 0, "elu": -1}[name]
    assert y.min() == low
    if name in ("sigmoid", "tanh"):
        assert y.max() == 1


@pytest.mark.parametrize("name", ["exp", "log"])
def test_functions_of_arrays(name, same_bits):
    x = np.linspace(0.01, 30, 40007, dtype=np.float32)
    got = same_bits(lambda: getattr(_core, name)(x))[0]
    expected = getattr(np, name)(x.astype(np.float64))
    assert (np.abs(got - expected) <= 4 * reference.U * np.maximum(np.abs(expected), 0.5)).all()
