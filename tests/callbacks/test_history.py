"""History: its epochs, its names, and what callbacks add to the logs."""

import json

import pytest

from brisknet.callbacks import History, LambdaCallback
from small_trainings import NAMES, X, Y, classifier


def test_history():
    model = classifier()
    history = model.fit(X, Y, epochs=5, initial_epoch=2, verbose=0, validation_data=(X, Y))
    assert model.history is history
    assert history.epoch == [2, 3, 4]
    assert sorted(history.history) == sorted([*NAMES, *(f"val_{name}" for name in NAMES)])
    values = [v for column in history.history.values() for v in column]
    assert len(values) == 18
    assert all(type(v) is float for v in values)
    assert history.params["epochs"] == 5
    assert json.loads(json.dumps(history.history)) == history.history
    with pytest.raises(
        KeyError, match=r"'acc' was not measured: the metrics are 'accuracy', 'loss'"
    ):
        history.history["acc"]
    assert history.history.get("acc") is None


def test_logs_are_sorted_by_name():
    def zeros(y_true, y_pred):
        return 0 * y_pred[:, 0]

    seen = []
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(list(logs)))
    classifier([zeros]).fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callback])
    assert seen == [["loss", "val_loss", "val_zeros", "zeros"]]


def test_what_a_callback_adds_to_the_logs_is_in_the_history():
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(rate=0.1 * epoch))
    history = classifier().fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    assert history.history["rate"] == [0, 0.1]


def test_ones_own_history_is_the_one():
    own = History()
    model = classifier()
    assert model.fit(X, Y, verbose=0, callbacks=[own]) is own
    assert model.history is own
    assert len(own.history["loss"]) == 1


def test_validation_epochs_in_the_history():
    history = classifier().fit(X, Y, epochs=5, verbose=0, validation_data=(X, Y), validation_freq=2)
    assert (len(history.history["loss"]), len(history.history["val_loss"])) == (5, 2)
