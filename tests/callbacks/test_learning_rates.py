"""LearningRateScheduler and ReduceLROnPlateau."""

import pytest

from brisknet import callbacks
from small_trainings import fit, regressor


@pytest.mark.parametrize("schedule", [lambda e, lr: lr / 2, lambda e: 0.1 * 0.5 ** (e + 1)])
def test_learning_rate_scheduler(schedule, capsys):
    made = regressor()
    history = fit(made, callbacks.LearningRateScheduler(schedule, verbose=1)).history
    assert history["learning_rate"] == pytest.approx([0.05, 0.025, 0.0125])
    assert float(made.optimizer.learning_rate) == pytest.approx(0.0125)
    assert (
        "Epoch 2: LearningRateScheduler setting learning rate to 0.025." in capsys.readouterr().out
    )


def test_learning_rate_scheduler_wants_a_float():
    with pytest.raises(ValueError, match="expected schedule to return a float, got 'x'"):
        fit(regressor(), callbacks.LearningRateScheduler(lambda epoch, lr: "x"))


def reductions(values, **arguments):
    """The learning rate after each epoch with these values of a metric."""
    made = regressor()
    callback = callbacks.ReduceLROnPlateau("metric", mode="min", **arguments)
    callback.set_model(made)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        logs = {"metric": value}
        callback.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == (rates[-1] if rates else 0.1)
        rates.append(float(made.optimizer.learning_rate))
    return rates


def test_reduce_on_plateau(capsys):
    half = {"factor": 0.5, "patience": 1}
    assert reductions([3, 2, 2, 2], factor=0.5, patience=2, verbose=1) == [0.1, 0.1, 0.1, 0.05]
    assert "Epoch 4: ReduceLROnPlateau reducing learning rate to 0.05." in capsys.readouterr().out
    assert reductions([2, 2, 2, 2], **half) == [0.1, 0.05, 0.025, 0.0125]
    assert reductions([2, 2, 2, 2], **half, min_lr=0.04) == [0.1, 0.05, 0.04, 0.04]
    assert reductions([2] * 5, **half, cooldown=2) == [0.1, 0.05, 0.05, 0.025, 0.025]
    assert reductions([2, 1.95, 1.8], **half, min_delta=0.1) == [0.1, 0.05, 0.05]


def test_reduce_on_plateau_of_bad_arguments():
    with pytest.raises(ValueError, match="expected factor below 1, got 1"):
        callbacks.ReduceLROnPlateau(factor=1)
    with pytest.warns(UserWarning, match="there is no metric 'val_loss'"):
        fit(regressor(), callbacks.ReduceLROnPlateau(), epochs=1)
