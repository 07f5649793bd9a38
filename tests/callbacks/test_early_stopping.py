"""EarlyStopping: when training ends, and with which weights."""

import numpy as np
import pytest

from brisknet import callbacks
from brisknet.callbacks import EarlyStopping, LambdaCallback
from small_trainings import X, Y, classifier


def stopped(values, **options):
    """The epochs that were trained, the callback, and each epoch's weights with those at the end.

    `values` are what the monitored metric is after each epoch.
    """
    model, weights = classifier(), []

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
        model = classifier()
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

        history = classifier(metrics).fit(
            X,
            Y,
            epochs=4,
            verbose=0,
            callbacks=[LambdaCallback(on_epoch_end=give), EarlyStopping(monitor)],
        )
        assert len(history.epoch) == epochs


def test_mode_auto_that_cannot_tell():
    model = classifier([lambda y_true, y_pred: y_pred[:, 0]])
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
    classifier().fit(X, Y, verbose=0, callbacks=[*ops.values(), note])
    assert seen == [np.less, np.less, np.greater]


def test_missing_metric_is_a_warning():
    message = r"\[EarlyStopping\] there is no metric 'val_loss', as fit has no validation data"
    model = classifier()
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
