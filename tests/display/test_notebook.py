"""What a notebook keeps: it is executed, saved and looked at."""

import re

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

SETUP = """
import time
import numpy as np
import brisknet as keras

model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
x, y = np.ones((24, 2)), np.arange(24) % 2
slow = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: time.sleep(0.1))
"""
LIVE = """
live = keras.callbacks.LivePlot("loss", seconds=0, dpi=50)
model.fit(x, y, epochs=3, verbose=0, callbacks=[live]);
"""
FIT = "model.fit(x, y, epochs=2, batch_size=3, validation_split=0.25, callbacks=[slow])"


@pytest.fixture(scope="module")
def executed():
    """The outputs of the cells after the first, and the texts that took the place of others."""
    texts = []

    class Client(nbclient.NotebookClient):
        pictures = 0

        def process_message(self, message, cell, index):
            if message["msg_type"] == "update_display_data":
                self.pictures += "image/png" in message["content"]["data"]
                texts.append(message["content"]["data"]["text/plain"])
            return super().process_message(message, cell, index)

    cells = [SETUP, FIT, "model.evaluate(x, y)\nmodel.predict(x);", "model", "model.history", LIVE]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = Client(notebook, timeout=120, kernel_name="python3")
    client.execute()
    return [cell.outputs for cell in notebook.cells[1:]], texts, client.pictures


@pytest.fixture
def outputs(executed):
    return executed[0]


@pytest.fixture
def updates(executed):
    return executed[1]


def shown(outputs):
    """The lines of text below a cell."""
    texts = [output.text if "text" in output else output.data["text/plain"] for output in outputs]
    return [line for text in texts for line in text.splitlines()]


def test_the_text_of_a_training_lasts(outputs):
    fit, evaluate, *_ = outputs
    first, second, returned = shown(fit)
    value = r"\d\.\d{4}"
    metrics = " - ".join(f"{name}: {value}" for name in ("loss", "accuracy"))
    for epoch, line in ((1, first), (2, second)):
        validation = metrics.replace("loss", "val_loss").replace("accuracy", "val_accuracy")
        assert re.fullmatch(rf"Epoch {epoch}/2 - {metrics} - {validation} - .*/step", line)
    assert returned.startswith("<History of 2 epochs, loss ")
    assert re.match(rf"{metrics} - .*/step", shown(evaluate)[0])


def test_the_line_is_seen_while_it_goes_on(updates):
    updates = [text for text in updates if text.startswith("Epoch")]
    assert len(updates) >= 4
    assert all(re.match(r"Epoch \d/2 - (loss|░)", text) for text in updates)
    assert any("█" in text and " left" in text for text in updates)


def test_no_warning_and_no_widget(outputs):
    for cell in outputs:
        for output in cell:
            assert output.output_type in ("stream", "display_data", "execute_result")
            assert output.get("name", "stdout") == "stdout"
            assert not any("widget" in form for form in output.get("data", {}))


def test_a_live_plot_stays_as_it_was_last(outputs, executed):
    (picture,) = outputs[4]
    assert "image/png" in picture.data
    assert executed[2] == 2  # the second and the third epoch's took the place of the first's


def test_objects_are_shown_as_tables(outputs):
    fit, _, model, history, _ = outputs
    for cell, caption in ((model, "Sequential"), (history, "History of 2 epochs")):
        (output,) = cell
        assert caption in output.data["text/html"]
        assert "<" in output.data["text/plain"]
    assert "History" in fit[-1].data["text/html"]  # what fit returned
