"""Zero-skipping: products and training with compressed inputs give the bits of the dense ones."""

import numpy as np
import pytest

import brisknet as keras
from brisknet import _core
from brisknet.data import compressed
from reference import constants

B = constants("csr_matmul.cpp")["kBlock"]
ALL = [(1, 1), (3, 33), (17, 64), (40, 300), (64, 70_000)]
ALL += [(20, cols) for cols in (B - 1, B, B + 1, 2 * B - 1, 2 * B, 2 * B + 1)]


def mostly_zeros(shape, density, dtype=np.float32, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(1, 2, shape) * (rng.random(shape) < density)
    return np.abs(x * 40).astype(dtype) if dtype == np.uint8 else x.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("shape", [(1, 5), (7, 33), (20, 16, 3)])
def test_compressed_rows_keep_what_is_not_zero(isa, dtype, shape):
    x = mostly_zeros(shape, 0.3, dtype)
    matrix = _core.Csr(x)
    assert matrix.shape == (shape[0], int(np.prod(shape[1:])))
    assert matrix.elements == np.count_nonzero(x) == _core.count_nonzeros(x)
    identity = np.eye(matrix.shape[1], dtype=np.float32)
    got = _core.csr_matmul(matrix, np.arange(shape[0]), identity)
    np.testing.assert_array_equal(got, x.reshape(shape[0], -1).astype(np.float32))


@pytest.mark.parametrize(("rows", "cols"), ALL)
@pytest.mark.parametrize("n", [1, 10, 64, 65, 130])
@pytest.mark.parametrize("density", [0.0, 0.05, 1.0])
def test_products_have_the_dense_bits(isa, rows, cols, n, density):
    if isa == "portable" and cols * rows * n > 300_000:
        pytest.skip("slow without FMA")
    rng = np.random.default_rng(2)
    x = mostly_zeros((rows, cols), density)
    b, dy, bias = (rng.normal(size=s).astype(np.float32) for s in ((cols, n), (2 * rows, n), (n,)))
    chosen = rng.integers(0, rows, 2 * rows)  # in any order, some twice
    relu = _core.Activation("relu", 0, np.inf)
    matrix, dense = _core.Csr(x), x[chosen]
    for threads in (1, 3):
        _core.set_num_threads(threads)
        y = _core.csr_matmul(matrix, chosen, b, bias, relu)
        assert y.tobytes() == _core.matmul(dense, b, bias, relu).tobytes()
        dw = _core.csr_matmul_transposed(matrix, chosen, dy)
        assert dw.tobytes() == _core.matmul(dense, dy, transpose_a=True).tobytes()


def test_sums_that_underflow_have_the_dense_sign():
    """-0 from underflow, to which the dense product then adds zeros."""
    x = np.array([[1e-30, 0, 0]], dtype=np.float32)
    b = np.array([[-1e-30], [1], [1]], dtype=np.float32)
    for bias in (None, np.array([-0.0], np.float32), np.array([0.0], np.float32)):
        sparse = _core.csr_matmul(_core.Csr(x), np.arange(1), b, bias)
        assert sparse.tobytes() == _core.matmul(x, b, bias).tobytes()


def test_nan_is_not_zero():
    x = np.array([[0, np.nan, 0]], dtype=np.float32)
    assert _core.Csr(x).elements == 1
    assert np.isnan(_core.csr_matmul(_core.Csr(x), np.arange(1), np.eye(3, 1, dtype="f")))


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("samples", [5, 40])  # b in place, b packed
def test_weights_that_are_not_finite(isa, samples, bad):
    """Unlike in the dense product, they spare the samples whose input is zero there."""
    x = mostly_zeros((samples, 50), 0.3)
    b = np.random.default_rng(3).normal(size=(50, 70)).astype(np.float32)
    without = b.copy()
    b[7, 9], without[7, 9] = bad, 0
    got = _core.csr_matmul(_core.Csr(x), np.arange(samples), b)
    with_zero = x[:, 7] == 0
    assert 0 < with_zero.sum() < samples
    np.testing.assert_array_equal(got[~with_zero], _core.matmul(x, b)[~with_zero])
    assert got[with_zero].tobytes() == _core.matmul(x, without)[with_zero].tobytes()
    assert np.isnan(_core.matmul(x, b)[with_zero, 9]).all()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
@pytest.mark.parametrize(
    ("optimizer", "rate"), [("SGD", 1e3), ("SGD", 1e30), ("Adam", 1e30), ("RMSprop", 1e38)]
)
def test_a_diverging_run_is_noticed(monkeypatch, optimizer, rate, activation, bias):
    """The loss is the dense one until it is not finite, and then it stays so."""
    x = mostly_zeros((120, 60), 0.1)

    def losses_of(most_density):
        monkeypatch.setattr(compressed, "MOST_DENSITY", most_density)
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [
                keras.layers.Dense(40, activation=activation, use_bias=bias),
                keras.layers.Dense(1, use_bias=bias),
            ]
        )
        model.compile(getattr(keras.optimizers, optimizer)(rate), "mse")
        history = model.fit(x, x[:, :1], batch_size=30, epochs=6, verbose=0).history
        return np.array(history["loss"])

    dense, skipping = losses_of(-1), losses_of(0.4)
    finite = np.isfinite(dense)
    np.testing.assert_array_equal(np.isfinite(skipping), finite)
    assert (skipping[finite] == dense[finite]).all()
    assert not finite[-1]
    assert (np.diff(finite.astype(int)) <= 0).all()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda a, b: _core.csr_matmul(a, np.array([3]), b), "rows from 0 to 2"),
        (lambda a, b: _core.csr_matmul(a, np.array([-1]), b), "rows from 0 to 2"),
        (lambda a, b: _core.csr_matmul(a, np.array([0]), b[:1]), r"b of shape \(2, n\)"),
        (lambda a, b: _core.csr_matmul_transposed(a, np.array([0]), b), r"b of shape \(1, n\)"),
        (lambda a, b: _core.Csr(b[0]), "x with two axes"),
    ],
)
def test_errors(call, match):
    with pytest.raises(ValueError, match=match):
        call(_core.Csr(np.ones((3, 2), np.float32)), np.ones((2, 4), np.float32))


def trained(x, monkeypatch, most_density, most_bytes=2**30):
    monkeypatch.setattr(compressed, "MOST_DENSITY", most_density)
    monkeypatch.setattr(compressed, "MOST_BYTES", most_bytes)
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            *([keras.layers.Flatten()] if x.ndim > 2 else []),
            keras.layers.Dense(40, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    y = np.arange(len(x)) % 3
    history = model.fit(x, y, batch_size=30, epochs=2, verbose=0, validation_split=0.2).history
    results = [*model.get_weights(), model.predict(x, verbose=0), model.predict(x[:1], verbose=0)]
    return b"".join(a.tobytes() for a in results), history, model.evaluate(x, y, verbose=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("sample", [(64,), (8, 8)])
def test_training_has_the_dense_bits(monkeypatch, dtype, sample):
    x = mostly_zeros((200, *sample), 0.15, dtype)
    dense = trained(x, monkeypatch, -1)
    assert trained(x, monkeypatch, 0.4) == dense
    assert trained(x, monkeypatch, 0.4, most_bytes=0) == dense  # batch by batch


@pytest.mark.parametrize("samples", [1, 3, 70])
@pytest.mark.parametrize("flatten", [False, True])
def test_calling_a_model_has_the_dense_bits(monkeypatch, samples, flatten):
    x = mostly_zeros((samples, *((8, 8) if flatten else (64,))), 0.2)
    layers = [keras.layers.Dense(40, activation="relu"), keras.layers.Dense(3)]
    model = keras.Sequential([*([keras.layers.Flatten()] if flatten else []), *layers])
    model.build((None, *x.shape[1:]))
    seen = []
    infer = model.infer
    monkeypatch.setattr(model, "infer", lambda x: (seen.append(type(x)), infer(x))[1])
    results = [model(x), model.predict(x, verbose=0), model.predict_on_batch(x)]
    monkeypatch.setattr(compressed, "MOST_DENSITY", -1)
    results += [model(x), model.predict(x, verbose=0), model(x, training=True)]
    assert seen == [compressed.CompressedBatch] * 3 + [np.ndarray] * 2
    assert {y.tobytes() for y in results} == {results[0].tobytes()}


def test_a_batch_without_samples_is_not_compressed():
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(40)])
    assert model(np.zeros((0, 64))).shape == (0, 40)


def test_density_decides():
    sparse, dense = mostly_zeros((500, 64), 0.1), np.ones((500, 64), np.float32)
    assert compressed.compressor(sparse) is not None
    assert compressed.compressor(dense) is None
    assert compressed.compressor(sparse[:, :8].copy()) is None


def test_only_a_dense_first_layer_takes_compressed_inputs():
    def takes(*layers, shape=(5, 64)):
        model = keras.Sequential(layers)
        return model.takes_compressed(np.zeros(shape, np.float32))

    dense, flatten = keras.layers.Dense, keras.layers.Flatten
    assert takes(dense(64), dense(2))
    assert takes(flatten(), dense(64), shape=(5, 8, 8))
    assert not takes(dense(64), shape=(5, 8, 8))  # works along the last axis there
    assert not takes(dense(2))
    assert not takes(keras.layers.Dropout(0.5), dense(64))
    assert not takes(flatten())
