"""The same bits for any batches of prediction and from one seed (for threads: test_golden.py)."""

import hashlib

import numpy as np
import pytest

import brisknet as bn
from brisknet import _core, layers
from reference import THREADS


def data(samples, inputs, classes):
    rng = np.random.default_rng(0)
    return rng.standard_normal((samples, inputs), np.float32), rng.integers(0, classes, samples)


def hash_of(model, *arrays):
    digest = hashlib.sha256()
    for v in (*model.variables, *model.optimizer.variables):
        digest.update(v.value.tobytes())
    for array in arrays:
        digest.update(np.asarray(array).tobytes())
    return digest.hexdigest()


def trained(make, x, y, seed=1, **fit):
    """A hash of all that training gives: weights, the optimizer's state, the history, outputs."""
    bn.utils.set_random_seed(seed)
    model = make()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, **{"batch_size": 100, "epochs": 2, "verbose": 0} | fit)
    columns = [v for _, v in sorted(history.history.items())]
    return hash_of(model, *columns, model.predict(x, verbose=0))


def classifier(units, activation="relu"):
    return lambda: bn.Sequential(
        [
            layers.Dense(units, activation=activation),
            layers.Dropout(0.3),
            layers.Dense(units - 3, activation=activation, use_bias=False),
            layers.Dense(10, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("isa", _core.usable_isas())
def test_prediction_in_any_batches(isa, machine):
    _core.use_isa(isa)
    x, _ = data(300, 37, 10)
    bn.utils.set_random_seed(1)
    model = classifier(40, "gelu")()
    expected = model.predict(x, verbose=0)
    for batch in (1, 7, 128, 300, 1000):
        assert model.predict(x, batch_size=batch, verbose=0).tobytes() == expected.tobytes()
    for rows in ([5], [299, 0], range(13, 60)):
        assert model.predict(x[list(rows)], verbose=0).tobytes() == expected[list(rows)].tobytes()


def test_prediction_of_a_large_model_in_any_batches(machine):
    x, _ = data(300, 784, 10)
    bn.utils.set_random_seed(1)
    model = classifier(512)()
    expected = model.predict(x, verbose=0)
    for threads in THREADS:
        _core.set_num_threads(threads)
        for batch in (1, 7, 128, None):
            rows = slice(0, 20 if batch == 1 else None)
            got = model.predict(x[rows], batch_size=batch, verbose=0)
            assert got.tobytes() == expected[rows].tobytes()


def test_seeds():
    x, y = data(100, 8, 10)
    first = trained(classifier(16), x, y, seed=1)
    assert trained(classifier(16), x, y, seed=1) == first
    assert trained(classifier(16), x, y, seed=2) != first


def small(seed, kernel_seed=5):
    kernel = bn.initializers.GlorotUniform(kernel_seed)
    return lambda: bn.Sequential(
        [layers.Dropout(0.5, seed=seed), layers.Dense(10, "softmax", kernel_initializer=kernel)]
    )


@pytest.mark.parametrize(
    ("make", "other", "seed", "fit"),
    [
        (small(1), small(2), 1, {"shuffle": False}),
        (small(1), small(1, 6), 1, {"shuffle": False}),
        (small(None), small(None), 2, {"shuffle": False}),
        (small(1), small(1), 2, {}),
    ],
    ids=["dropout", "kernel", "dropout without a seed", "shuffle"],
)
def test_each_source_of_chance_alone(make, other, seed, fit):
    """Its own seed, or else the global one, decides; and nothing else is left to chance."""
    x, y = data(100, 8, 10)
    first = trained(make, x, y, **fit)
    assert trained(make, x, y, **fit) == first
    assert trained(other, x, y, seed=seed, **fit) != first


def test_without_chance_the_global_seed_does_not_matter():
    x, y = data(100, 8, 10)
    first = trained(small(1), x, y, shuffle=False)
    assert trained(small(1), x, y, seed=2, shuffle=False) == first


def compiled():
    bn.utils.set_random_seed(1)
    model = classifier(16)()
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_training_goes_on_as_if_it_had_not_stopped():
    x, y = data(100, 8, 10)
    whole = compiled()
    whole.fit(x, y, epochs=4, shuffle=False, verbose=0)
    parts = compiled()
    parts.fit(x, y, epochs=1, shuffle=False, verbose=0)
    parts.fit(x, y, epochs=4, initial_epoch=1, shuffle=False, verbose=0)
    assert hash_of(whole) == hash_of(parts)


def test_evaluating_and_predicting_in_between_changes_nothing():
    x, y = data(100, 8, 10)
    plain = compiled()
    plain.fit(x, y, epochs=2, verbose=0)
    busy = compiled()

    def look(batch, logs):
        busy.predict(x, verbose=0)
        busy.test_on_batch(x, y)
        busy(x)

    look_in = bn.callbacks.LambdaCallback(on_train_batch_begin=look)
    busy.fit(x, y, epochs=2, verbose=0, callbacks=[look_in], validation_data=(x, y))
    assert hash_of(plain) == hash_of(busy)
