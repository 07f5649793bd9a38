"""Prices of houses: a regression with mean absolute errors."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(506)
n = 506
x = rng.normal(size=(n, 13))
price = 22 + x @ rng.normal(0, 2, 13) + 1.5 * x[:, 0] * x[:, 1] + rng.normal(0, 1.5, n)
train_data, train_targets = x[:404], price[:404]
test_data, test_targets = x[404:], price[404:]

mean = train_data.mean(axis=0)
train_data -= mean
std = train_data.std(axis=0)
train_data /= std
test_data -= mean
test_data /= std


def build_model():
    model = keras.Sequential(
        [
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.build((None, train_data.shape[1]))
    start = np.random.default_rng(0)
    model.set_weights([start.normal(0, 0.12, w.shape) for w in model.get_weights()])
    model.compile(optimizer="rmsprop", loss="mean_squared_error", metrics=["mean_absolute_error"])
    return model


model = build_model()
history = model.fit(train_data, train_targets, epochs=12, batch_size=16, shuffle=False, verbose=0)
test_mse, test_mae = model.evaluate(test_data, test_targets, verbose=0)
predictions = model.predict(test_data, verbose=0)
print(f"off by {test_mae:.2f} on average; first: {predictions[0].item():.1f}")
results = {"history": history.history, "mse": test_mse, "mae": test_mae, "y": predictions}
