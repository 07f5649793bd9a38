"""Callbacks: which hooks are called, in what order and with what; early stopping; history."""

import json

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers
from brisknet.callbacks import Callback, EarlyStopping, History, LambdaCallback
from reference import U

X = np.arange(20, dtype=np.float32).reshape(5, 4) / 20
Y = np.eye(3, dtype=np.float32)[[0, 1, 2, 1, 0]]
NAMES = ["accuracy", "loss", "mse"]


def small_model(metrics=("accuracy", "mse"), seed=0):
    model = bn.Sequential(
        [
            bn.Input((4,)),
            layers.Dense(3, "softmax", kernel_initializer=bn.initializers.GlorotUniform(seed)),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=list(metrics))
    return model


class Recorder(Callback):
    """Writes down each call: the method, the number that it got and the names in the logs."""

    def __init__(self):
        super().__init__()
        self.calls = []


def recording(name):
    def method(self, *args, logs=None):
        *number, logs = args if logs is None else (*args, logs)
        self.calls.append((name.removeprefix("on_"), *number, list(logs)))

    return method


HOOKS = [name for name in dir(Callback) if name.startswith("on_")]
for hook in HOOKS:
    setattr(Recorder, hook, recording(hook))


def train_step(batch):
    return [("train_batch_begin", batch, []), ("train_batch_end", batch, NAMES)]


def test_step(batch):
    return [("test_batch_begin", batch, []), ("test_batch_end", batch, NAMES)]


test_step.__test__ = False


def test_hooks_of_fit():
    recorder = Recorder()
    small_model().fit(
        X, Y, batch_size=2, epochs=2, validation_split=0.4, verbose=0, callbacks=[recorder]
    )
    values = [*NAMES, *(f"val_{name}" for name in NAMES)]
    expected = [("train_begin", [])]
    for epoch in range(2):
        expected += [("epoch_begin", epoch, []), *train_step(0), *train_step(1)]
        expected += [("test_begin", []), *test_step(0), ("test_end", NAMES)]
        expected += [("epoch_end", epoch, values)]
    expected += [("train_end", values)]
    assert recorder.calls == expected
    assert recorder.params == {"verbose": 0, "epochs": 2, "steps": 2}


def test_hooks_of_evaluate():
    recorder = Recorder()
    model = small_model()
    model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[recorder])
    assert recorder.calls == [("test_begin", []), *test_step(0), *test_step(1), ("test_end", NAMES)]
    assert recorder.params == {"verbose": 0, "epochs": 1, "steps": 2}
    assert recorder.model is model


def test_hooks_of_predict():
    recorder = Recorder()
    small_model().predict(X, batch_size=4, verbose=0, callbacks=[recorder])
    batches = [
        call
        for batch in range(2)
        for call in [
            ("predict_batch_begin", batch, []),
            ("predict_batch_end", batch, ["outputs"]),
        ]
    ]
    assert recorder.calls == [("predict_begin", []), *batches, ("predict_end", [])]


def test_outputs_of_predict_batches():
    seen = []
    callback = LambdaCallback(on_predict_batch_end=lambda batch, logs: seen.append(logs["outputs"]))
    got = small_model().predict(X, batch_size=2, verbose=0, callbacks=[callback])
    assert (np.concatenate(seen) == got).all()


def test_no_hooks_without_fit():
    recorder = Recorder()
    model = small_model()
    model.fit(X, Y, verbose=0, callbacks=[recorder])
    recorder.calls.clear()
    model.train_on_batch(X, Y)
    model.test_on_batch(X, Y)
    model.predict_on_batch(X)
    assert recorder.calls == []


def test_batch_logs_are_means_over_the_epoch_so_far():
    seen, single = [], []
    model = small_model()
    model.optimizer.learning_rate = 0
    callback = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    history = model.fit(
        X, Y, batch_size=2, epochs=2, shuffle=False, verbose=0, callbacks=[callback]
    )
    for i in (0, 2, 4):
        single.append(model.test_on_batch(X[i : i + 2], Y[i : i + 2])[0])
    weights = np.array([2, 2, 1])
    means = np.cumsum(single * weights) / np.cumsum(weights)
    assert np.abs(np.array(seen) - np.tile(means, 2)).max() <= 2 * U  # single ones are float32
    assert history.history["loss"] == [seen[2], seen[5]]


def test_several_callbacks_in_their_order():
    order = []
    made = [LambdaCallback(on_epoch_end=lambda epoch, logs, i=i: order.append(i)) for i in range(4)]
    small_model().fit(X, Y, verbose=0, callbacks=[made[0], [made[1], (made[2],)], None, made[3]])
    assert order == [0, 1, 2, 3]
    small_model().fit(X, Y, verbose=0, callbacks=made[0])
    assert order[4:] == [0]


@pytest.mark.parametrize("bad", [lambda: 1, History, "early_stopping", [3]])
def test_callbacks_must_be_objects(bad):
    model = small_model()
    before = model.get_weights()
    with pytest.raises(TypeError, match=r"\[callbacks\] expected Callback objects, got"):
        model.fit(X, Y, verbose=0, callbacks=[bad])
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_older_names_of_the_batch_hooks():
    calls = []

    class Older(Callback):
        def on_batch_begin(self, batch, logs=None):
            calls.append(("begin", batch, list(logs)))

        def on_batch_end(self, batch, logs=None):
            calls.append(("end", batch, list(logs)))

    class Both(Older):
        def on_train_batch_end(self, batch, logs=None):
            calls.append(("train end", batch, list(logs)))

    class Calling(Older):
        def on_train_batch_end(self, batch, logs=None):
            calls.append(("train end", batch, list(logs)))
            super().on_train_batch_end(batch, logs)

    for cls, ends in [
        (Older, [("end", 0, NAMES)]),
        (Both, [("train end", 0, NAMES)]),
        (Calling, [("train end", 0, NAMES), ("end", 0, NAMES)]),
    ]:
        calls.clear()
        small_model().fit(X, Y, verbose=0, callbacks=[cls()])
        assert calls == [("begin", 0, []), *ends]


def test_model_and_params():
    callback = Callback()
    with pytest.raises(AttributeError, match=r"\[Callback\] has no model before fit is called"):
        callback.model  # noqa: B018
    model = small_model()
    model.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[callback])
    assert callback.model is model
    assert callback.params == {"verbose": 0, "epochs": 3, "steps": 3}


def test_history():
    model = small_model()
    history = model.fit(X, Y, epochs=5, initial_epoch=2, verbose=0, validation_data=(X, Y))
    assert model.history is history
    assert history.epoch == [2, 3, 4]
    assert sorted(history.history) == sorted([*NAMES, *(f"val_{name}" for name in NAMES)])
    values = [v for column in history.history.values() for v in column]
    assert len(values) == 18
    assert all(type(v) is float for v in values)
    assert history.params["epochs"] == 5
    assert json.loads(json.dumps(history.history)) == history.history
    with pytest.raises(KeyError, match=r"'acc' was not measured: there are 'accuracy', 'loss'"):
        history.history["acc"]
    assert history.history.get("acc") is None


def test_logs_are_sorted_by_name():
    def zeros(y_true, y_pred):
        return 0 * y_pred[:, 0]

    seen = []
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(list(logs)))
    small_model([zeros]).fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callback])
    assert seen == [["loss", "val_loss", "val_zeros", "zeros"]]


def test_what_a_callback_adds_to_the_logs_is_in_the_history():
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(rate=0.1 * epoch))
    history = small_model().fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    assert history.history["rate"] == [0, 0.1]


def test_ones_own_history_is_the_one():
    own = History()
    model = small_model()
    assert model.fit(X, Y, verbose=0, callbacks=[own]) is own
    assert model.history is own
    assert len(own.history["loss"]) == 1


def test_validation_epochs_in_the_history():
    history = small_model().fit(
        X, Y, epochs=5, verbose=0, validation_data=(X, Y), validation_freq=2
    )
    assert (len(history.history["loss"]), len(history.history["val_loss"])) == (5, 2)


def test_lambda_callback():
    calls = []
    names = [name for name in HOOKS if not name.endswith(("on_batch_begin", "on_batch_end"))]
    functions = {
        name: lambda *args, name=name: calls.append((name.removeprefix("on_"), *args[:-1]))
        for name in names
    }
    model = small_model()
    callback = LambdaCallback(**functions)
    model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callback])
    model.predict(X, verbose=0, callbacks=[callback])
    assert calls == [
        ("train_begin",),
        ("epoch_begin", 0),
        ("train_batch_begin", 0),
        ("train_batch_end", 0),
        ("test_begin",),
        ("test_batch_begin", 0),
        ("test_batch_end", 0),
        ("test_end",),
        ("epoch_end", 0),
        ("train_end",),
        ("predict_begin",),
        ("predict_batch_begin", 0),
        ("predict_batch_end", 0),
        ("predict_end",),
    ]
    model.fit(X, Y, verbose=0, callbacks=[LambdaCallback(on_epoch_end=None)])


def test_lambda_callback_errors():
    for name in ("on_epoch", "epoch_end", "set_model", "params", "on_nope"):
        with pytest.raises(TypeError, match=rf"\[LambdaCallback\] there is no method {name!r}"):
            LambdaCallback(**{name: print})
    with pytest.raises(TypeError, match=r"\[LambdaCallback\] expected on_epoch_end: a function"):
        LambdaCallback(on_epoch_end=3)
    assert LambdaCallback(helper=lambda x: x + 1).helper(1) == 2


def stop_at(**where):
    """A callback that stops the training at these calls."""

    class Stopper(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.stop("epoch_begin", epoch)

        def on_train_batch_begin(self, batch, logs=None):
            self.stop("batch_begin", batch)

        def on_train_batch_end(self, batch, logs=None):
            self.stop("batch_end", batch)

        def on_epoch_end(self, epoch, logs=None):
            self.stop("epoch_end", epoch)

        def stop(self, name, number):
            if where.get(name) == number:
                self.model.stop_training = True

    return Stopper()


def test_stop_from_a_batch_hook():
    model, recorder = small_model(), Recorder()
    history = model.fit(
        X,
        Y,
        batch_size=1,
        epochs=3,
        verbose=0,
        validation_data=(X, Y),
        callbacks=[recorder, stop_at(batch_end=1)],
    )
    assert model.optimizer.iterations == 2
    assert history.epoch == [0]
    assert "val_loss" in history.history  # as in Keras: the epoch ends as epochs do
    names = [call[0] for call in recorder.calls]
    assert names.count("train_batch_end") == 2
    assert names[-3:] == ["test_end", "epoch_end", "train_end"]


@pytest.mark.parametrize(
    ("where", "steps", "epochs"),
    [
        ({"epoch_end": 1}, 10, [0, 1]),
        ({"batch_end": 4}, 5, [0]),
        ({"batch_begin": 2}, 3, [0]),
        ({"epoch_begin": 1}, 6, [0, 1]),
    ],
)
def test_where_training_stops(where, steps, epochs):
    model = small_model()
    history = model.fit(X, Y, batch_size=1, epochs=4, verbose=0, callbacks=[stop_at(**where)])
    assert model.optimizer.iterations == steps
    assert history.epoch == epochs
    history = model.fit(X, Y, batch_size=1, epochs=1, verbose=0)  # forgotten by the next fit
    assert model.optimizer.iterations == steps + 5


def test_evaluating_in_a_callback():
    model = small_model()
    seen = []

    def evaluate(epoch, logs):
        before = model.get_weights()
        seen.append(model.evaluate(X, Y, verbose=0, return_dict=True)["loss"])
        assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))

    model.fit(X, Y, epochs=2, verbose=0, callbacks=[LambdaCallback(on_epoch_end=evaluate)])
    assert seen[1] == model.evaluate(X, Y, verbose=0)[0]


def test_an_error_in_a_callback_ends_the_training():
    model = small_model()

    def fail(epoch, logs):
        if epoch == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=[LambdaCallback(on_epoch_end=fail)])
    assert model.history.epoch == [0]
    assert model.optimizer.iterations == 2
    model.fit(X, Y, verbose=0)  # the model is free again


def stopped(values, **options):
    """The epochs that were trained, the callback, and each epoch's weights with those at the end.

    `values` are what the monitored metric is after each epoch.
    """
    model, weights = small_model(), []

    def give(epoch, logs):
        logs["watched"] = values[epoch]
        weights.append(model.get_weights())

    callback = EarlyStopping(**{"monitor": "watched", "mode": "min", **options})
    history = model.fit(
        X,
        Y,
        epochs=len(values),
        verbose=0,
        callbacks=[LambdaCallback(on_epoch_end=give), callback],
    )
    return len(history.epoch), callback, [*weights, model.get_weights()]


def same(a, b):
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(
    ("values", "options", "epochs"),
    [
        ([3, 2, 1, 1, 0], {}, 4),
        ([3, 2, 1, 2, 0], {}, 4),
        ([1, 1, 0], {}, 2),
        ([1, 2, 3, 0, 1, 1, 1], {"patience": 2}, 3),
        ([1, 2, 0, 2, 3, 1], {"patience": 2}, 5),
        ([1, 2, 2, 2, 0], {"patience": 3}, 4),
        ([1, 2, 3, 3, 4], {"mode": "max"}, 4),
        ([3, 2, 1], {"mode": "max"}, 2),
        ([3, 2.5, 2, 1.5], {"min_delta": 1}, 2),
        ([3, 3.5, 3.6], {"min_delta": -1}, 2),
        ([1, 1.5, 2.5], {"mode": "max", "min_delta": 1}, 2),
        ([5, 4, 3, 2, 1], {"baseline": 0.5}, 5),
        ([5, 4, 4, 2, 1], {"baseline": 0.5}, 3),
        ([5, 6, 1, 2, 3], {"baseline": 2, "patience": 3}, 5),
        ([5, 1, 2, 3, 4], {"baseline": 2, "patience": 3}, 5),
        ([1, 2, 3, 4, 5], {"baseline": 6, "mode": "max", "patience": 2}, 5),
        ([1, 2, 2, 4, 5], {"baseline": 6, "mode": "max", "patience": 2}, 3),
        ([1, 2, 3, 4, 5], {"start_from_epoch": 2}, 4),
        ([1, 2, 3, 2, 5], {"start_from_epoch": 2}, 5),
        ([5, 4, 3, 2, 1], {"start_from_epoch": 9}, 5),
        ([1, np.nan, 0], {}, 2),
        ([np.nan, 3, 2], {}, 2),
    ],
)
def test_early_stopping(values, options, epochs):
    got, callback, weights = stopped(values, **options)
    assert got == epochs
    assert callback.stopped_epoch == (epochs - 1 if callback.model.stop_training else 0)
    assert same(weights[-1], weights[-2])  # nothing is restored


@pytest.mark.parametrize(
    ("values", "options", "best"),
    [
        ([3, 1, 2, 0], {}, 1),
        ([3, 2, 1], {}, 2),
        ([3, 1, 2, 2, 0], {"patience": 2}, 1),
        ([1, 3, 2], {"mode": "max"}, 1),
        ([5, 4, 6, 7], {"baseline": 0, "patience": 2}, 1),
        ([0, 9, 5, 7, 8], {"start_from_epoch": 1, "patience": 2}, 2),
        ([np.nan, np.nan], {}, 0),
    ],
)
def test_best_weights_are_restored(values, options, best):
    epochs, callback, weights = stopped(values, restore_best_weights=True, **options)
    assert same(weights[-1], weights[best])
    assert not same(weights[-1], weights[epochs - 1 if best != epochs - 1 else 0])
    assert callback.best_epoch == best
    assert callback.best == values[best] or np.isnan(values[best])


def test_nothing_is_restored_before_the_first_epoch_that_counts():
    _, callback, weights = stopped([3, 2, 1], restore_best_weights=True, start_from_epoch=5)
    assert callback.best_weights is None
    assert same(weights[-1], weights[-2])


def test_early_stopping_can_be_used_again():
    callback = EarlyStopping(monitor="loss", patience=2)
    for _ in range(2):
        model = small_model()
        model.optimizer.learning_rate = 0
        history = model.fit(X, Y, epochs=9, verbose=0, shuffle=False, callbacks=[callback])
        assert len(history.epoch) == 3


@pytest.mark.parametrize(
    ("monitor", "metrics", "up"),
    [
        ("loss", [], False),
        ("val_loss", [], False),
        ("accuracy", ["accuracy"], True),
        ("val_acc", ["acc"], True),
        ("mse", ["mse"], False),
        ("val_mae", ["mae"], False),
        ("top_k_categorical_accuracy", ["top_k_categorical_accuracy"], True),
    ],
)
def test_mode_auto(monitor, metrics, up):
    better = [1, 2, 3, 4] if up else [4, 3, 2, 1]
    for values, epochs in [(better, 4), (better[::-1], 2)]:

        def give(epoch, logs, values=values):
            logs[monitor] = values[epoch]

        history = small_model(metrics).fit(
            X,
            Y,
            epochs=4,
            verbose=0,
            callbacks=[LambdaCallback(on_epoch_end=give), EarlyStopping(monitor)],
        )
        assert len(history.epoch) == epochs


def test_mode_auto_that_cannot_tell():
    model = small_model([lambda y_true, y_pred: y_pred[:, 0]])
    callback = EarlyStopping("lambda")
    with pytest.raises(ValueError, match=r"cannot tell .*'lambda' is better: pass mode='max' or"):
        model.fit(X, Y, verbose=0, callbacks=[callback])


@pytest.mark.parametrize(
    "make",
    [
        EarlyStopping,
        callbacks.ReduceLROnPlateau,
        lambda **arguments: callbacks.ModelCheckpoint("m.safetensors", **arguments),
    ],
)
def test_an_unknown_mode_warns_as_in_keras(make):
    with pytest.warns(UserWarning, match="expected mode 'auto', 'min' or 'max', got 'up'"):
        callback = make(mode="up")
    assert callback.mode == "auto"


def test_monitor_op_is_known_in_training():
    seen = []
    ops = {}
    for mode in ("auto", "min", "max"):
        ops[mode] = EarlyStopping("loss", mode=mode)
        assert ops[mode].monitor_op is None
    note = LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.extend(c.monitor_op for c in ops.values())
    )
    small_model().fit(X, Y, verbose=0, callbacks=[*ops.values(), note])
    assert seen == [np.less, np.less, np.greater]


def test_missing_metric_is_a_warning():
    message = r"\[EarlyStopping\] there is no metric 'val_loss', as fit was given nothing to val"
    model = small_model()
    with pytest.warns(UserWarning, match=message):
        history = model.fit(X, Y, epochs=1, verbose=0, callbacks=[EarlyStopping()])
    assert history.epoch == [0]


def test_verbose_early_stopping(capsys):
    stopped([1, 2], restore_best_weights=True, verbose=1)
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 2: early stopping",
        "Restoring the weights of the best epoch, 1",
    ]
    stopped([1, 2], restore_best_weights=True)
    assert capsys.readouterr().out == ""


def test_refused_callbacks_say_so():
    with pytest.raises(AttributeError, match=r"callbacks.RemoteMonitor of Keras is not supported"):
        callbacks.RemoteMonitor  # noqa: B018
