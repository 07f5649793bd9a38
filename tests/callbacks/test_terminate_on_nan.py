"""TerminateOnNaN."""

import pytest

from brisknet import callbacks
from small_trainings import fit, regressor


def test_terminate_on_nan(capsys):
    made = regressor(1e30)
    fit(made, callbacks.TerminateOnNaN(), epochs=50)
    assert made.stop_training
    assert "Invalid loss, terminating training" in capsys.readouterr().out
    assert len(made.history.epoch) < 50
    with pytest.raises(RuntimeError, match="the loss of batch"):
        fit(regressor(1e30), callbacks.TerminateOnNaN(raise_error=True), epochs=50)
