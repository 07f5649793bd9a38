"""What stands on the screen while a model is trained, and after it."""

import io
import re
import sys

import numpy as np
import pytest

import brisknet as bn
from brisknet.display import progress
from terminal import run_in_terminal, screens

TRAINING = """
import time
import numpy as np
import brisknet as bn

x, y = np.ones((48, 4), "f4"), np.arange(48) % 2
layers = [bn.layers.Dense(2, activation="relu"), bn.layers.Dense(1, activation="sigmoid")]
model = bn.Sequential(layers)
metrics = ["accuracy", "mae", bn.metrics.AUC(), bn.metrics.Precision(), bn.metrics.Recall()]
model.compile("sgd", "binary_crossentropy", metrics=metrics)

class Slow(bn.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.03)
    on_test_batch_end = on_predict_batch_end = on_train_batch_end

class Unsized:
    def __iter__(self):
        return ((x[i : i + 4], y[i : i + 4]) for i in range(0, 48, 4))

slow = [Slow()]
"""
FIT = TRAINING + "model.fit(x, y, epochs=2, batch_size=4, callbacks=slow, validation_split=0.5)"
NAMES = ["loss", "accuracy", "auc", "mae", "precision", "recall"]
VALUE = r"\d+\.\d+"


@pytest.mark.parametrize("columns", [40, 60, 80, 110, 120, 200])
def test_a_line_of_the_terminal(columns):
    written = run_in_terminal(FIT, columns)
    lives, screen = screens(written, columns)
    assert screen.wrapped == 0
    live = [line for line in lives if "/6" in line]
    assert all(len(line) < columns for line in live)
    training = [line for line in live if "Epoch" in line and " 0/6" not in line]
    assert len(training) >= 4
    for line in training:
        assert re.match(rf"Epoch \d/2 - loss: {VALUE} - ", line)
        assert len(re.findall("[█░]", line)) <= 20
        assert ("/step" in line) <= (columns >= 110)
    shown = [line for line in training if "validation" not in line]
    assert any("█" in line and "░" in line for line in shown) == (columns >= 60)
    if columns >= 60:
        assert all(" left" in line for line in shown)
        validating = [line for line in training if "validation" in line]
        assert any("- val_loss:" in line for line in validating) == (columns >= 80)
    assert all("accuracy" in line for line in shown) == (columns >= 80)
    assert all(line.count("recall") == (columns == 200) for line in shown)
    assert any("/step" in line for line in shown) == (columns >= 110)

    # What stays: for each epoch all metrics, the loss first, and no name or number torn.
    text = screen.text()
    assert text.pop() == ""
    starts = [i for i, line in enumerate(text) if line.startswith("Epoch")]
    assert len(starts) == 2
    for first, end in zip(starts, [*starts[1:], len(text)], strict=True):
        assert all(line.startswith("  ") for line in text[first + 1 : end])
        whole = " - ".join(line.strip() for line in text[first:end])
        both = NAMES + [f"val_{name}" for name in NAMES]
        values = " - ".join(f"{name}: {VALUE}" for name in both)
        assert re.fullmatch(rf"Epoch \d/2 - {values} - {VALUE} s - {VALUE} ms/step", whole)


def test_one_line_where_there_is_room():
    script = TRAINING + (
        "model.compile('sgd', 'mse', metrics=['mae'])\n"
        "model.fit(x, y, batch_size=4, callbacks=slow)"
    )
    _, screen = screens(run_in_terminal(script, 80), 80)
    line, end = screen.text()
    assert re.fullmatch(rf"Epoch 1/1 - loss: {VALUE} - mae: {VALUE} - {VALUE} s - .* ms/step", line)
    assert end == ""


def test_batches_whose_number_is_unknown():
    written = run_in_terminal(TRAINING + "model.fit(Unsized(), epochs=2, callbacks=slow)", 80)
    lives, screen = screens(written, 80)
    first = [line for line in lives if "Epoch 1/2" in line and " steps" in line]
    assert any(re.search(r"loss: .* - \d+ steps - 0:01$", line) for line in first)
    assert not any("█" in line for line in first)
    assert any("█" in line and "/12 - " in line for line in lives if "Epoch 2/2" in line)
    assert screen.wrapped == 0


def test_evaluate_and_predict():
    script = TRAINING + (
        "model.compile(loss='mse')\n"
        "model.evaluate(x, y, batch_size=4, callbacks=slow)\n"
        "model.predict(x, batch_size=4, callbacks=slow)"
    )
    lives, screen = screens(run_in_terminal(script, 60), 60)
    assert any(re.match(rf"loss: {VALUE} - █+░+ +\d+/12 - 0:01 left", line) for line in lives)
    assert any(re.match(r"█+░+ +\d+/12 - 0:01 left", line) for line in lives)
    evaluated, predicted, end = screen.text()
    assert re.fullmatch(rf"loss: {VALUE} - {VALUE} s - .* ms/step", evaluated)
    assert re.fullmatch(rf"12/12 - {VALUE} s - .* ms/step", predicted)
    assert end == ""


def test_quick_epochs_write_their_line_alone():
    written = run_in_terminal(TRAINING + "model.fit(x, y, epochs=20)", 200)
    *lines, end = written.split("\r\n")
    assert len(lines) == 20
    assert not any("\r" in line for line in lines[1:])
    assert end == ""


def test_what_others_print_has_lines_of_its_own():
    script = TRAINING + (
        "from brisknet.callbacks import *\n"
        "slow += [LambdaCallback(on_epoch_end=lambda epoch, logs: print('mine'))]\n"
        "slow += [LearningRateScheduler(lambda epoch: 1e-3, verbose=1)]\n"
        "slow += [EarlyStopping('learning_rate', mode='min', patience=1, verbose=1, "
        "restore_best_weights=True)]\n"
        "model.compile('sgd', 'mse')\n"
        "model.fit(x, y, epochs=9, batch_size=8, callbacks=slow)"
    )
    _, screen = screens(run_in_terminal(script, 100), 100)
    text = [re.sub(r"\d+\.\d+", "#", line) for line in screen.text()]
    epoch = "Epoch {}/9 - loss: # - learning_rate: # - # s - # ms/step"
    set_rate = "Epoch {}: LearningRateScheduler setting learning rate to #."
    assert text == [
        set_rate.format(1), "mine", epoch.format(1), set_rate.format(2), "mine", epoch.format(2),
        "Epoch 2: early stopping", "Restoring the weights of the best epoch, 1", "",
    ]  # fmt: skip


def test_what_an_early_end_leaves():
    script = TRAINING + (
        "import warnings\n"
        "warnings.simplefilter('default')\n"
        "def stop(batch, logs):\n"
        "    if batch == 9:\n"
        "        raise KeyboardInterrupt\n"
        "slow += [bn.callbacks.LambdaCallback(on_train_batch_end=stop)]\n"
        "try:\n"
        "    model.fit(x, y, batch_size=4, callbacks=slow)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
        "model.fit(iter([(x, y)]), epochs=2, callbacks=[Slow()])"
    )
    _, screen = screens(run_in_terminal(script, 120), 120)
    text = screen.text()
    place = text.index("stopped")
    assert re.match(r"Epoch 1/1 - loss: .* \d+/12 - 0:01 left", text[place - 1])
    warning = next(line for line in text if "ran out of data" in line)
    assert "Epoch 2/2" not in warning


def test_terminals_that_know_little():
    """One without block letters gets others; one that cannot return gets whole lines."""
    written = run_in_terminal(FIT, 80, PYTHONIOENCODING="ascii")
    assert re.search(r"loss: .* ##+\.+ +\d/6", written)
    assert run_in_terminal(FIT, 80, TERM="dumb").count("\r") == 2  # before each line's end


@pytest.mark.parametrize("stdout", [None, "file"])
def test_outputs_that_are_no_terminal(stdout, monkeypatch):
    class Written:  # as loggers put in sys.stdout's place, without isatty
        def __init__(self):
            self.text = ""

        def write(self, text):
            self.text += text

        def flush(self):
            pass

    written = Written() if stdout else None
    monkeypatch.setattr(sys, "stdout", written)
    model = bn.Sequential([bn.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae", "mse"])
    model.fit(np.ones((4, 2)), np.ones(4), epochs=2)
    if written:
        names = rf"loss: {VALUE} - mae: {VALUE} - mse: {VALUE}"
        line = rf"Epoch \d/2 - {names} - [0-9.]+ ms - .*/step\n"
        assert re.fullmatch(line * 2, written.text)


class OutStream(io.StringIO):
    """Stands for a notebook's sys.stdout, which is no terminal."""

    __module__ = "ipykernel.iostream"


def test_quick_epochs_in_a_notebook_are_lines(monkeypatch):
    """Longer ones are in test_notebook.py."""
    monkeypatch.setattr(sys, "stdout", OutStream())
    monkeypatch.setattr("brisknet.callbacks.progbar_logger.ProgbarLogger._show", lambda *a: None)
    model = bn.Sequential([bn.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 2)), np.ones(8), batch_size=4, epochs=2)
    written = sys.stdout.getvalue()
    assert re.fullmatch(rf"(Epoch \d/2 - loss: {VALUE} - [0-9.]+ ms - .*/step\n){{2}}", written)


def test_numbers_are_short():
    values = {"a": 0.5, "b": 0.0, "c": 2e-5, "d": -3.0, "e": np.nan, "f": 1e-3, "g": 1234.567}
    values |= {"h": 1.5e7, "i": -np.inf}
    assert progress.metrics_line(values) == (
        "a: 0.5000 - b: 0.0000 - c: 2e-05 - d: -3.0000 - e: nan - f: 0.001 - g: 1234.57 - "
        "h: 1.5e+07 - i: -inf"
    )


def test_the_loss_comes_first():
    logs = dict.fromkeys(["accuracy", "loss", "val_accuracy", "val_loss", "val"], 1.0)
    names = re.findall(r"(\w+):", progress.metrics_line(logs))
    assert names == ["loss", "accuracy", "val", "val_loss", "val_accuracy"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0004, "0.4 ms"), (0.027, "27 ms"), (1.26, "1.3 s"),
     (59.96, "1 min 00 s"), (125, "2 min 05 s"),
     (3600, "1 h 00 min"), (90061, "25 h 01 min")],
)  # fmt: skip
def test_durations(seconds, text):
    assert progress.duration_text(seconds) == text


@pytest.mark.parametrize(
    ("step", "text"),
    [(38e-6, "38 µs/step"), (2.613e-3, "2.61 ms/step"), (2.5, "2.5 s/step")],
)
def test_the_time_of_a_step(step, text):
    assert progress.rate_text(7 * step, 7) == text
