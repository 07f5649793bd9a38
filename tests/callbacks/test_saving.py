"""ModelCheckpoint, and BackupAndRestore: trainings that are killed go on with the same bits."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.callbacks import BackupAndRestore, Callback, ModelCheckpoint


def data():
    rng = np.random.default_rng(0)
    return rng.random((40, 3)), rng.random((40, 1))


def model():
    made = keras.Sequential(
        [
            layers.Input((3,)),
            layers.Dense(4, kernel_initializer=keras.initializers.HeNormal(seed=1)),
            layers.Dropout(0.3, seed=2),
            layers.BatchNormalization(),
            layers.Dense(1, kernel_initializer=keras.initializers.HeNormal(seed=3)),
        ]
    )
    made.compile("adam", "mse", metrics=["mae"])
    made._orders = keras.random.SeedGenerator(5)
    return made


def equal(one, other):
    return all(map(np.array_equal, one.get_weights(), other.get_weights()))


def fit(one, callback, **kwargs):
    arguments = {"epochs": 3, "batch_size": 8, "verbose": 0, **kwargs}
    return one.fit(*data(), callbacks=callback, **arguments)


# --- ModelCheckpoint


def test_all_epochs_in_files_named_after_them(tmp_path):
    one = model()
    path = tmp_path / "deep" / "{epoch:02d}-{loss:.3f}-{val_mae:.2f}.safetensors"
    history = fit(one, ModelCheckpoint(path), validation_split=0.25).history
    expected = [
        f"{i + 1:02d}-{loss:.3f}-{mae:.2f}.safetensors"
        for i, (loss, mae) in enumerate(zip(history["loss"], history["val_mae"], strict=True))
    ]
    assert sorted(os.listdir(tmp_path / "deep")) == expected
    last = keras.models.load_model(tmp_path / "deep" / expected[-1])
    assert equal(one, last)
    assert last.optimizer.iterations == 12


@pytest.mark.parametrize(
    ("mode", "values", "saved"),
    [("min", [3, 2, 2.5, 1], [1, 2, 4]), ("max", [3, 2, 2.5, 4], [1, 4])],
)
def test_the_best_only(tmp_path, mode, values, saved, capsys):
    class Measure(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["score"] = values[epoch]

    path = f"{tmp_path}/{{epoch}}.weights.h5"
    pytest.importorskip("h5py")
    checkpoint = ModelCheckpoint(
        path, "score", verbose=1, save_best_only=True, save_weights_only=True, mode=mode
    )
    one = model()
    one.build((None, 3))
    checkpoint.set_model(one)
    for epoch, value in enumerate(values):
        checkpoint.on_epoch_begin(epoch)
        checkpoint.on_epoch_end(epoch, {"score": value})
    assert sorted(os.listdir(tmp_path)) == [f"{i}.weights.h5" for i in saved]
    out = capsys.readouterr().out
    assert out.count("did not improve") == len(values) - len(saved)
    assert "Epoch 1: score improved from None to 3.00000, saving model to" in out
    assert out.count("finished saving model to") == len(saved)


def test_a_value_to_beat_first(tmp_path):
    checkpoint = ModelCheckpoint(
        tmp_path / "m.safetensors", "loss", save_best_only=True, initial_value_threshold=-1.0
    )
    fit(model(), checkpoint)
    assert os.listdir(tmp_path) == []


def test_every_few_steps(tmp_path):
    path = tmp_path / "{epoch}-{batch}.safetensors"
    fit(model(), ModelCheckpoint(path, save_freq=4))
    steps = [(i // 5 + 1, i % 5 + 1) for i in range(3, 15, 4)]
    assert sorted(os.listdir(tmp_path)) == [f"{e}-{b}.safetensors" for e, b in steps]


def test_the_direction_is_told_from_the_metric(tmp_path):
    fit(model(), ModelCheckpoint(tmp_path / "m.safetensors", "mae", save_best_only=True))
    checkpoint = ModelCheckpoint(tmp_path / "m.safetensors", "unknown")
    with pytest.raises(ValueError, match="there is no metric 'unknown': the metrics are loss, mae"):
        fit(model(), checkpoint)


def test_a_metric_that_there_is_not(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "m.safetensors", save_best_only=True)
    with pytest.warns(UserWarning, match="expected 'val_loss', a number"):
        fit(model(), checkpoint, epochs=1)
    assert os.listdir(tmp_path) == ["m.safetensors"]
    with pytest.raises(KeyError, match="there is no 'acc' for filepath"):
        fit(model(), ModelCheckpoint(tmp_path / "{acc}.safetensors"))


def test_what_is_refused(tmp_path):
    for arguments in (
        {"filepath": "m.tf"},
        {"filepath": "m.h5", "save_weights_only": True},
        {"filepath": "m.keras", "save_weights_only": True},
    ):
        with pytest.raises(ValueError, match=r"\[ModelCheckpoint\] expected filepath"):
            ModelCheckpoint(**arguments)
    for callback in (ModelCheckpoint, BackupAndRestore):
        for freq in ("batch", 0, True, 2.0):
            with pytest.raises(ValueError, match="expected save_freq 'epoch' or a number"):
                callback("m.keras", save_freq=freq)
    with pytest.raises(ValueError, match="expected backup_dir"):
        BackupAndRestore("")


def test_steps_cost_nothing_where_epochs_are_saved(tmp_path):
    for callback in (ModelCheckpoint("m.keras"), BackupAndRestore(tmp_path)):
        called = keras.callbacks.CallbackList([callback])
        assert not called.wants_batch_logs


# --- BackupAndRestore


class Stop(Exception):
    pass


class Interrupt(Callback):
    """Raises before a step of an epoch."""

    def __init__(self, epoch, step):
        super().__init__()
        self.at = epoch, step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise Stop


@pytest.mark.parametrize("save_freq", ["epoch", 1, 2, 3, 7])
@pytest.mark.parametrize("at", [(0, 3), (1, 0), (1, 4), (2, 2)])
def test_an_interrupted_training_goes_on_with_the_same_bits(tmp_path, save_freq, at):
    whole = model()
    history = fit(whole, []).history
    callback = BackupAndRestore(tmp_path / "backup", save_freq)
    with pytest.raises(Stop):
        fit(model(), [callback, Interrupt(*at)])
    other = model()
    other._orders = None  # as a new process would have it
    other.layers[1].seed_generator = keras.random.SeedGenerator(99)
    steps = 5 * at[0] + at[1]
    done = steps // 5 * 5 if save_freq == "epoch" else steps // save_freq * save_freq
    if done == 0:
        other = model()
    found = fit(other, BackupAndRestore(tmp_path / "backup", save_freq)).history
    assert equal(whole, other)
    # An epoch whose last step was made, but whose end was not backed up, ends again.
    epoch = done // 5 if save_freq == "epoch" else max(0, done - 1) // 5
    assert found == {name: values[epoch:] for name, values in history.items()}
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_a_killed_process_goes_on_with_the_same_bits(tmp_path, save_freq):
    code = """
        import os, signal, sys
        sys.path.insert(0, sys.argv[1])
        from test_saving import BackupAndRestore, Callback, fit, model

        class Kill(Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.epoch = epoch

            def on_train_batch_begin(self, batch, logs=None):
                if (self.epoch, batch) == (1, 4):
                    os.kill(os.getpid(), signal.SIGKILL)

        freq = sys.argv[3] if sys.argv[3] == "epoch" else int(sys.argv[3])
        one = model()
        callbacks = [BackupAndRestore(sys.argv[2], freq)]
        fit(one, callbacks + [Kill()] * (sys.argv[4] == "kill"))
        one.save_weights(sys.argv[2] + "/../end.safetensors")
    """

    def run(what):
        here = os.path.dirname(__file__)
        arguments = [here, str(tmp_path / "backup"), str(save_freq), what]
        code_ = textwrap.dedent(code)
        return subprocess.run([sys.executable, "-c", code_, *arguments]).returncode

    assert run("kill") == -signal.SIGKILL
    assert os.listdir(tmp_path / "backup") == ["latest.safetensors"]
    (tmp_path / "backup" / "other").touch()
    assert run("on") == 0
    assert os.listdir(tmp_path / "backup") == ["other"]  # a user's file stays
    whole, other = model(), model()
    fit(whole, [])
    other.load_weights(tmp_path / "end.safetensors")
    assert equal(whole, other)


def test_a_finished_training_starts_anew_unless_the_backup_is_kept(tmp_path):
    one = model()
    assert len(fit(one, BackupAndRestore(tmp_path / "b", delete_checkpoint=False)).epoch) == 3
    assert fit(model(), BackupAndRestore(tmp_path / "b", delete_checkpoint=False)).epoch == []
    other = model()
    callback = BackupAndRestore(tmp_path / "b")
    assert fit(other, callback, epochs=4).epoch == [3]
    assert fit(other, callback).epoch == [0, 1, 2]


def test_a_damaged_backup(tmp_path):
    for double in (False, True):
        callback = BackupAndRestore(tmp_path / "b", double_checkpoint=double)
        with pytest.raises(Stop):
            fit(model(), [callback, Interrupt(2, 1)])
        latest = tmp_path / "b" / "latest.safetensors"
        latest.write_bytes(latest.read_bytes()[:-1])
        if double:
            assert fit(model(), callback).epoch == [1, 2]
        else:
            one = model()
            before = one.get_weights()
            with pytest.raises(ValueError, match=r"latest.safetensors' cannot be loaded"):
                fit(one, callback)
            assert all(map(np.array_equal, before, one.get_weights()))
            latest.unlink()


def test_a_backup_of_another_model(tmp_path):
    with pytest.raises(Stop):
        fit(model(), [BackupAndRestore(tmp_path), Interrupt(1, 0)])
    other = keras.Sequential([layers.Dense(1)])
    other.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"\[BackupAndRestore\] .*the model has"):
        fit(other, BackupAndRestore(tmp_path))
