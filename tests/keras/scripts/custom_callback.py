"""A custom callback that uses every hook, and one that stops the training."""

import keras
import numpy as np


class Timeline(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append(f"begin with {sorted(self.params)}")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        logs["worst"] = float(np.max(self.losses))
        self.calls.append(f"{len(self.losses)} batches, {sorted(logs)}")

    def on_test_begin(self, logs=None):
        self.calls.append("validation")

    def on_predict_end(self, logs=None):
        self.calls.append("predicted")


class StopAt(keras.callbacks.Callback):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < self.loss:
            self.model.stop_training = True
            self.stopped = epoch


rng = np.random.default_rng(17)
x = rng.normal(size=(120, 3))
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile(keras.optimizers.SGD(0.05), "mse")
timeline, stop = Timeline(), StopAt(0.05)
history = model.fit(
    x,
    y,
    validation_split=0.25,
    epochs=50,
    batch_size=30,
    shuffle=False,
    verbose=0,
    callbacks=[timeline, stop],
)
model.predict(x, verbose=0, callbacks=[timeline])
print(f"stopped in epoch {stop.stopped}; {timeline.calls[-2]}")
results = {"history": history.history, "calls": timeline.calls, "stopped": stop.stopped}
