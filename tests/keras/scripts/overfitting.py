"""Small and large networks on few data: what L2 and dropout do against overfitting."""

import os

import keras
import numpy as np
from keras import layers, regularizers

keras.utils.set_random_seed(int(os.environ.get("SEED", "1")))
rng = np.random.default_rng(28)
x = rng.normal(size=(500, 20)).astype("float32")
y = (np.tanh(x[:, :1] * x[:, 1:2]) + x[:, 2:3] + rng.normal(0, 0.7, (500, 1)) > 0).astype("float32")
N_TRAIN, BATCH = 300, 50
STEPS_PER_EPOCH = N_TRAIN // BATCH

lr_schedule = keras.optimizers.schedules.InverseTimeDecay(
    0.002, decay_steps=STEPS_PER_EPOCH * 100, decay_rate=1, staircase=False
)


def compile_and_fit(model, name, max_epochs=12):
    model.compile(
        optimizer=keras.optimizers.Adam(lr_schedule),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryCrossentropy(from_logits=True, name="bce"), "accuracy"],
    )
    history = model.fit(
        x[:N_TRAIN],
        y[:N_TRAIN],
        batch_size=BATCH,
        epochs=max_epochs,
        validation_data=(x[N_TRAIN:], y[N_TRAIN:]),
        callbacks=[keras.callbacks.EarlyStopping(monitor="val_bce", patience=200)],
        verbose=0,
    )
    return {"bce": history.history["bce"][-1], "val_bce": history.history["val_bce"][-1]}


def dense(units):
    return layers.Dense(units, activation="elu", kernel_regularizer=regularizers.l2(0.0005))


sizes = {
    "tiny": [layers.Dense(8, activation="elu"), layers.Dense(1)],
    "large": [*(layers.Dense(128, activation="elu") for _ in range(2)), layers.Dense(1)],
    "combined": [dense(64), layers.Dropout(0.5), dense(64), layers.Dropout(0.5), layers.Dense(1)],
}
results = {}
for name, stack in sizes.items():
    results[name] = compile_and_fit(keras.Sequential([keras.Input((20,)), *stack]), name)
    print(name, {key: round(value, 3) for key, value in results[name].items()})
