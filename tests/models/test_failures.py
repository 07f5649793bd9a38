"""What fails leaves a model as it was."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import Sequential, layers
from checks import bits, state
from two_layers import X, two_layers

TWICE = np.concatenate([X, X])


def test_failed_build_can_be_repeated():
    model = Sequential([layers.Reshape((2, 2)), layers.Flatten()])
    with pytest.raises(ValueError, match=r"samples that fit target_shape \(2, 2\), got 5 elements"):
        model.predict(np.ones((1, 5)), verbose=0)
    assert not model.built
    assert model.predict(np.ones((1, 4)), verbose=0).shape == (1, 4)


def test_failed_add_changes_nothing():
    model = two_layers()
    before = bits(model)
    with pytest.raises(ValueError, match="expected samples that fit target_shape"):
        model.add(layers.Reshape((3,)))
    assert len(model.layers) == 2
    assert model.built
    assert model.output_shape == (None, 2)
    assert bits(model) == before

    empty = Sequential()
    with pytest.raises(ValueError, match="expected samples that fit target_shape"):
        empty.add(layers.Reshape((3,), input_shape=(4,)))
    empty.add(layers.Dense(1, input_shape=(7,)))
    assert empty.input_shape == (None, 7)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda w: w[:3], ValueError, "expected weights: 4 arrays, got 3"),
        (lambda w: [*w, w[0]], ValueError, "expected weights: 4 arrays, got 5"),
        (lambda w: [*w[:3], w[1]], ValueError, r"shape \(2,\) for '.*/second/bias', got \(3,\)"),
        (lambda w: [w[0].T, *w[1:]], ValueError, r"\(4, 3\) for '.*/first/kernel', got \(3, 4\)"),
        (lambda w: [*w[:3], ["a", "b"]], TypeError, "expected weights: float32"),
        (lambda w: [*w[:3], None], TypeError, "expected weights: float32"),
    ],
)
def test_failed_set_weights_changes_nothing(change, error, message):
    model = two_layers()
    before = bits(model)
    with pytest.raises(error, match=message):
        model.set_weights(
            [w + 1 if isinstance(w, np.ndarray) else w for w in change(model.get_weights())]
        )
    assert bits(model) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": TWICE[:, :3]}, r"expected x of shape \(samples, 4\) .*got \(12, 3\)"),
        ({"x": TWICE[:, :, None]}, r"expected x of shape \(samples, 4\) .*got \(12, 4, 1\)"),
        ({"x": X}, "expected y with as many samples as x, 6"),
        ({"y": np.zeros((12, 3))}, "expected y_true of the shape of y_pred"),
        ({"y": np.zeros((12, 2, 2))}, "expected y_true of the shape of y_pred"),
        ({"y": np.zeros((11, 2))}, "expected y with as many samples as x, 12"),
        ({"sample_weight": np.ones((12, 5))}, "expected sample_weight of shape"),
        ({"validation_data": (X[:, :3], np.zeros((6, 2)))}, r"\[fit validation_data\] expected x"),
        ({"validation_data": (X, np.zeros((6, 3)))}, "expected y_true of the shape of y_pred"),
        ({"validation_data": (X, np.zeros((6, 2)), np.ones((6, 3)))}, "sample_weight"),
        ({"validation_data": X}, r"expected validation_data \(x, y\) or"),
        ({"validation_data": (X,)}, r"expected validation_data \(x, y\) or"),
        ({"validation_split": 1.5}, "validation_split"),
        ({"validation_freq": 0}, "validation_freq of at least 1"),
        ({"validation_freq": 0.5}, "validation_freq: an int or a list"),
        ({"batch_size": 0}, "batch_size of at least 1"),
        ({"batch_size": True}, "batch_size: a whole number, got True"),
        ({"batch_size": 1.5}, "batch_size: a whole number, got 1.5"),
        ({"epochs": -1}, "epochs: a whole number, got -1"),
        ({"epochs": "3"}, "epochs: a whole number, got '3'"),
        ({"initial_epoch": -1}, "initial_epoch: a whole number"),
        (
            {"validation_batch_size": 0},
            r"\[fit validation_data\] expected batch_size of at least 1",
        ),
        ({"shuffle": "batch"}, "shuffle True or False, got 'batch'"),
        ({"verbose": 3}, "verbose 'auto', 0, 1 or 2, got 3"),
        ({"verbose": "loud"}, "verbose 'auto', 0, 1 or 2, got 'loud'"),
        ({"steps_per_epoch": 0}, "steps_per_epoch of at least 1"),
        (
            {"validation_data": (X, np.zeros((6, 2))), "validation_steps": 0},
            "validation_steps of at least 1",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_failed_fit_changes_nothing(arguments, message):
    model = two_layers()
    model.compile("adam", "mse", metrics=["mae"])
    y = np.zeros((12, 2))
    model.fit(TWICE, y, verbose=0)
    before = state(model)
    given = {"x": TWICE, "y": y, "batch_size": 2, "epochs": 2, "verbose": 0} | arguments
    with pytest.raises(ValueError, match=message):
        model.fit(**given)
    assert state(model) == before
    assert model.optimizer.iterations == 1
    model.fit(TWICE, y, verbose=0)


@pytest.mark.parametrize("label", [-1, 2, 0.5])
@pytest.mark.parametrize("where", ["training", "validation"])
def test_a_wrong_class_number_anywhere_changes_nothing(label, where):
    model = Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    good, bad = np.array([0, 1, 0, 1, 1, 0]), np.array([0, 1, 0, 1, 1, label])
    model.fit(X, good, verbose=0)
    before = state(model)
    y, y_validation = (bad, good) if where == "training" else (good, bad)
    with pytest.raises(ValueError, match="class numbers"):
        model.fit(X, y, batch_size=2, verbose=0, shuffle=False, validation_data=(X, y_validation))
    assert state(model) == before


def test_ignored_class_is_no_wrong_class_number():
    model = Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
    model.compile("sgd", bn.losses.SparseCategoricalCrossentropy(ignore_class=-1))
    model.fit(X, [0, 1, -1, 1, 0, -1], verbose=0)


@pytest.mark.parametrize("method", ["fit", "train_on_batch"])
def test_a_metric_that_fails_changes_nothing(method):
    def broken(y_true, y_pred):
        raise ZeroDivisionError

    model = two_layers()
    model.compile("adam", "mse", metrics=[broken])
    before = bits(model)
    with pytest.raises(ZeroDivisionError):
        getattr(model, method)(X, np.zeros((6, 2)))
    assert bits(model) == before
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "nope"}, r"\[optimizers.get\]"),
        ({"loss": "nope"}, r"\[losses.get\]"),
        ({"metrics": ["nope"]}, r"\[metrics.get\]"),
        ({"weighted_metrics": ["nope"]}, r"\[metrics.get\]"),
        ({"loss_weights": [1.0, 2.0]}, "expected loss_weights: a number"),
        ({"steps_per_execution": 0}, "steps_per_execution of at least 1"),
    ],
)
def test_failed_compile_changes_nothing(arguments, message):
    model = two_layers()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, np.zeros((6, 2)), verbose=0)
    before = model.optimizer, model.loss, model.metrics_names
    with pytest.raises(ValueError, match=message):
        model.compile(**{"optimizer": "sgd", "loss": "mae"} | arguments)
    assert (model.optimizer, model.loss, model.metrics_names) == before
    model.fit(X, np.zeros((6, 2)), verbose=0)
    assert model.optimizer.iterations == 2
