"""CSVLogger, LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN, TensorBoard."""

import csv

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks
from brisknet.callbacks import event_file

X = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)


def model(rate=0.1):
    made = bn.Sequential([bn.Input((3,)), bn.layers.Dense(1)])
    made.compile(bn.optimizers.SGD(rate), "mse", metrics=["mae"])
    return made


def fit(made, *called, **kwargs):
    given = {"epochs": 3, "batch_size": 4, "verbose": 0, "callbacks": list(called)}
    return made.fit(X, Y, **given | kwargs)


def rows_of(path, **kwargs):
    with open(path, newline="") as file:
        return list(csv.reader(file, **kwargs))


def test_csv(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(model(), callbacks.CSVLogger(path), validation_data=(X, Y)).history
    header, *rows = rows_of(path)
    assert header == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    for i, name in enumerate(header[1:], 1):
        assert [float(row[i]) for row in rows] == history[name]


def test_csv_goes_on_or_starts_anew(tmp_path):
    path = tmp_path / "log.csv"
    for append, lines in ((False, 4), (True, 7), (False, 4)):
        fit(model(), callbacks.CSVLogger(path, separator=";", append=append))
        rows = rows_of(path, delimiter=";")
        assert len(rows) == lines
        assert rows[0] == ["epoch", "loss", "mae", "val_loss", "val_mae"]
        assert all(row[3] == "NA" for row in rows[1:])


def test_csv_is_written_epoch_by_epoch(tmp_path):
    path = tmp_path / "log.csv"
    seen = []
    look = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(len(rows_of(path)))
    )
    fit(model(), callbacks.CSVLogger(path), look)
    assert seen == [2, 3, 4]


@pytest.mark.parametrize("schedule", [lambda e, lr: lr / 2, lambda e: 0.1 * 0.5 ** (e + 1)])
def test_learning_rate_scheduler(schedule, capsys):
    made = model()
    history = fit(made, callbacks.LearningRateScheduler(schedule, verbose=1)).history
    assert history["learning_rate"] == pytest.approx([0.05, 0.025, 0.0125])
    assert float(made.optimizer.learning_rate) == pytest.approx(0.0125)
    assert (
        "Epoch 2: LearningRateScheduler setting learning rate to 0.025." in capsys.readouterr().out
    )


def test_learning_rate_scheduler_wants_a_float():
    with pytest.raises(ValueError, match="expected schedule to return a float, got 'x'"):
        fit(model(), callbacks.LearningRateScheduler(lambda epoch, lr: "x"))


def reductions(values, **arguments):
    """The learning rate after each epoch with these values of a metric."""
    made = model()
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
        fit(model(), callbacks.ReduceLROnPlateau(), epochs=1)


def test_terminate_on_nan(capsys):
    made = model(1e30)
    fit(made, callbacks.TerminateOnNaN(), epochs=50)
    assert made.stop_training
    assert "Invalid loss, terminating training" in capsys.readouterr().out
    assert len(made.history.epoch) < 50
    with pytest.raises(RuntimeError, match="the loss of batch"):
        fit(model(1e30), callbacks.TerminateOnNaN(raise_error=True), epochs=50)


def test_checksums():
    # RFC 3720, B.4: 32 zeros; and TFRecord's mask.
    crc = 0x8A9136AA
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert event_file._checksum(bytes(32)) == masked.to_bytes(4, "little")


def curves(folder):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator(str(folder))
    accumulator.Reload()
    return {
        tag: {event.step: event.value for event in accumulator.Scalars(tag)}
        for tag in accumulator.Tags()["scalars"]
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard(tmp_path):
    made = model()
    callback = callbacks.TensorBoard(tmp_path, update_freq=2, write_steps_per_second=True)
    history = fit(made, callback, validation_data=(X, Y)).history
    train, test = curves(tmp_path / "train"), curves(tmp_path / "validation")
    for name in ("loss", "mae"):
        assert list(train[f"epoch_{name}"].values()) == pytest.approx(history[name])
        assert list(test[f"epoch_{name}"].values()) == pytest.approx(history[f"val_{name}"])
        assert list(train[f"batch_{name}"]) == [2, 4, 6, 8]
        assert list(test[f"evaluation_{name}_vs_iterations"]) == [3, 6, 9]
    assert list(train["epoch_learning_rate"].values()) == pytest.approx([0.1] * 3)
    assert min(train["epoch_steps_per_second"].values()) > 0
    assert list(train["epoch_loss"]) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cut_event_file_is_read_up_to_there(tmp_path):
    file = event_file.EventFile(str(tmp_path))
    for step in range(3):
        file.scalar("a", step / 2, step + 1000)
    file.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert curves(tmp_path)["a"] == {1000: 0.0, 1001: 0.5}


@pytest.mark.parametrize(
    "arguments",
    [{"histogram_freq": 1}, {"write_images": True}, {"profile_batch": 2}, {"embeddings_freq": 1}],
)
def test_tensorboard_refuses(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=rf"\[TensorBoard\] {name} is not supported"):
        callbacks.TensorBoard(**arguments)
    with pytest.raises(ValueError, match="expected update_freq"):
        callbacks.TensorBoard(update_freq=0)
