"""Hooks, their order and logs, and EarlyStopping, beside real Keras."""

import numpy as np
import pytest

import brisknet
from oracle import NAN, X, Y, close, keras, small_models

HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]


def recorder(module, hooks):
    """A callback that records its calls: hook, number, names in the logs; and the numbers there."""
    calls, values = [], []

    def recording(hook):
        def record(self, *arguments, logs=None):
            *number, logs = arguments if logs is None else (*arguments, logs)
            calls.append((hook, *number, list(logs)))
            values.extend(value for value in logs.values() if isinstance(value, float))
            if hook == "on_epoch_end":
                logs["added"] = 1.5  # what a callback adds becomes history
            if hook == "on_predict_batch_end":
                calls.append(np.shape(logs["outputs"]))

        return record

    methods = {hook: recording(hook) for hook in hooks}
    return type("Recorder", (module.callbacks.Callback,), methods)(), calls, values


@pytest.mark.parametrize(
    "hooks",
    [
        [hook for hook in HOOKS if "_batch_" not in hook or "train" in hook or "predict" in hook],
        [hook for hook in HOOKS if "train_batch" not in hook],
        HOOKS,
    ],
    ids=["on_train_batch", "on_batch", "all"],
)
def test_order_of_hooks(monkeypatch, hooks):
    results = []
    for module, model in small_models(monkeypatch, metrics=["mae"]):
        callback, calls, values = recorder(module, hooks)
        history = model.fit(
            X,
            Y,
            batch_size=3,
            epochs=3,
            validation_data=(X[:4], Y[:4]),
            validation_batch_size=2,
            validation_freq=2,
            shuffle=False,
            verbose=0,
            callbacks=[callback],
        )
        model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[callback])
        model.predict(X, batch_size=4, verbose=0, callbacks=[callback])
        history = history.history
        results.append((values, calls, list(history), history["added"], callback.params))
    assert results[0][1:] == results[1][1:]
    close(results[0][0], results[1][0], 4, 64)


def test_lambda_callback_and_a_history_of_ones_own(monkeypatch):
    results = []

    def noting(calls, name):
        def note(*number, logs=None):
            *number, logs = number if logs is None else (*number, logs)
            calls.append((name, *number, list(logs)))

        return note

    for module, model in small_models(monkeypatch):
        calls = []
        callback = module.callbacks.LambdaCallback(
            on_epoch_begin=noting(calls, "begin"),
            on_train_batch_end=noting(calls, "batch"),
            on_train_end=noting(calls, "end"),
        )
        mine = module.callbacks.History()
        for _ in range(2):
            history = model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[callback, mine])
        assert history is mine is model.history
        results.append((calls, mine.epoch, len(mine.history["loss"])))
    assert results[0] == results[1]


def test_stopping_within_an_epoch(monkeypatch):
    results = []
    for module, model in small_models(monkeypatch):

        class Stop(module.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = batch == 1

        history = model.fit(
            X, Y, batch_size=2, epochs=3, verbose=0, shuffle=False, callbacks=[Stop()]
        )
        results.append((history.epoch, history.history["loss"], model.get_weights()))
    (epochs, loss, weights), (their_epochs, their_loss, their_weights) = results
    assert epochs == their_epochs == [0]
    close(loss, their_loss, 4, 64)
    for a, b in zip(weights, their_weights, strict=True):
        close(a, b, 2, 64)


class FakeModel:
    """What EarlyStopping uses of a model."""

    def __init__(self, metrics):
        self.metrics = metrics
        self.weights = 0
        self.stop_training = False

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def fake_models():
    metric = keras.metrics.BinaryAccuracy("accuracy")
    yield keras.callbacks, FakeModel([keras.src.trainers.compile_utils.MetricsList([metric])])
    yield brisknet.callbacks, FakeModel([brisknet.metrics.BinaryAccuracy("accuracy")])


@pytest.mark.filterwarnings(
    "ignore:.*not available:UserWarning", "ignore:.*there is no:UserWarning"
)
@pytest.mark.parametrize("seed", range(60))
def test_early_stopping(seed):
    """The same decisions for the same metrics, which are eighths, exact in float32, or NaN."""
    rng = np.random.default_rng(seed)
    arguments = {
        "monitor": str(rng.choice(["loss", "val_loss", "accuracy", "val_accuracy"])),
        "min_delta": float(rng.choice([0, 0.125, -0.25])),
        "patience": int(rng.integers(0, 4)),
        "mode": str(rng.choice(["auto", "auto", "min", "max"])),
        "baseline": [None, 0.5][rng.integers(2)],
        "restore_best_weights": bool(rng.integers(2)),
        "start_from_epoch": int(rng.integers(0, 3)),
    }
    values = [float(v) for v in rng.integers(0, 9, 14) / 8]
    if seed % 5 == 0:
        values[rng.integers(14)] = NAN
    gaps = rng.integers(0, 30, 2)  # epochs without the metric
    results = []
    for module, model in fake_models():
        callback = module.EarlyStopping(**arguments)
        callback.set_model(model)
        seen = []
        for _ in range(2):  # it can be used again
            model.stop_training = False
            callback.on_train_begin()
            for epoch, value in enumerate(values):
                model.weights = epoch
                callback.on_epoch_end(epoch, {} if epoch in gaps else {arguments["monitor"]: value})
                state = (callback.wait, callback.best, callback.best_epoch, callback.best_weights)
                seen.append((epoch, model.stop_training, callback.stopped_epoch, *state))
                if model.stop_training:
                    break
            callback.on_train_end()
            seen.append(model.weights)
        results.append(seen)
    assert repr(results[0]) == repr(results[1])


def test_early_stopping_of_an_unknown_direction():
    for module, model in fake_models():
        callback = module.EarlyStopping("val_mine")
        callback.set_model(model)
        callback.on_train_begin()
        with pytest.raises(ValueError, match="val_mine"):
            callback.on_epoch_end(0, {"val_mine": 1.0})
