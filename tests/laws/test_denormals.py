"""What vanishes becomes zero, by one rule (csrc/kernels/flush.h): nowhere does a denormal stay."""

import math

import numpy as np
import pytest

import brisknet as bn
import reference
import update_cases as updates
from brisknet import _core, layers, losses, optimizers
from brisknet.data import compressed
from reference import LEAST_STATE, LEAST_VALUE, assert_flushed, assert_same_bits

SQUARES = {
    *("velocity", "velocity_hat", "accumulator", "accumulated_grad", "accumulated_delta_var")
}
SQUARED_GRADIENT = 2.0**-55


def around(*edges):
    """Denormals, zeros, and the neighbours of each edge, of both signs."""
    near = [np.nextafter(np.float32(e), np.float32(d)) for e in edges for d in (0, 1)]
    x = np.array([0, 2.0**-149, 1e-40, 1e-38, *edges, *near, 1e-30, 1e-20, 1, 3e38], np.float32)
    return np.concatenate([x, -x])


EDGES = around(LEAST_VALUE, LEAST_STATE, 2.0**-111, SQUARED_GRADIENT, 2.0**-63)


def spread(rng, *shape):
    """Numbers of all magnitudes, denormals among them."""
    x = rng.choice([-1, 1], shape) * 10.0 ** rng.uniform(-46, 1, shape)
    return x.astype(np.float32)


@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("n", [*updates.SIZES, 8192, 100_003])
def test_flush(same_bits, rng, gradient, n):
    x = np.resize(np.concatenate([EDGES, [np.nan, np.inf, -np.inf]]), n).astype(np.float32)
    least = LEAST_STATE if gradient else LEAST_VALUE
    expected = np.where(np.abs(x) < least, np.copysign(np.float32(0), x), x)

    def results():
        in_place = x.copy()
        assert _core.flush(in_place, gradient, in_place) is in_place
        return _core.flush(x, gradient), in_place

    for got in same_bits(results):
        assert_same_bits(expected, got)
    assert _core.flush(expected, gradient) is expected  # nothing to do


def test_flush_finds_one_anywhere(machine):
    for n in (1, 17, 8192, 8193, 50_000):
        for at in {0, n // 2, n - 1}:
            x = np.ones(n, np.float32)
            x[at] = -1e-40
            got = _core.flush(x)
            assert got is not x
            assert got[at] == 0
            assert got.sum() == n - 1


# --- the rules of optimizers


def assert_arrays_flushed(arrays):
    for name, array in arrays.items():
        if array is not None:
            assert_flushed(array, LEAST_VALUE if name in SQUARES else LEAST_STATE)


@updates.every_case
def test_no_rule_keeps_what_vanishes(same_bits, rng, case):
    n = 3 * EDGES.size
    first = {k: None if a is None else spread(rng, n) for k, a in start(case, n).items()}
    for name in SQUARES & first.keys():
        first[name] = None if first[name] is None else np.abs(first[name])
    gradients = [np.resize(EDGES, n), spread(rng, n), rng.permutation(np.resize(EDGES, n))]

    def steps():
        arrays = {k: None if a is None else a.copy() for k, a in first.items()}
        for g, call in zip(gradients, updates.calls(case, 1e-3, 3), strict=True):
            updates.step(case, arrays, g, call)
            assert_arrays_flushed(arrays)
        return tuple(a for a in arrays.values() if a is not None)

    with np.errstate(all="ignore"):
        same_bits(steps)


def start(case, n):
    return updates.start(case, np.zeros(n, np.float32))


@updates.every_case
def test_decays_end_at_zero(isa, case):
    """Where the gradient is zero for long, averages of it are zero, and squares are no trouble."""
    arrays = start(case, 5)
    g = np.full(5, 0.1, np.float32)
    calls = list(updates.calls(case, 1e-3, 3))
    updates.step(case, arrays, g, calls[0])
    for name in SQUARES & arrays.keys():
        if arrays[name] is not None and name != "accumulator":
            arrays[name][:] = 1e-33  # most of the way, at 0.999 a step
    if "norm" in arrays:
        arrays["norm"][:] = 1e-24
    for _ in range(25_000):
        updates.step(case, arrays, 0 * g, calls[2])
    assert_arrays_flushed(arrays)
    for name, array in arrays.items():
        if array is not None and name not in SQUARES | {"w", "linear"}:
            assert_same_bits(np.zeros(5, np.float32), array + 0, name)


@pytest.mark.parametrize("case", ["adam", "nadam", "lamb", "rmsprop", "adagrad", "adadelta"])
def test_a_gradient_whose_square_vanishes_moves_nothing(isa, case):
    """Else the square would be zero, the gradient not, and the step a multiple of 1 / epsilon."""
    for size in (1e-17, 1e-19, 1e-30, 1e-44):
        arrays = start(case, 5)
        if "accumulator" in arrays:
            arrays["accumulator"][:] = 0
        for call in updates.calls(case, 1e-3, 5):
            updates.step(case, arrays, np.full(5, size, np.float32), call | {"epsilon": 1e-30})
        assert_same_bits(np.zeros(5, np.float32), arrays["w"] + 0)


def test_adam_follows_gradients_down_to_the_least(isa):
    """With an epsilon of 0, or nearly, steps are as large as the learning rate for any gradient."""
    for size in (1e-3, 1e-10, 1e-15, 2 * SQUARED_GRADIENT):
        arrays = start("adam", 5)
        for call in updates.calls("adam", 1e-3, 50):
            updates.step("adam", arrays, np.full(5, size, np.float32), call | {"epsilon": 1e-25})
        np.testing.assert_allclose(arrays["w"], -0.05, rtol=1e-3)


@pytest.mark.parametrize("n", [5, 100, 9000])
def test_sums_scaling_and_averages(same_bits, rng, n):
    x, y = spread(rng, n), spread(rng, n)

    def results():
        total, average, decayed = y.copy(), y.copy(), y.copy()
        updates.run("accumulate", [total], x, [])
        updates.run("moving_average", [average], x, [0.9])
        _core.decay(decayed, 0.1)
        return _core.scale(x, 1e-6, 3.0), total, average, decayed

    got = same_bits(results)
    for array in got:
        assert_flushed(array, LEAST_STATE)
    f = np.float32
    expected = x * f(1e-6) / f(3), y + x, f(0.9) * y + (f(1) - f(0.9)) * x, y - y * f(0.1)
    for array, exact in zip(got, expected, strict=True):
        assert_same_bits(reference.flush(exact, LEAST_STATE), array + 0)


OPTIMIZERS = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "Adamax": {},
    "Nadam": {},
    "Adagrad": {},
    "Adadelta": {},
    "Ftrl": {},
    "Lion": {},
    "Lamb": {},
}


def test_all_optimizers_are_here():
    made = {n for n in optimizers.__all__ if isinstance(getattr(optimizers, n), type)}
    assert set(OPTIMIZERS) == made - {"Optimizer"}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("more", [{}, {"use_ema": True, "ema_momentum": 0.5}, {"clipnorm": 1e-3}])
def test_state_of_dead_weights(name, more):
    optimizer = getattr(optimizers, name)(1e-3, **OPTIMIZERS[name], weight_decay=0.1, **more)
    w = bn.Variable(np.linspace(-1, 1, 40, dtype=np.float32))
    optimizer.build([w])
    for _ in range(3):
        optimizer.apply([np.full(40, 0.1, np.float32)], [w])
    w.assign(np.full(40, 1e-28))
    for _ in range(2500):
        optimizer.apply([np.zeros(40, np.float32)], [w])
    assert_flushed(w.value, LEAST_STATE)
    for array in optimizer.state_arrays().values():
        if array.dtype == np.float32:
            assert_flushed(array)


def test_gathered_gradients():
    optimizer = optimizers.SGD(1e-3, gradient_accumulation_steps=3)
    w = bn.Variable(np.zeros(9, np.float32))
    optimizer.build([w])
    for size in (1e-40, 1e-30, 1e-37, 1e-29, 1e-39):
        optimizer.apply([np.full(9, size, np.float32)], [w])
        for array in optimizer.state_arrays().values():
            assert_flushed(np.asarray(array, np.float32), LEAST_STATE)


# --- products, activations, losses


def tiny(rng, *shape):
    """Such that products are near the smallest normal number."""
    return (rng.choice([-1, 1], shape) * 2.0 ** rng.uniform(-66, -60, shape)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 3, 40])
@pytest.mark.parametrize(("m", "n"), [(1, 70), (9, 3), (33, 10), (30, 70), (100, 130)])
def test_products(same_bits, rng, m, n, k):
    a, b, bias = tiny(rng, m, k), tiny(rng, k, n), tiny(rng, n) * np.float32(2.0**-60)
    expected = reference.flush(reference.matmul(a, b))
    ((x, index, start_of),) = [compressed_rows(a)]

    def results():
        at, bt = np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)
        rows = np.arange(m)
        matrix = _core.Csr.from_arrays(start_of, index, x, k)
        return (
            _core.matmul(a, b),
            _core.matmul(at, b, transpose_a=True),
            _core.matmul(a, bt, transpose_b=True),
            _core.csr_matmul(matrix, rows, b),
            _core.csr_matmul_transposed(_core.Csr(at), np.arange(k), b),
            _core.matmul(a, b, bias),
        )

    *products, with_bias = same_bits(results)
    for product in products:
        assert_same_bits(expected, product)
    assert_flushed(with_bias)


def compressed_rows(a):
    rows, cols = a.shape
    return a.ravel(), np.tile(np.arange(cols), rows), np.arange(rows + 1) * cols


def test_products_at_the_edge(same_bits):
    """Results that x86 and ARM, with their own modes, would not agree on: just below 2^-126."""
    a = np.full((8, 1), 2.0**-63 * (1 - 2.0**-24), np.float32)  # its square rounds up to 2^-126
    a[::2] = np.float32(2.0**-63) * np.nextafter(np.float32(1), np.float32(0))
    b = np.array([[2.0**-63, -(2.0**-63), np.nextafter(np.float32(2.0**-63), np.float32(1))]] * 1)
    b = b.astype(np.float32)
    exact = a.astype(np.float64) * b.astype(np.float64)
    rounded = exact.astype(np.float32)
    assert (np.abs(exact) < LEAST_VALUE).any()
    assert (np.abs(rounded) == LEAST_VALUE).any()
    (got,) = same_bits(lambda: _core.matmul(a, b))
    assert_same_bits(reference.flush(rounded), got)
    # The sum that goes on from there.
    a2, b2 = np.hstack([a, a * 0 + 1]), np.vstack([b, b * 0 + np.float32(2.0**-102 + 2.0**-125)])
    (got,) = same_bits(lambda: _core.matmul(a2, b2))
    assert_same_bits(reference.matmul(a2, b2), got)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_denormal_elements_of_sparse_rows_are_left_out(same_bits, dtype):
    x = np.zeros((3, 40), dtype)
    x[:, ::5], x[:, 1::5] = 1e-39, 2.0
    assert _core.count_nonzeros(x) == 24
    b = np.full((40, 70), 1e30, np.float32)
    rows = np.arange(3)
    (y,) = same_bits(lambda: _core.csr_matmul(_core.Csr(x), rows, b))
    assert_same_bits(y, _core.matmul(np.where(x < 1, 0, x).astype(np.float32), b))


def test_softmax_and_losses(same_bits, rng):
    x = np.concatenate([rng.uniform(-120, 0, (40, 9)), np.zeros((40, 1))], 1).astype(np.float32)
    dy = spread(rng, 40, 10)
    target = rng.dirichlet(np.ones(10), 40).astype(np.float32)
    weight = spread(rng, 40)
    close = target + tiny(rng, 40, 10)

    def results():
        y = _core.softmax(x)
        log_y = _core.log_softmax(x)
        gradients = [
            _core.softmax_backward(y, dy),
            _core.log_softmax_backward(log_y, dy),
            _core.softmax_cross_entropy(x, target, weight)[1],
            _core.cross_entropy(y, target, weight, epsilon=1e-7)[1],
            _core.binary_cross_entropy(x, target, weight, epsilon=0)[1],
            _core.mean_squared_error(close, target, weight)[1],
            _core.mean_absolute_error(close, target, weight)[1],
        ]
        return y, log_y, _core.exp(x), *gradients

    y, log_y, e, *gradients = same_bits(results)
    for array in (y, log_y, e):
        assert_flushed(array)
    for gradient in gradients:
        assert_flushed(gradient, LEAST_STATE)


@pytest.mark.parametrize("name", [n for n in losses.__all__ if n[0].isupper() and n != "Loss"])
def test_gradients_of_losses(name):
    loss = getattr(losses, name)()
    rng = np.random.default_rng(0)
    y = np.abs(spread(rng, 20, 4)) + np.float32(0.1)
    classes = name.startswith("Sparse") or name == "CategoricalGeneralizedCrossEntropy"
    target = rng.integers(0, 4, 20) if classes else np.eye(4, dtype=np.float32)[[0] * 20]
    _, gradient = loss.value_and_gradient(target, y, spread(rng, 20))
    assert_flushed(gradient, LEAST_STATE)


# --- layers, whole models


class Halving(layers.Layer):
    """A layer of a user's, in NumPy."""

    def forward(self, x):
        return x / 2, lambda dy: dy / 2


MODELS = {
    "dense": lambda: [layers.Dense(30, "relu"), layers.Dense(3)],
    "few": lambda: [layers.Dense(2)],
    "linear": lambda: [layers.Identity(), layers.Dropout(0.5)],
    "numpy": lambda: [layers.Rescaling(2.0), Halving(), layers.Dense(3, "softmax")],
    "normalised": lambda: [layers.BatchNormalization(), layers.LayerNormalization()],
    "activations": lambda: [layers.Activation(f) for f in ("gelu", "silu", "tanh", "softsign")],
}


@pytest.mark.parametrize("skipping", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_denormals_predict_as_zeros(monkeypatch, make, dtype, skipping):
    monkeypatch.setattr(compressed, "MOST_DENSITY", 1.0 if skipping else -1.0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 20)).astype(dtype)
    hide = rng.random(x.shape) < 0.5
    zeros, denormals = np.where(hide, 0, x), np.where(hide, 1e-39, x).astype(dtype)
    before = denormals.copy()
    model = bn.Sequential([layers.Input((20,)), *make()])
    for size in (1, 7, None):
        expected = model.predict(zeros, batch_size=size)
        assert_same_bits(expected, model.predict(denormals, batch_size=size))
        assert_flushed(expected)
    assert_same_bits(model.predict(zeros[:1]), model.predict(denormals[:1]))
    assert_same_bits(model(zeros), model(denormals))
    assert_same_bits(model.predict_on_batch(zeros), model.predict_on_batch(denormals))
    assert_same_bits(before, denormals)  # the user's array is left alone

    weights = model.get_weights()
    small = [np.where(rng.random(w.shape) < 0.5, 1e-39, w) for w in weights]
    model.set_weights(small)
    assert_same_bits_of_lists([np.where(w == 1e-39, 0, w) for w in small], model.get_weights())


def assert_same_bits_of_lists(expected, got):
    for one, other in zip(expected, got, strict=True):
        assert_same_bits(one.astype(np.float32), other)


def test_denormals_train_as_zeros():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 20)), rng.normal(size=(100, 1))
    hide = rng.random(x.shape) < 0.5

    def trained(value):
        bn.utils.set_random_seed(1)
        model = bn.Sequential([layers.Dense(9, "gelu"), Halving(), layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(np.where(hide, value, x), y, epochs=2, verbose=0)
        return model.get_weights()

    assert_same_bits_of_lists(trained(0), trained(1e-40))
    assert_same_bits_of_lists(trained(0), trained(-1e-310))


def test_sparse_matrices():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(0)
    x = np.where(rng.random((60, 40)) < 0.2, rng.normal(size=(60, 40)), 0)
    small = np.where(x == 0, 1e-40, x)
    model = bn.Sequential([layers.Input((40,)), layers.Dense(70, "tanh")])
    expected = model.predict(sparse.csr_matrix(x))
    assert_same_bits(expected, model.predict(sparse.csr_matrix(small)))


def test_variables():
    v = bn.Variable([1e-40, 1, -1e-39])
    assert_same_bits(np.array([0, 1, -0.0], np.float32), v.value)
    v.assign([2.0**-126, -1e-45, 3])
    assert_same_bits(np.array([2.0**-126, -0.0, 3], np.float32), v.value)
    v.assign_sub([2.0**-126 - 2.0**-149, 0, 0])
    assert_flushed(v.value)
    v.assign([1.5 * 2.0**-126, 0, 0])
    v.assign_add([-(2.0**-126), 0, 0])
    assert_flushed(v.value)


STACKS = [(f, s) for f in ("linear", "relu", "elu", "silu", "glu") for s in (1.5, 1e-3, 1e-12)]
STACKS += [(f, s) for f in ("tanh", "sigmoid") for s in (40, 1e-3, 1e-12)]


@pytest.mark.parametrize(("activation", "scale"), STACKS)
def test_deep_stacks(activation, scale):
    """Gradients and outputs that vanish on the way through 30 layers hold no denormals."""
    bn.utils.set_random_seed(1)
    units = 16
    stack = [
        layer
        for i in range(30)
        for layer in (
            layers.Dense(2 * units if activation == "glu" else units, activation),
            *([Halving()] if i % 5 == 0 else []),
        )
    ]
    model = bn.Sequential([layers.Input((units,)), *stack, layers.Dense(1)])
    model.compile(optimizers.SGD(1e-3, momentum=0.9), "mse")
    model.set_weights([w * np.float32(scale) for w in model.get_weights()])
    x = bn.random.normal((33, units), seed=3)
    seen = []

    def watch(layer):
        run = layer._run

        def watching(*args, **kwargs):
            y, backward = run(*args, **kwargs)
            seen.append(y)

            def watched(dy):
                seen.append(dy)
                return backward(dy)

            return y, watched

        layer._run = watching

    for layer in model.layers:
        watch(layer)
    y, backward = model.forward(x, training=True)
    backward(np.full(y.shape, 1e-3, np.float32))
    assert len(seen) == 2 * len(model.layers)
    for array in seen:
        assert_flushed(array)
    model.fit(x, np.ones((33, 1)), epochs=3, verbose=0)
    for v in model.variables:
        assert_flushed(v.value, LEAST_STATE)
    for array in model.optimizer.state_arrays().values():
        if array.dtype == np.float32:
            assert_flushed(array, LEAST_STATE)


def test_moving_averages():
    layer = layers.BatchNormalization(momentum=0.5)
    layer(np.full((4, 3), 7.0), training=True)
    for _ in range(200):
        layer(np.zeros((4, 3)), training=True)
    assert_same_bits(np.zeros(3, np.float32), layer.moving_mean.value)
    assert_same_bits(np.zeros(3, np.float32), layer.moving_variance.value)


def test_bits_of_a_training_with_dead_units(same_bits):
    """Until all of the state that decays is gone."""

    def trained():
        bn.utils.set_random_seed(1)
        model = bn.Sequential([layers.Dense(40, "relu"), layers.Dense(40, "tanh"), layers.Dense(1)])
        model.compile(optimizers.Adam(1e-2, 0.5, 0.9), "mse")
        x, y = bn.random.normal((64, 8), seed=1), bn.random.normal((64, 1), seed=2)
        model.fit(x, y, batch_size=16, verbose=0)
        bias = model.layers[0].bias
        bias.assign(np.where(np.arange(40) % 8, -100, bias.value))
        model.fit(x, y, batch_size=16, epochs=60, verbose=0)
        state = [a for a in model.optimizer.state_arrays().values() if a.dtype == np.float32]
        for array in state:
            assert_flushed(array)
        return *model.get_weights(), *(a for a in state if a.ndim)

    same_bits(trained)


def test_the_smallest_exponent():
    assert np.finfo(np.float32).tiny == LEAST_VALUE
    assert math.frexp(LEAST_STATE)[1] == -94
