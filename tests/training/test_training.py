"""Training: whole trajectories against NumPy, weights of samples, validation, output, results."""

import math
import re

import numpy as np
import pytest

import brisknet as bn
from brisknet import Sequential, layers
from reference import U

RNG = np.random.default_rng(0)
N, INPUTS, HIDDEN, CLASSES = 24, 6, 5, 3
X = RNG.uniform(-1, 1, (N, INPUTS)).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, N)
Y = np.eye(CLASSES, dtype=np.float32)[LABELS]
WEIGHT = RNG.uniform(0, 2, N).astype(np.float32)
START = [
    RNG.uniform(-0.7, 0.7, shape).astype(np.float32)
    for shape in ((INPUTS, HIDDEN), (HIDDEN,), (HIDDEN, CLASSES), (CLASSES,))
]


def model_with(optimizer="sgd", loss="categorical_crossentropy", **more):
    model = Sequential(
        [
            layers.Input((INPUTS,)),
            layers.Dense(HIDDEN, activation="relu"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.set_weights(START)
    model.compile(optimizer, loss, **more)
    return model


# The same network in NumPy, in the dtype of its weights.


def forward(w, x):
    z = x @ w[0] + w[1]
    h = np.maximum(z, 0)
    e = np.exp(h @ w[2] + w[3])
    return z, h, e / e.sum(1, keepdims=True)


def rows_of(w, x, y):
    return -np.log((forward(w, x)[2] * y).sum(1))


def gradients(w, x, y, weight):
    z, h, p = forward(w, x)
    dz2 = (p - y) * weight[:, None] / w[0].dtype.type(len(x))
    dz1 = (dz2 @ w[2].T) * (z > 0)
    return [x.T @ dz1, dz1.sum(0), h.T @ dz2, dz2.sum(0)]


def sgd(w, g, s, t, lr=0.05):
    return w - lr * g


def momentum(w, g, s, t, lr=0.05):
    s["m"] = 0.9 * s.get("m", 0) - lr * g
    return w + s["m"]


def rmsprop(w, g, s, t, lr=0.01):
    s["v"] = 0.9 * s.get("v", 0) + (1 - 0.9) * g**2
    return w - lr * g / np.sqrt(s["v"] + 1e-7)


def adam(w, g, s, t, lr=0.01, decay=0.0):
    w = w - w * (decay * lr)
    s["m"] = s.get("m", 0) + (g - s.get("m", 0)) * (1 - 0.9)
    s["v"] = s.get("v", 0) + (g**2 - s.get("v", 0)) * (1 - 0.999)
    rate = lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * s["m"] / (np.sqrt(s["v"]) + 1e-7)


OPTIMIZERS = {
    "sgd": (lambda: bn.optimizers.SGD(0.05), sgd),
    "momentum": (lambda: bn.optimizers.SGD(0.05, momentum=0.9), momentum),
    "rmsprop": (lambda: bn.optimizers.RMSprop(0.01), rmsprop),
    "adam": (lambda: bn.optimizers.Adam(0.01), adam),
    "adamw": (
        lambda: bn.optimizers.AdamW(0.01, weight_decay=0.1),
        lambda w, g, s, t: adam(w, g, s, t, decay=0.1),
    ),
}


def trained(rule, dtype, weight, batch, epochs):
    """The weights after training, and each epoch's loss."""
    w, states, t, losses = [a.astype(dtype) for a in START], [{}, {}, {}, {}], 0, []
    x, y, weight = X.astype(dtype), Y.astype(dtype), weight.astype(dtype)
    for _ in range(epochs):
        total = 0.0
        for i in range(0, N, batch):
            part = slice(i, i + batch)
            t += 1
            total += (rows_of(w, x[part], y[part]) * weight[part]).sum()
            g = gradients(w, x[part], y[part], weight[part])
            w = [rule(*one, t) for one in zip(w, g, states, strict=True)]
        losses.append(total / N)
    return w, losses


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("sparse", [False, True], ids=["one-hot", "labels"])
def test_trajectory(name, weighted, sparse):
    """Errs from float64 as float32 in NumPy does: by at most eight times as much."""
    make, rule = OPTIMIZERS[name]
    weight = WEIGHT if weighted else np.ones(N, np.float32)
    exact, losses = trained(rule, np.float64, weight, batch=7, epochs=4)
    rounded, rounded_losses = trained(rule, np.float32, weight, batch=7, epochs=4)

    model = model_with(
        make(), "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    )
    history = model.fit(
        X,
        LABELS if sparse else Y,
        batch_size=7,
        epochs=4,
        shuffle=False,
        verbose=0,
        sample_weight=weight if weighted else None,
    )
    for got, expected, close, start in zip(model.get_weights(), exact, rounded, START, strict=True):
        allowed = 8 * max(np.abs(close - expected).max(), U * np.abs(expected).max())
        assert np.abs(got - expected).max() <= allowed
        assert allowed < 1e-3 * np.abs(expected - start).max()  # so an error would be seen
    allowed = 8 * max(np.abs(np.subtract(losses, rounded_losses)).max(), 2 * U)
    assert np.abs(np.subtract(history.history["loss"], losses)).max() <= allowed
    assert model.optimizer.iterations == 16


# The loss of one row is below 3, from sums of at most INPUTS products below 1.
BOUND = 3 * 8 * (INPUTS + 4) * U


def exact_rows(w=START):
    return rows_of([a.astype(np.float64) for a in w], X.astype(np.float64), Y)


def test_evaluate():
    model = model_with(metrics=["accuracy", "mse"], weighted_metrics=["acc"])
    p = forward([a.astype(np.float64) for a in START], X.astype(np.float64))[2]
    right = p.argmax(1) == LABELS
    expected = {
        "accuracy": right.mean(),
        "acc": np.average(right, weights=WEIGHT),
        "loss": (WEIGHT * exact_rows()).mean(),
        "mse": ((p - Y) ** 2).mean(),
    }
    for batch in (1, 5, N, 100, None):
        given = {"batch_size": batch, "sample_weight": WEIGHT, "verbose": 0}
        got = model.evaluate(X, Y, return_dict=True, **given)
        assert list(got) == ["acc", "accuracy", "loss", "mse"]
        assert all(type(value) is float for value in got.values())
        for name, value in expected.items():
            assert abs(got[name] - value) <= BOUND
        values = model.evaluate(X, Y, **given)
        assert dict(zip(model.metrics_names, values, strict=True)) == got
    assert model.metrics_names == ["loss", "accuracy", "mse", "acc"]
    assert type(model_with().evaluate(X, Y, verbose=0)) is float


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
def test_weighted_loss_of_a_batch(reduction):
    model = model_with(loss=bn.losses.CategoricalCrossentropy(reduction=reduction))
    expected = (WEIGHT * exact_rows()).sum()
    if reduction == "mean_with_sample_weight":
        expected /= WEIGHT.sum()
    got = model.evaluate(X, Y, sample_weight=WEIGHT, verbose=0)
    assert abs(got - expected) <= BOUND * (2 * N if reduction == "sum" else 1)


CLASS_WEIGHT = {0: 0.5, 2: 3.0}
AS_SAMPLES = np.array([0.5, 1, 3], np.float32)[LABELS]


@pytest.mark.parametrize("sparse", [False, True], ids=["one-hot", "labels"])
def test_class_weight_is_the_samples_weight(sparse):
    loss = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    y = LABELS if sparse else Y

    def fitted(**weights):
        model = model_with("adam", loss, metrics=["accuracy"], weighted_metrics=["acc"])
        history = model.fit(X, y, epochs=2, shuffle=False, verbose=0, **weights)
        return [w.tobytes() for w in model.get_weights()], history.history

    by_class = fitted(class_weight=CLASS_WEIGHT)
    assert by_class == fitted(sample_weight=AS_SAMPLES)
    assert by_class != fitted()
    expected = (AS_SAMPLES * exact_rows()).mean()
    assert abs(by_class[1]["loss"][0] - expected) <= BOUND * 3
    right = forward(START, X)[2].argmax(1) == LABELS
    assert by_class[1]["accuracy"][0] == pytest.approx(right.mean(), abs=1e-15)
    weighted = np.average(right, weights=AS_SAMPLES)
    assert by_class[1]["acc"][0] == pytest.approx(weighted, abs=1e-15)

    model, other = model_with(loss=loss), model_with(loss=loss)
    model.train_on_batch(X, y, class_weight=CLASS_WEIGHT)
    other.train_on_batch(X, y, sample_weight=AS_SAMPLES)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_a_sample_of_weight_two_counts_as_two():
    weight = np.where(np.arange(N) < 8, 2.0, 1.0)
    twice = np.concatenate([np.arange(8), np.arange(N)])
    model, other = model_with(bn.optimizers.SGD(0.1)), model_with(bn.optimizers.SGD(0.1))
    model.fit(X, Y, sample_weight=weight, batch_size=N, verbose=0)
    other.optimizer.learning_rate = 0.1 * 32 / 24  # as its mean is over 32 samples
    other.fit(X[twice], Y[twice], batch_size=32, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.abs(a - b).max() <= 8 * 32 * U  # other sums of 32 terms below 1


def test_both_weights_are_refused():
    with pytest.raises(ValueError, match="expected either class_weight or sample_weight, got both"):
        model_with().fit(X, Y, class_weight={0: 1}, sample_weight=WEIGHT)


def test_validation_split_is_the_last_samples():
    model, other = model_with(metrics=["accuracy"]), model_with(metrics=["accuracy"])
    options = {"epochs": 3, "batch_size": 5, "shuffle": False, "verbose": 0}
    cut = 18
    got = model.fit(X, Y, validation_split=0.25, sample_weight=WEIGHT, **options).history
    parts = (X[:cut], Y[:cut]), (X[cut:], Y[cut:], WEIGHT[cut:])
    expected = other.fit(
        *parts[0], sample_weight=WEIGHT[:cut], validation_data=parts[1], **options
    ).history
    assert got == expected
    x, y, weight = parts[1]
    for name, value in model.evaluate(
        x, y, sample_weight=weight, batch_size=5, verbose=0, return_dict=True
    ).items():
        assert got[f"val_{name}"][-1] == value


def test_class_weight_leaves_the_validation_alone():
    history = model_with(bn.optimizers.SGD(0)).fit(
        X, Y, class_weight=CLASS_WEIGHT, validation_data=(X, Y), verbose=0
    )
    assert history.history["val_loss"] == [model_with().evaluate(X, Y, verbose=0)]


def test_validation_data_comes_before_the_split():
    history = model_with(bn.optimizers.SGD(0)).fit(
        X, Y, validation_split=0.5, validation_data=[X[:4], Y[:4]], verbose=0
    )
    assert history.params["steps"] == 1
    assert abs(history.history["loss"][0] - exact_rows().mean()) <= BOUND
    assert abs(history.history["val_loss"][0] - exact_rows()[:4].mean()) <= BOUND


@pytest.mark.parametrize(
    ("freq", "initial_epoch", "expected"),
    [
        (1, 0, 5),
        (2, 0, 2),
        (3, 0, 1),
        (9, 0, 0),
        ([1, 4], 0, 2),
        ((5,), 0, 1),
        (2, 3, 1),
        ({9}, 0, 0),
    ],
)
def test_validation_freq(freq, initial_epoch, expected):
    history = model_with().fit(
        X,
        Y,
        epochs=5,
        initial_epoch=initial_epoch,
        validation_data=(X, Y),
        validation_freq=freq,
        verbose=0,
    )
    assert len(history.history.get("val_loss", [])) == expected
    assert history.epoch == list(range(initial_epoch, 5))


def test_validation_batch_size():
    steps = []
    count = bn.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: steps.append(batch))
    given = {"validation_data": (X, Y), "callbacks": [count], "verbose": 0}
    model_with().fit(X, Y, batch_size=8, **given)
    model_with().fit(X, Y, batch_size=8, validation_batch_size=N, **given)
    assert steps == [0, 1, 2, 0]


def test_validation_changes_no_weights():
    model, other = model_with("adam"), model_with("adam")
    options = {"epochs": 3, "shuffle": False, "verbose": 0}
    model.fit(X, Y, validation_data=(X, Y), **options)
    other.fit(X, Y, **options)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_no_epochs():
    model = model_with()
    history = model.fit(X, Y, epochs=2, initial_epoch=2, verbose=0)
    assert (history.epoch, history.history) == ([], {})
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize(("batch", "steps"), [(None, 3), (32, 3), (np.int64(7), 10), (100, 1)])
def test_batch_size(batch, steps):
    x, y = np.tile(X, (3, 1))[:70], np.tile(Y, (3, 1))[:70]
    model = model_with()
    model.fit(x, y, batch_size=batch, verbose=0)
    assert model.optimizer.iterations == steps


class Seen(layers.Layer):
    """Writes down the samples that it is trained with."""

    def __init__(self):
        super().__init__()
        self.samples = []

    def forward(self, x, training=False):
        if training:
            self.samples += x[:, 0].tolist()
        return x, lambda dy: dy


def samples_seen(shuffle, seed=0, epochs=3):
    bn.utils.set_random_seed(seed)
    seen = Seen()
    model = Sequential([layers.Input((1,)), seen, layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.arange(50.0)
    model.fit(x, x, batch_size=8, epochs=epochs, shuffle=shuffle, verbose=0)
    return np.array(seen.samples).reshape(epochs, 50)


def test_shuffle():
    epochs = samples_seen(True)
    assert (np.sort(epochs) == np.arange(50)).all()
    assert (epochs[0] != epochs[1]).any()
    assert (epochs[1] != epochs[2]).any()
    assert (epochs != np.arange(50)).any(axis=1).all()
    assert (samples_seen(True) == epochs).all()
    assert (samples_seen(True, seed=1) != epochs).any()
    assert (samples_seen(False) == np.arange(50)).all()


def test_targets_go_with_their_samples():
    """Where y is a function of x, a shuffled fit still finds it."""
    x = np.linspace(-1, 1, 200)[:, None]
    model = Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile(bn.optimizers.SGD(0.5), "mse")
    model.fit(x, 3 * x[:, 0] - 2, sample_weight=1 + x[:, 0] ** 2, epochs=20, verbose=0)
    kernel, bias = model.get_weights()
    assert abs(kernel[0, 0] - 3) < 100 * U
    assert abs(bias[0] + 2) < 100 * U


def test_on_batch():
    model, other = model_with(metrics=["accuracy"]), model_with(metrics=["accuracy"])
    expected = other.evaluate(X, Y, verbose=0, return_dict=True)
    got = model.test_on_batch(X, Y, return_dict=True)
    assert got == expected
    assert model.test_on_batch(X, Y) == [expected["loss"], expected["accuracy"]]
    trained = model.train_on_batch(X, Y, return_dict=True)
    assert list(trained) == ["accuracy", "loss"]
    assert all(type(value) is float for value in trained.values())
    assert abs(trained["loss"] - expected["loss"]) <= 2 * U  # the one is rounded to float32
    assert trained["accuracy"] == expected["accuracy"]
    other.fit(X, Y, batch_size=N, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    now = model.evaluate(X, Y, verbose=0)[0]
    assert abs(model.train_on_batch(X, Y)[0] - now) <= 2 * U  # of this batch alone
    assert now < trained["loss"] - 1e-4
    assert type(model_with().train_on_batch(X, Y)) is float
    assert type(model_with().test_on_batch(X, Y)) is float


@pytest.mark.parametrize("batch", [None, 1, 5, 100])
def test_predict(batch):
    model = model_with()
    got = model.predict(X, batch_size=batch, verbose=0)
    p = forward([a.astype(np.float64) for a in START], X.astype(np.float64))[2]
    assert type(got) is np.ndarray
    assert (got.dtype, got.shape) == (np.float32, (N, CLASSES))
    assert np.abs(got - p).max() <= BOUND
    assert got.tobytes() == model.predict_on_batch(X).tobytes() == model(X).tobytes()
    got[:] = 0  # a copy, not the model's array
    assert model.predict(X, verbose=0).any()


def test_dropout_is_off_at_prediction():
    model = Sequential([layers.Dropout(0.5)])
    model.compile("sgd", "mse")
    assert (model.predict(X, verbose=0) == X).all()
    assert model.evaluate(X, X, verbose=0) == 0
    assert model.train_on_batch(X, X) > 0


def test_arguments_of_evaluate_and_predict():
    model = model_with()
    for call, message in [
        (lambda: model.evaluate(X, Y, steps=0), r"\[evaluate\] expected steps of at least 1"),
        (lambda: model.predict(X, steps=-1), r"\[predict\] expected steps: a whole number, got -1"),
        (lambda: model.predict(None), r"\[predict\] expected x: an array, got None"),
        (lambda: model.fit(None, Y), r"\[fit\] expected x: an array, got None"),
        (lambda: model.evaluate(X, Y, batch_size=0), r"\[evaluate\] expected batch_size of at"),
        (lambda: model.predict(X, batch_size=-1), r"\[predict\] expected batch_size: a whole"),
        (lambda: model.evaluate(X, Y, verbose=5), r"\[evaluate\] expected verbose"),
        (lambda: model.predict(X, verbose=5), r"\[predict\] expected verbose"),
        (lambda: model.evaluate(X), r"\[evaluate\] expected y: an array, got None"),
        (lambda: model.train_on_batch(X), r"\[train_on_batch\] expected y: an array, got None"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


EPOCH = r"Epoch {}/3 - loss: \d\.\d{{4}} - accuracy: 0\.\d{{4}}{} - [0-9.]+ m?s - [0-9.]+ .s/step"


@pytest.mark.parametrize("verbose", [2, 1, "auto", True])
def test_one_line_an_epoch_without_a_terminal(verbose, capsys):
    model_with(metrics=["accuracy"]).fit(X, Y, epochs=3, batch_size=4, verbose=verbose)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 3
    for i, line in enumerate(lines):
        assert re.fullmatch(EPOCH.format(i + 1, ""), line)
    assert err == ""


def test_validation_is_in_the_epochs_line(capsys):
    model_with(metrics=["accuracy"]).fit(
        X, Y, epochs=3, initial_epoch=2, verbose=2, validation_data=(X, Y)
    )
    (line,) = capsys.readouterr().out.splitlines()
    validation = r" - val_loss: \d\.\d{4} - val_accuracy: 0\.\d{4}"
    assert re.fullmatch(EPOCH.format(3, validation), line)


def test_one_line_for_evaluate_and_none_for_predict(capsys):
    model = model_with()
    model.evaluate(X, Y)
    (line,) = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"loss: \d\.\d{4} - [0-9.]+ m?s - [0-9.]+ .s/step", line)
    model.predict(X)
    model.predict(X, verbose=2)
    model.predict_on_batch(X)
    model.train_on_batch(X, Y)
    model.test_on_batch(X, Y)
    assert capsys.readouterr() == ("", "")


def test_verbose_0_is_silent(capsys):
    model = model_with()
    model.fit(X, Y, verbose=0, validation_data=(X, Y))
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr() == ("", "")


def test_predictions_are_not_the_inputs():
    model = bn.Sequential([bn.layers.Dropout(0.5)])
    x = np.ones((3, 2), np.float32)
    for batch_size in (None, 1):
        assert not np.shares_memory(model.predict(x, batch_size=batch_size, verbose=0), x)
