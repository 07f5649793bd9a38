"""Callbacks: which hooks are called, in what order and with what."""

import numpy as np
import pytest

from brisknet import callbacks
from brisknet.callbacks import Callback, History, LambdaCallback
from reference import U
from small_trainings import NAMES, X, Y, classifier


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
    classifier().fit(
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
    model = classifier()
    model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[recorder])
    assert recorder.calls == [("test_begin", []), *test_step(0), *test_step(1), ("test_end", NAMES)]
    assert recorder.params == {"verbose": 0, "epochs": 1, "steps": 2}
    assert recorder.model is model


def test_hooks_of_predict():
    recorder = Recorder()
    classifier().predict(X, batch_size=4, verbose=0, callbacks=[recorder])
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
    got = classifier().predict(X, batch_size=2, verbose=0, callbacks=[callback])
    assert (np.concatenate(seen) == got).all()


def test_no_hooks_without_fit():
    recorder = Recorder()
    model = classifier()
    model.fit(X, Y, verbose=0, callbacks=[recorder])
    recorder.calls.clear()
    model.train_on_batch(X, Y)
    model.test_on_batch(X, Y)
    model.predict_on_batch(X)
    assert recorder.calls == []


def test_batch_logs_are_means_over_the_epoch_so_far():
    seen, single = [], []
    model = classifier()
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
    classifier().fit(X, Y, verbose=0, callbacks=[made[0], [made[1], (made[2],)], None, made[3]])
    assert order == [0, 1, 2, 3]
    classifier().fit(X, Y, verbose=0, callbacks=made[0])
    assert order[4:] == [0]


@pytest.mark.parametrize("bad", [lambda: 1, History, "early_stopping", [3]])
def test_callbacks_must_be_objects(bad):
    model = classifier()
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
        classifier().fit(X, Y, verbose=0, callbacks=[cls()])
        assert calls == [("begin", 0, []), *ends]


def test_model_and_params():
    callback = Callback()
    with pytest.raises(AttributeError, match=r"\[Callback\] has no model before fit is called"):
        callback.model  # noqa: B018
    model = classifier()
    model.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[callback])
    assert callback.model is model
    assert callback.params == {"verbose": 0, "epochs": 3, "steps": 3}


def test_lambda_callback():
    calls = []
    names = [name for name in HOOKS if not name.endswith(("on_batch_begin", "on_batch_end"))]
    functions = {
        name: lambda *args, name=name: calls.append((name.removeprefix("on_"), *args[:-1]))
        for name in names
    }
    model = classifier()
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
        with pytest.raises(
            TypeError,
            match=rf"\[LambdaCallback\] expected the name of a callback method, got {name!r}",
        ):
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
    model, recorder = classifier(), Recorder()
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
    model = classifier()
    history = model.fit(X, Y, batch_size=1, epochs=4, verbose=0, callbacks=[stop_at(**where)])
    assert model.optimizer.iterations == steps
    assert history.epoch == epochs
    history = model.fit(X, Y, batch_size=1, epochs=1, verbose=0)  # forgotten by the next fit
    assert model.optimizer.iterations == steps + 5


def test_evaluating_in_a_callback():
    model = classifier()
    seen = []

    def evaluate(epoch, logs):
        before = model.get_weights()
        seen.append(model.evaluate(X, Y, verbose=0, return_dict=True)["loss"])
        assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))

    model.fit(X, Y, epochs=2, verbose=0, callbacks=[LambdaCallback(on_epoch_end=evaluate)])
    assert seen[1] == model.evaluate(X, Y, verbose=0)[0]


def test_an_error_in_a_callback_ends_the_training():
    model = classifier()

    def fail(epoch, logs):
        if epoch == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=[LambdaCallback(on_epoch_end=fail)])
    assert model.history.epoch == [0]
    assert model.optimizer.iterations == 2
    model.fit(X, Y, verbose=0)  # the model is free again


def test_refused_callbacks_say_so():
    with pytest.raises(AttributeError, match=r"callbacks.RemoteMonitor of Keras is not supported"):
        callbacks.RemoteMonitor  # noqa: B018
