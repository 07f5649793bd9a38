"""A regression with error bars: predictions with dropout left on, many times over."""

import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(int(os.environ.get("SEED", "1")))
rng = np.random.default_rng(90)
x = np.concatenate([rng.uniform(-2, -0.5, 150), rng.uniform(0.5, 2, 150)])
x = x[:, None].astype("float32")
y = (np.sin(2 * x) + rng.normal(0, 0.1, x.shape)).astype("float32")

model = keras.Sequential(
    [
        keras.Input((1,)),
        layers.Dense(64, activation="relu", kernel_initializer="he_normal"),
        layers.Dropout(0.2),
        layers.Dense(64, activation="relu", kernel_initializer="he_normal"),
        layers.Dropout(0.2),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
model.fit(x, y, epochs=40, batch_size=30, verbose=0)

grid = np.linspace(-2, 2, 9, dtype="float32")[:, None]
samples = np.stack([np.asarray(model(grid, training=True)) for _ in range(100)])
mean, std = samples.mean(axis=0).ravel(), samples.std(axis=0).ravel()
for at, m, s in zip(grid.ravel(), mean, std):
    print(f"{at:5.1f}: {m:6.2f} ± {s:.2f}")
results = {"loss": model.evaluate(x, y, verbose=0), "mean spread": float(std.mean())}
results |= {"at one": float(mean[6]), "at minus one": float(mean[2])}
