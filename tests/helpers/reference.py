"""References for the kernels: plain float64 NumPy, exact where the contract is exact."""

import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

U = 2.0**-24  # unit roundoff of float32: a rounded result errs by at most U times itself
TINY = 2.0**-149  # the smallest float32: a result that underflows errs by at most half of it
THREADS = (1, 2, 3, 7)  # thread counts whose bits are compared
LEAST_VALUE, LEAST_STATE = 2.0**-126, 2.0**-95  # smaller magnitudes become zero (flush.h)


def constants(file):
    """The integer constants of a kernel's file, by name; tests use sizes around them."""
    text = (Path(__file__).parents[2] / "csrc" / "kernels" / file).read_text("utf-8")
    return {name: int(number) for name, number in re.findall(r"\b(k\w+) = (\d+)[;,]", text)}


def flush(x, least=LEAST_VALUE):
    return np.where(np.abs(x) < least, np.zeros_like(x), x)


def vanishing(exact, least):
    """An allowance for results that become zero, within 2^0.2 of where kernels tell them."""
    return np.where(np.abs(exact) < 1.15 * least, np.abs(exact), 0.0)


def assert_flushed(x, least=LEAST_VALUE):
    """Asserts that no element is nonzero and smaller in magnitude."""
    __tracebackhide__ = True
    below = np.abs(x[(x != 0) & (np.abs(x) < least)])
    assert not below.size, f"{below.size} of {x.size} are below {least}, as {below[:3]}"


def ulps(got, exact):
    """The error of float32 results in units of the last place of the exact ones."""
    nearest = np.clip(exact, -np.finfo(np.float32).max, np.finfo(np.float32).max)
    return np.abs(got.astype(np.float64) - exact) / np.spacing(np.abs(nearest.astype(np.float32)))


def assert_same_bits(expected, got, where=""):
    """All NaN count as one: which NaN an operation gives is the processor's affair."""
    __tracebackhide__ = True
    expected, got = np.asarray(expected), np.asarray(got)
    assert (expected.dtype, expected.shape) == (got.dtype, got.shape)
    bits = f"u{expected.dtype.itemsize}"
    differ = expected.view(bits) != got.view(bits)
    if expected.dtype.kind == "f":
        differ &= ~(np.isnan(expected) & np.isnan(got))
    if differ.any():
        at = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(differ)))
        first = f"at {at} expected {expected[differ][0]!r}, got {got[differ][0]!r}"
        pytest.fail(f"{where}: {differ.sum()} of {differ.size} differ; {first}")


def assert_within(got, exact, bound):
    """|got - exact| <= bound everywhere, or the cell whose error is the most times its bound."""
    __tracebackhide__ = True
    error, bound = np.broadcast_arrays(np.abs(got.astype(np.float64) - exact), bound)
    if not (error <= bound).all():
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(error <= bound, 0.0, error / bound)
        at = tuple(int(i) for i in np.unravel_index(np.argmax(share), share.shape))
        exact = np.broadcast_to(exact, got.shape)
        pytest.fail(
            f"{np.sum(~(error <= bound))} of {error.size} are out of bounds; worst at {at}: "
            f"got {got[at]!r}, exactly {exact[at]!r}, bound {bound[at]:.3g}"
        )


# Fused multiply-add, and sums in the documented order


def fma(a, b, c):
    """a * b + c in float32, rounded once.

    In float64 the product is exact; the sum is rounded to odd (Boldo and Melquiond, 2008), so
    that rounding once more, to float32, gives what is nearest to the exact sum.
    """
    product, c = a.astype(np.float64) * b.astype(np.float64), c.astype(np.float64)
    total = product + c
    part = total - product
    error = (product - (total - part)) + (c - part)
    towards = np.where(error > 0, np.inf, -np.inf)
    even = total.view(np.int64) % 2 == 0
    inexact = np.isfinite(total) & (error != 0)
    return np.where(inexact & even, np.nextafter(total, towards), total).astype(np.float32)


def fma_exact(a, b, c):
    """The same for three finite numbers and a normal result, in rational arithmetic."""
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if exact == 0:
        return np.float32(0)
    exponent = math.frexp(float(exact))[1] - 24
    if abs(exact) < Fraction(2) ** (exponent + 23):  # float() rounded up to a power of two
        exponent -= 1
    unit = Fraction(2) ** exponent
    return np.float32(float(round(exact / unit) * unit))  # round: half to even


def matmul(a, b):
    """a @ b, each element accumulated from 0 in index order by fused multiply-adds."""
    c = np.zeros((a.shape[0], b.shape[1]), np.float32)
    for k in range(a.shape[1]):
        c = fma(a[:, k, None], b[None, k], c)
    return c + np.float32(0)  # a sum that underflowed to -0 becomes +0


def sum16(x):
    """Along the last axis: element i into partial sum i mod 16, the sixteen folded in halves."""
    padded = np.zeros((*x.shape[:-1], -(-x.shape[-1] // 16) * 16), np.float32)
    padded[..., : x.shape[-1]] = x
    part = np.zeros((*x.shape[:-1], 16), np.float32)
    for chunk in np.moveaxis(padded.reshape(*x.shape[:-1], -1, 16), -2, 0):
        part = part + chunk
    for half in (8, 4, 2, 1):
        part = part[..., :half] + part[..., half : 2 * half]
    return part[..., 0]


# Activation functions and their derivatives, from x or from y = f(x) as the kernels take it

erfc = np.vectorize(math.erfc, otypes=[np.float64])
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848, 1.0507009873554804934
GELU_SCALE = math.sqrt(2 / math.pi)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1 + e)


def normal_cdf(x):
    return erfc(-x / math.sqrt(2)) / 2


def relu(x, slope, max_value, threshold):
    above = np.clip(x, 0, max_value) if max_value < math.inf else x
    return np.where(x > threshold, above, slope * (x - threshold))


def relu_derivative(x, slope, max_value, threshold):
    clipped = (max_value < math.inf) & ((x < 0) | (x >= max_value))
    return np.where(x > threshold, np.where(clipped, 0.0, 1.0), slope)


def gelu_tanh_derivative(x):
    t = np.tanh(GELU_SCALE * (x + 0.044715 * x**3))
    return (1 + t + x * (1 - t * t) * GELU_SCALE * (1 + 3 * 0.044715 * x * x)) / 2


def squareplus(x, b):
    root = np.sqrt(x * x + b)
    return np.where(x < 0, b / (root + np.abs(x)), x + root) / 2


def tanh_shrink(x):
    small = np.clip(x, -0.05, 0.05)  # by its series, as x - tanh(x) cancels
    series = small**3 * (1 / 3 - small**2 * (2 / 15 - small**2 * (17 / 315 - small**2 * 62 / 2835)))
    return np.where(np.abs(x) < 0.05, series, x - np.tanh(x))


def mish_derivative(x):
    t = np.tanh(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))
    return t + x * sigmoid(x) * (1 - t * t)


ACTIVATIONS = {
    "linear": lambda x, a, b, c: x,
    "relu": relu,
    "leaky_relu": lambda x, a, b, c: np.where(x < 0, a * x, x),
    "elu": lambda x, a, b, c: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0))),
    "selu": lambda x, a, b, c: (
        SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))
    ),
    "sigmoid": lambda x, a, b, c: sigmoid(x),
    "tanh": lambda x, a, b, c: np.tanh(x),
    "softplus": lambda x, a, b, c: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    "softsign": lambda x, a, b, c: x / (1 + np.abs(x)),
    "silu": lambda x, a, b, c: x * sigmoid(x),
    "gelu": lambda x, a, b, c: x * normal_cdf(x),
    "gelu_tanh": lambda x, a, b, c: x / 2 * (1 + np.tanh(GELU_SCALE * (x + 0.044715 * x**3))),
    "hard_sigmoid": lambda x, a, b, c: np.clip(x + 3, 0, 6) / 6,
    "celu": lambda x, a, b, c: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0) / a)),
    "exponential": lambda x, a, b, c: np.exp(x),
    "hard_shrink": lambda x, a, b, c: np.where(np.abs(x) > a, x, 0.0),
    "hard_silu": lambda x, a, b, c: x * np.clip(x + 3, 0, 6) / 6,
    "hard_tanh": lambda x, a, b, c: np.clip(x, -1, 1),
    "log_sigmoid": lambda x, a, b, c: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    "mish": lambda x, a, b, c: x * np.tanh(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))),
    "soft_shrink": lambda x, a, b, c: np.sign(x) * np.maximum(np.abs(x) - a, 0),
    "sparse_plus": lambda x, a, b, c: np.where(x >= 1, x, np.clip(x + 1, 0, 2) ** 2 / 4),
    "sparse_sigmoid": lambda x, a, b, c: np.clip(x + 1, 0, 2) / 2,
    "squareplus": lambda x, a, b, c: squareplus(x, a),
    "tanh_shrink": lambda x, a, b, c: tanh_shrink(x),
    "threshold": lambda x, a, b, c: np.where(x > a, x, b),
}
DERIVATIVES = {
    "linear": lambda y, a, b, c: np.ones_like(y),
    "relu": relu_derivative,  # of y too where it is max(x, 0): y > 0 exactly where x > 0
    "leaky_relu": lambda x, a, b, c: np.where(x < 0, a, 1.0),
    "elu": lambda x, a, b, c: np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0))),
    "selu": lambda x, a, b, c: (
        SELU_SCALE * np.where(x > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(x, 0)))
    ),
    "sigmoid": lambda y, a, b, c: y * (1 - y),
    "tanh": lambda y, a, b, c: 1 - y * y,
    "softplus": lambda x, a, b, c: sigmoid(x),
    "softsign": lambda x, a, b, c: 1 / (1 + np.abs(x)) ** 2,
    "silu": lambda x, a, b, c: sigmoid(x) * (1 + x * sigmoid(-x)),
    "gelu": lambda x, a, b, c: normal_cdf(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "gelu_tanh": lambda x, a, b, c: gelu_tanh_derivative(x),
    "hard_sigmoid": lambda x, a, b, c: np.where(np.abs(x) < 3, 1 / 6, 0.0),
    "celu": lambda x, a, b, c: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0) / a)),
    "exponential": lambda y, a, b, c: y,
    "hard_shrink": lambda x, a, b, c: np.where(np.abs(x) > a, 1.0, 0.0),
    "hard_silu": lambda x, a, b, c: np.where(x >= 3, 1.0, np.where(x > -3, x / 3 + 0.5, 0.0)),
    "hard_tanh": lambda x, a, b, c: np.where(np.abs(x) <= 1, 1.0, 0.0),
    "log_sigmoid": lambda x, a, b, c: sigmoid(-x),
    "mish": lambda x, a, b, c: mish_derivative(x),
    "soft_shrink": lambda x, a, b, c: np.where(np.abs(x) > a, 1.0, 0.0),
    "sparse_plus": lambda x, a, b, c: np.clip(x + 1, 0, 2) / 2,
    "sparse_sigmoid": lambda x, a, b, c: np.where(np.abs(x) < 1, 0.5, 0.0),
    "squareplus": lambda x, a, b, c: squareplus(x, a) / np.sqrt(x * x + a),
    "tanh_shrink": lambda x, a, b, c: np.tanh(x) ** 2,
    "threshold": lambda x, a, b, c: np.where(x > a, 1.0, 0.0),
}


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def glu(x):
    a, b = np.split(x, 2, axis=-1)
    return a * sigmoid(b)


def sparsemax(x):
    """Keras's: the mean of the support's cumulative sums takes the place of the last of them."""
    y = np.empty(x.shape)
    for at in np.ndindex(x.shape[:-1]):
        falling = sorted(x[at], reverse=True)
        sums = [sum(falling[: n + 1]) for n in range(len(falling))]
        support = [s for n, s in enumerate(sums) if falling[n] > (s - 1) / (n + 1)]
        y[at] = np.maximum(x[at] - (sum(support) - 1) / len(support), 0)
    return y


def softmax_backward(y, dy):
    return y * (dy - (y * dy).sum(-1, keepdims=True))


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def log_softmax_backward(y, dy):
    return dy - np.exp(y) * dy.sum(-1, keepdims=True)


# Losses of rows, and their gradients for one row's weight of 1


def one_hot(labels, classes):
    return (labels[..., None] == np.arange(classes)).astype(np.float64)


def smoothed(target, smoothing):
    return target * (1 - smoothing) + smoothing / target.shape[-1]


def softmax_cross_entropy(x, target, smoothing=0.0):
    return -(smoothed(target, smoothing) * log_softmax(x)).sum(-1)


def softmax_cross_entropy_gradient(x, target, smoothing=0.0):
    t = smoothed(target, smoothing)
    return softmax(x) * t.sum(-1, keepdims=True) - t


def limits(epsilon):
    """epsilon and 1 - epsilon as float32 has them: 1 - 1e-7 is 1 - 1.19e-7 there."""
    return float(np.float32(epsilon)), float(np.float32(1 - epsilon))


def cross_entropy(x, target, smoothing=0.0, epsilon=1e-7):
    q = x / x.sum(-1, keepdims=True)
    return -(smoothed(target, smoothing) * np.log(np.clip(q, *limits(epsilon)))).sum(-1)


def cross_entropy_gradient(x, target, smoothing=0.0, epsilon=1e-7):
    total = x.sum(-1, keepdims=True)
    q = x / total
    low, high = limits(epsilon)
    clipped = (q < low) | (q > high)
    g = np.where(clipped, 0.0, -smoothed(target, smoothing) / np.where(clipped, 1.0, q))
    return (g - (g * q).sum(-1, keepdims=True)) / total


def binary_cross_entropy(x, target, smoothing=0.0, epsilon=1e-7):
    t = target * (1 - smoothing) + smoothing / 2
    if epsilon:
        p = np.clip(x, *limits(epsilon))
        return -(t * np.log(p) + (1 - t) * np.log1p(-p)).mean(-1)
    softplus = ACTIVATIONS["softplus"]
    return (t * softplus(-x, 0, 0, 0) + (1 - t) * softplus(x, 0, 0, 0)).mean(-1)


def binary_cross_entropy_gradient(x, target, smoothing=0.0, epsilon=1e-7):
    t = target * (1 - smoothing) + smoothing / 2
    if not epsilon:
        return (sigmoid(x) - t) / x.shape[-1]
    low, high = limits(epsilon)
    clipped = (x < low) | (x > high)
    p = np.where(clipped, 0.5, x)
    return np.where(clipped, 0.0, (1 - t) / (1 - p) - t / p) / x.shape[-1]


def mean_squared_error(x, target):
    return ((x - target) ** 2).mean(-1)


def mean_squared_error_gradient(x, target):
    return 2 * (x - target) / x.shape[-1]


def mean_absolute_error(x, target):
    return np.abs(x - target).mean(-1)


def mean_absolute_error_gradient(x, target):
    return np.sign(x - target) / x.shape[-1]


def central_differences(f, x, step=1e-5):
    """The gradient of sum(f(x)): its error is about step² and 2^-53 / step, both 1e-10 or less."""
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += step
        below[i] -= step
        gradient[i] = (f(above).sum() - f(below).sum()) / (above[i] - below[i])
    return gradient


# Updates of Keras 3's optimizers, in its order of operations and in w's dtype: the new arrays


def sgd(w, g, momentums, learning_rate, momentum, nesterov):
    t = w.dtype.type
    step = g * t(learning_rate)
    if momentums is None:
        return w - step, None
    momentums = momentums * t(momentum) - step
    return w + (momentums * t(momentum) - step if nesterov else momentums), momentums


def rmsprop(w, g, velocity, momentums, average, learning_rate, rho, momentum, epsilon):
    t = w.dtype.type
    velocity = t(rho) * velocity + t(1 - rho) * (g * g)
    denominator = velocity
    if average is not None:
        average = t(rho) * average + t(1 - rho) * g
        denominator = velocity - average * average
    increment = t(learning_rate) * g / np.sqrt(denominator + t(epsilon))
    if momentums is not None:
        momentums = increment = t(momentum) * momentums + increment
    return w - increment, velocity, momentums, average


def adam(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon):
    """learning_rate is bias-corrected."""
    t = w.dtype.type
    m = m + (g - m) * t(1 - beta_1)
    v = v + (g * g - v) * t(1 - beta_2)
    largest = v
    if v_max is not None:
        v_max = largest = np.maximum(v_max, v)
    return w - m * t(learning_rate) / (np.sqrt(largest) + t(epsilon)), m, v, v_max


def adamax(w, g, m, u, learning_rate, beta_1, beta_2, epsilon):
    """learning_rate is corrected for m's start."""
    t = w.dtype.type
    m = m + (g - m) * t(1 - beta_1)
    u = np.maximum(t(beta_2) * u, np.abs(g))
    return w - m * t(learning_rate) / (u + t(epsilon)), m, u


def nadam(w, g, m, v, momentum_rate, gradient_rate, beta_1, beta_2, epsilon, missing):
    t = w.dtype.type
    m = m + (g - m) * t(1 - beta_1)
    v = v + (g * g - v) * t(1 - beta_2)
    step = m * t(momentum_rate) + g * t(gradient_rate)
    return w - step / (np.sqrt(v / t(missing)) + t(epsilon)), m, v


def sum_of_squares(x):
    """Panels of 8192 in order, of each sixteen sums in double, folded in halves."""
    total = 0.0
    for panel in np.split(x.ravel(), range(8192, x.size, 8192)) if x.size else ():
        padded = np.zeros((-(-panel.size // 16), 16))
        padded.ravel()[: panel.size] = panel.astype(np.float64) ** 2
        parts = np.zeros(16)
        for row in padded:
            parts = parts + row
        for half in (8, 4, 2, 1):
            parts = parts[:half] + parts[half:]
        total += parts[0]
    return float(total)


def lamb(w, g, m, v, learning_rate, beta_1, beta_2, epsilon, missing_1, missing_2):
    t = w.dtype.type
    m = m + (g - m) * t(1 - beta_1)
    v = v + (g * g - v) * t(1 - beta_2)
    step = m / t(missing_1) / (np.sqrt(v / t(missing_2)) + t(epsilon))
    w_norm, step_norm = math.sqrt(sum_of_squares(w)), math.sqrt(sum_of_squares(step))
    ratio = w_norm / step_norm if w_norm > 0 and step_norm > 0 else 1.0
    return w - t(ratio * learning_rate) * step, m, v


def adagrad(w, g, accumulator, learning_rate, epsilon):
    t = w.dtype.type
    accumulator = accumulator + g * g
    return w - t(learning_rate) * g / np.sqrt(accumulator + t(epsilon)), accumulator


def adadelta(w, g, squares, steps, learning_rate, rho, epsilon):
    t = w.dtype.type
    squares = t(rho) * squares + t(1 - rho) * (g * g)
    step = -(np.sqrt(steps + t(epsilon)) * g / np.sqrt(squares + t(epsilon)))
    steps = t(rho) * steps + t(1 - rho) * (step * step)
    return w + t(learning_rate) * step, squares, steps


def ftrl(w, g, accumulator, linear, learning_rate, exponent, l1, l2, l2_shrinkage, beta):
    t = w.dtype.type
    rate, before, accumulator = t(learning_rate), accumulator, accumulator + g * g
    root_before, root = (
        np.sqrt(a) if exponent == 0.5 else a ** t(exponent) for a in (before, accumulator)
    )
    linear = linear + (g + t(2 * l2_shrinkage) * w - (root - root_before) / rate * w)
    quadratic = root / rate + t(2 * l2 + beta / learning_rate)
    return (np.clip(linear, t(-l1), t(l1)) - linear) / quadratic, accumulator, linear


def lion(w, g, m, learning_rate, beta_1, beta_2):
    t = w.dtype.type
    step = np.sign(m * t(beta_1) + g * t(1 - beta_1))
    return w - t(learning_rate) * step, m * t(beta_2) + g * t(1 - beta_2)


# Philox4x32-10 (J. Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", SC11), and
# what is drawn by it


def philox(counter, key):
    """Four words from a counter of four words and a key of two, all uint64 below 2^32."""
    low = np.uint64(0xFFFFFFFF)
    c0, c1, c2, c3 = (np.asarray(c, np.uint64) for c in counter)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (
            (p1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0),
            p1 & low,
            (p0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1),
            p0 & low,
        )
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


def words(seed, stream, n, attempt=0):
    """In the order of elements: word w of block b of 16 is element 16 w + b of a group of 64."""
    block = np.arange(-(-n // 64) * 16, dtype=np.uint64)
    counter = block, attempt << 16, stream % 2**32, stream >> 32
    drawn = np.stack(philox(counter, (seed % 2**32, seed >> 32)))
    return drawn.reshape(4, -1, 16).transpose(1, 0, 2).reshape(-1).astype(np.uint32)


def keep_mask(seed, stream, rate, n):
    return words(seed, stream, n) >= np.uint32(int(rate * 2**32))


def uniforms(seed, stream, n):
    """On [0, 1), exact in float32."""
    return (words(seed, stream, n) >> 8) * 2.0**-24


def normals(seed, stream, n, attempt=0):
    """Box and Muller's: words 0 and 1 of a block give radius and angle of a pair, as 2 and 3 do."""
    drawn = words(seed, stream, n, attempt).reshape(-1, 4, 16)
    radius_bits = (drawn[:, 0::2] >> 1).astype(np.float32).astype(np.float64)
    u = (radius_bits * 2.0**-31 + 2.0**-32).astype(np.float32).astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log(u)), 2 * np.pi * (drawn[:, 1::2] >> 8) * 2.0**-24
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    return pairs.reshape(-1)


def truncated_normals(seed, stream, n):
    z = normals(seed, stream, n)
    attempt = 0
    while (outside := np.abs(z) > 2).any():
        attempt += 1
        z = np.where(outside, normals(seed, stream, n, attempt), z)
    return z


def permutation(n, seed, stream):
    """Fisher and Yates': each index from a 64-bit fraction of two words, the upper one first."""
    drawn = words(seed, stream, 2 * n).tolist()
    order = list(range(n))
    for step, i in enumerate(range(n - 1, 0, -1)):
        fraction = drawn[2 * step] << 32 | drawn[2 * step + 1]
        j = fraction * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order
