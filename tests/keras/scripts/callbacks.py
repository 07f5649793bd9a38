"""Stopping early, the best weights, a lower rate on plateaus, and logs in files."""

import csv

import numpy as np
from keras.callbacks import (
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from keras.layers import Dense, Input
from keras.models import Sequential, load_model

rng = np.random.default_rng(31)
x = rng.uniform(-2, 2, (160, 1))
y = np.sin(3 * x) + rng.normal(0, 0.3, x.shape)

model = Sequential([Input((1,)), Dense(30, "tanh"), Dense(30, "tanh"), Dense(1)])
model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
epochs = []
callbacks = [
    EarlyStopping(monitor="val_loss", patience=6, restore_best_weights=True),
    ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2, min_lr=1e-4),
    ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True),
    CSVLogger("log.csv"),
    TerminateOnNaN(),
    LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append((epoch, sorted(logs)))),
]
history = model.fit(
    x[:120],
    y[:120],
    validation_data=(x[120:], y[120:]),
    epochs=15,
    batch_size=20,
    shuffle=False,
    verbose=0,
    callbacks=callbacks,
)
best = load_model("best.keras")
loss, mae = best.evaluate(x[120:], y[120:], verbose=0)
with open("log.csv") as file:
    rows = list(csv.DictReader(file))
print(f"{len(history.epoch)} epochs, best validation loss {min(history.history['val_loss']):.4f}")
assert np.isclose(loss, min(history.history["val_loss"]), atol=1e-5)
results = {"history": history.history, "loss": loss, "mae": mae, "epochs": epochs}
results |= {"columns": list(rows[0]), "rows": len(rows)}
