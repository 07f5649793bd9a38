"""Regression with a validation set and early stopping that restores the best weights.

Fails unless the error on unseen points is close to the noise in the data.
"""

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.uniform(-3, 3, (4000, 2))
noise = 0.1
y = np.sin(x[:, 0]) * np.cos(x[:, 1]) + rng.normal(0, noise, 4000)

model = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        keras.layers.Dense(64, activation="gelu"),
        keras.layers.Dense(64, activation="gelu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
history = model.fit(
    x[:3000], y[:3000], epochs=200, validation_split=0.2, callbacks=[stop], verbose=0
)

mse, mae = model.evaluate(x[3000:], y[3000:], verbose=0)
print(f"{len(history.epoch)} epochs, root mean squared error {mse**0.5:.3f}, noise {noise}")
if mse**0.5 > 1.2 * noise:
    raise SystemExit(f"expected an error of at most {1.2 * noise:.2f}")
