"""Warnings point at the user's line, wherever in brisknet they arise."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers

X, Y = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)


def model(units=1):
    made = bn.Sequential([layers.Input((2,)), layers.Dense(units, name="dense")])
    made.compile("adam", "mse")
    return made


def fit_with(callback):
    model().fit(X, Y, epochs=1, verbose=0, callbacks=[callback])


def load_another(tmp_path, units):
    other = model(units)
    other.save_weights(tmp_path / "w.safetensors")
    loaded = model()
    loaded.load_weights(tmp_path / "w.safetensors", skip_mismatch=True)


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda _: fit_with(callbacks.EarlyStopping()), "there is no metric 'val_loss'"),
        (lambda _: fit_with(callbacks.ReduceLROnPlateau()), "there is no metric 'val_loss'"),
        (lambda _: callbacks.EarlyStopping(mode="most"), "expected mode"),
        (
            lambda path: fit_with(
                callbacks.ModelCheckpoint(path / "m.safetensors", save_best_only=True)
            ),
            "expected 'val_loss', a number",
        ),
        (lambda _: model().fit(iter([(X, Y)]), steps_per_epoch=2, verbose=0), "ran out of data"),
        (
            lambda _: model().fit(iter([(X, Y)]), epochs=2, verbose=0),
            "ran out of data: training ends before epoch 2",
        ),
        (lambda path: load_another(path, 3), "they are left as they are"),
    ],
)
def test_warnings_name_the_line_of_the_user(tmp_path, act, text):
    with pytest.warns(UserWarning, match=text) as caught:
        act(tmp_path)
    assert {warning.filename for warning in caught} == {__file__}
