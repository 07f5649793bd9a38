"""SciPy's sparse matrices as inputs: the same bits as of the array, and no array on the way."""

import tracemalloc

import numpy as np
import pytest

import brisknet as bk
from brisknet import _core, layers

sparse = pytest.importorskip("scipy.sparse")

FORMATS = ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"]


def data(rows=70, columns=50, density=0.1, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    x = np.where(rng.random((rows, columns)) < density, rng.standard_normal((rows, columns)) * 3, 0)
    x[min(3, rows - 1)] = 0  # a row without elements
    return x.astype(dtype), rng.integers(0, 4, rows)


def compiled(columns=50, units=8, before=(), **arguments):
    bk.utils.set_random_seed(1)
    hidden = [layers.Dense(units, "tanh"), layers.Dropout(0.25), layers.Dense(4)]
    model = bk.Sequential([layers.Input((columns,)), *before, *hidden])
    loss = bk.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], **arguments)
    return model


def fit(model, *args, **kwargs):
    bk.utils.set_random_seed(2)  # of the order
    model.fit(*args, verbose=0, **kwargs)


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize("array", ["matrix", "array"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_bits_of_the_array(name, array):
    x, y = data()
    given = getattr(sparse, f"{name}_{array}")(x)
    models = compiled(), compiled()
    for model, inputs in zip(models, (x, given), strict=True):
        fit(model, inputs, y, batch_size=16, epochs=3, validation_split=0.2)
    assert_same(models[0].get_weights(), models[1].get_weights())
    assert models[0].history.history == models[1].history.history
    assert models[0].evaluate(x, y, verbose=0) == models[0].evaluate(given, y, verbose=0)
    outputs = models[0].predict(x, verbose=0)
    for size in (None, 1, 7, 70):
        assert np.array_equal(outputs, models[0].predict(given, batch_size=size, verbose=0))
    assert np.array_equal(outputs, models[0](given))
    assert np.array_equal(outputs, models[0].predict([given], verbose=0))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int64", "uint8", "bool"])
def test_every_dtype(dtype):
    x, y = data(dtype=dtype)
    models = compiled(), compiled()
    for model, inputs in zip(models, (x, sparse.csr_array(x)), strict=True):
        fit(model, inputs, y, epochs=2)
    assert_same(models[0].get_weights(), models[1].get_weights())


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("units", [1, 31, 64, 100, 130])
@pytest.mark.parametrize("shape", [(1, 40), (15, 3000), (64, 20), (120, 66_000)])
def test_sizes_and_threads(shape, units, threads, machine):
    """Few and many uses of a weight, columns numbered in 16 and in 32 bits."""
    density = 0.5 if shape[1] < 1000 else 20 / shape[1]
    x, y = data(*shape, density)
    bk.set_num_threads(threads)
    models = compiled(shape[1], units), compiled(shape[1], units)
    for model, inputs in zip(models, (x, sparse.csr_array(x)), strict=True):
        fit(model, inputs, y, batch_size=64)
    assert_same(models[0].get_weights(), models[1].get_weights())


def test_duplicates_are_summed_and_the_matrix_stays_as_it_was():
    values, columns = np.array([1.0, 2.0, 3.0, 0.0, 5.0]), np.array([4, 1, 4, 2, 0])
    given = sparse.csr_matrix((values, columns, [0, 4, 5]), shape=(2, 6))
    before = [a.copy() for a in (given.data, given.indices, given.indptr)]
    model = compiled(6)
    assert np.array_equal(
        model.predict(given, verbose=0), model.predict(given.toarray(), verbose=0)
    )
    assert_same(before, [given.data, given.indices, given.indptr])


def test_not_a_number_and_infinity_are_kept():
    x, _ = data(rows=4)
    x[1, 2], x[2, 3] = np.nan, np.inf
    model = compiled()
    y = model.predict(sparse.csr_array(x), verbose=0)
    assert np.isnan(y[1]).all()
    assert np.isfinite(y[[0, 3]]).all()


def test_a_flatten_before_the_dense_layer():
    x, _ = data()
    model = compiled(before=[layers.Flatten()])
    assert np.array_equal(
        model.predict(sparse.csr_array(x), verbose=0), model.predict(x, verbose=0)
    )


def test_weights_and_validation_data():
    x, y = data()
    weight = np.linspace(0, 2, len(x))
    models = compiled(weighted_metrics=["accuracy"]), compiled(weighted_metrics=["accuracy"])
    for model, part in zip(models, (lambda a: a, sparse.csr_matrix), strict=True):
        fit(model, part(x), y, sample_weight=weight, validation_data=(part(x[:9]), y[:9]))
        fit(model, part(x), y, class_weight={1: 2.0}, shuffle=False)
        model.train_on_batch(part(x[:9]), y[:9])
    assert_same(models[0].get_weights(), models[1].get_weights())
    results = models[0].test_on_batch(x, y)
    assert results == models[0].test_on_batch(sparse.csr_matrix(x), y)
    outputs = models[0].predict_on_batch(x)
    assert np.array_equal(outputs, models[0].predict_on_batch(sparse.csr_matrix(x)))


def test_batches_of_a_generator():
    x, y = data()

    def batches(part):
        for begin in range(0, len(x), 16):
            yield part(x[begin : begin + 16]), y[begin : begin + 16]

    models = compiled(), compiled()
    for model, part in zip(models, (lambda a: a, sparse.csr_array), strict=True):
        fit(model, batches(part))
    assert_same(models[0].get_weights(), models[1].get_weights())
    whole = models[0].predict(x, verbose=0)
    assert np.array_equal(whole, models[0].predict(batches(sparse.csr_array), verbose=0))


def test_memory_is_that_of_the_elements():
    rows, columns, elements = 20_000, 50_000, 20
    rng = np.random.default_rng(0)
    x = sparse.csr_matrix(
        (
            rng.random(rows * elements),
            rng.integers(0, columns, rows * elements),
            np.arange(0, rows * elements + 1, elements),
        ),
        shape=(rows, columns),
    )
    model = compiled(columns, 4)
    tracemalloc.start()
    model.fit(x, rng.integers(0, 4, rows), batch_size=2000, verbose=0)
    model.predict(x, verbose=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6  # the array would be 4 GB


class Doubled(bk.Sequential):
    def forward(self, x, training=False, input_gradient=True):
        return super().forward(x * np.float32(2), training, input_gradient)


OTHERS = {
    "dropout": lambda: [layers.Dropout(0.5, seed=1)],
    "batch normalization": lambda: [layers.BatchNormalization()],
    "rescaling": lambda: [layers.Rescaling(2.0, offset=1.0)],
    "activation": lambda: [layers.ReLU()],
    "penalised": lambda: [layers.Flatten(activity_regularizer="l2")],
    "own model": lambda: [Doubled([layers.Dense(8)])],
    "nested": lambda: [bk.Sequential([layers.Dense(40, "relu"), layers.Dropout(0.5, seed=1)])],
    "twice nested": lambda: [
        layers.Flatten(),
        bk.Sequential([layers.Flatten(), bk.Sequential([layers.Dense(40)])]),
    ],
    "nested dropout": lambda: [bk.Sequential([layers.Dropout(0.5, seed=1), layers.Dense(3)])],
}


@pytest.mark.parametrize("before", OTHERS.values(), ids=OTHERS)
def test_whatever_the_model_begins_with_the_bits_are_those_of_the_array(before):
    x, y = data(dtype=np.float64)
    models = []
    for _ in range(2):
        bk.utils.set_random_seed(3)
        models.append(compiled(before=before()))
    for model, part in zip(models, (lambda a: a, sparse.csr_array), strict=True):
        fit(model, part(x), y, batch_size=16, epochs=2, validation_split=0.2)
        model.train_on_batch(part(x[:9]), y[:9])
        model.fit(((part(x[i : i + 9]), y[i : i + 9]) for i in range(0, 63, 9)), verbose=0)
    assert_same(models[0].get_weights(), models[1].get_weights())
    assert models[0].history.history == models[1].history.history
    given = sparse.csc_array(x)
    assert models[0].evaluate(x, y, verbose=0) == models[0].evaluate(given, y, verbose=0)
    outputs = models[0].predict(x, verbose=0)
    for size in (None, 1, 7, 70):
        assert np.array_equal(outputs, models[0].predict(given, batch_size=size, verbose=0))
    assert np.array_equal(outputs, models[0](given))


def test_zeros_are_written_out_batch_by_batch_and_only_where_needed():
    x = sparse.random(1000, 20_000, 1e-3, "csr", np.float32, random_state=0)
    y = np.zeros(1000, int)
    for before, most in (
        ([layers.Dropout(0.5)], 60e6),  # the array would be 80 MB, one of 209 rows is 17 MB
        ([bk.Sequential([layers.Flatten(), layers.Dense(4)])], 5e6),
    ):
        model = compiled(20_000, 4, before)
        tracemalloc.start()
        model.fit(x, y, verbose=0)
        model.evaluate(x, y, verbose=0)
        model.predict(x, verbose=0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < most


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (sparse.csr_array((0, 50)), ValueError, "with at least one sample"),
        (sparse.csr_array(np.eye(50, 49)), ValueError, r"of shape \(samples, 50\)"),
        (sparse.csr_array(np.eye(50) * 1j), TypeError, "a matrix of numbers, got complex128"),
        (sparse.coo_array(np.ones(50)), ValueError, r"of shape \(samples, columns\), got shape"),
    ],
)
def test_bad_matrices(given, error, message):
    with pytest.raises(error, match=message):
        compiled().predict(given)


def test_only_x_may_be_sparse():
    x, _ = data()
    y = sparse.csr_array(np.eye(70, 4))
    with pytest.raises(TypeError, match=r"only x may be sparse: pass its toarray\(\)"):
        compiled().fit(x, y)
    with pytest.raises(ValueError, match="as many samples as x, 70"):
        compiled().fit(sparse.csr_array(x), np.zeros(69, int))


@pytest.mark.parametrize(
    ("start", "index", "value", "message"),
    [
        ([], [], [], "start of shape"),
        ([0, 2], [0], [1], "start that rises"),
        ([0, 2, 1], [0, 1], [1, 1], "start that rises"),
        ([-1, 1], [0], [1], "start that rises"),
        ([0, 2], [1, 1], [1, 1], "columns that rise"),
        ([0, 1], [5], [1], "columns that rise within a row, below 5"),
        ([0, 1], [-1], [1], "columns that rise"),
        ([0, 1], [1, 2], [1], "value"),
    ],
)
def test_the_core_checks_the_elements(start, index, value, message):
    with pytest.raises(ValueError, match=message):
        _core.Csr.from_arrays(
            np.array(start, np.int64), np.array(index, np.int64), np.array(value, np.float32), 5
        )


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning")
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge:UserWarning")
def test_estimators_give_the_bits_of_the_array():
    pytest.importorskip("sklearn")
    from brisknet.sklearn import MLPClassifier, MLPRegressor

    x, y = data(rows=120)
    for arguments in (
        {"max_iter": 3, "dropout": 0.1, "batch_norm": True},
        {"max_iter": 3, "early_stopping": True},
        {"max_iter": 3, "solver": "sgd", "batch_size": 32},
        {"max_iter": 30, "solver": "lbfgs"},
    ):
        for kind in (MLPClassifier, MLPRegressor):
            dense, given = (
                kind(hidden_layer_sizes=(20,), random_state=0, **arguments).fit(part, y)
                for part in (x, sparse.csr_matrix(x))
            )
            assert_same(dense.coefs_, given.coefs_)
            assert_same(dense.predict(x), given.predict(sparse.csr_array(x)))
