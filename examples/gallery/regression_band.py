"""
Regression with uncertainty
===========================

With two outputs, the mean and the logarithm of the variance, and the Gaussian likelihood as the
loss, the network predicts its own uncertainty.
"""

import matplotlib.pyplot as plt
import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.uniform(-3, 3, 3000)
y = np.sin(1.5 * x) + rng.normal(0, 0.05 + 0.12 * (x + 3) ** 1.2 / 2, 3000)


def likelihood(y_true, y_pred):
    """(log v + (y - m)^2 / v) / 2 and its gradient, for y_pred = (m, log v)."""
    error, precision = y_true[:, 0] - y_pred[:, 0], np.exp(-y_pred[:, 1])
    losses = (y_pred[:, 1] + error**2 * precision) / 2
    gradients = np.stack([-error * precision, (1 - error**2 * precision) / 2], axis=1)
    return losses, gradients


model = keras.Sequential(
    [
        keras.Input(shape=(1,)),
        keras.layers.Dense(64, activation="tanh"),
        keras.layers.Dense(64, activation="tanh"),
        keras.layers.Dense(2),
    ]
)
model.compile(keras.optimizers.Adam(0.003), likelihood)
model.fit(x[:, None], y[:, None], epochs=60, verbose=0)

ticks = np.linspace(-3, 3, 200)
mean, variance = model.predict(ticks[:, None], verbose=0).T
spread = np.exp(variance / 2)
figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
axes.plot(x[:800], y[:800], ".", color="#999999", markersize=3)
for times in (1, 2):
    axes.fill_between(
        ticks, mean - times * spread, mean + times * spread, color="#0072B2", alpha=0.2
    )
axes.plot(ticks, mean, color="#0072B2")
axes.set_title("The mean, and one and two deviations")
