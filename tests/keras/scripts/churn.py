"""Customers who leave: batch normalization, class weights, precision and recall."""

import keras
import numpy as np
from keras import layers, metrics

rng = np.random.default_rng(11)
n = 800
tenure, charges, calls = rng.gamma(2, 12, n), rng.normal(65, 20, n), rng.poisson(1.5, n)
contract = rng.integers(0, 3, n)
x = np.column_stack([tenure, charges, calls, np.eye(3)[contract]])
logit = -1.8 - 0.04 * tenure + 0.02 * (charges - 65) + 0.5 * calls - 0.8 * contract
y = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype("int64")
x = (x - x.mean(axis=0)) / x.std(axis=0)


def start(shape, dtype=None):
    return rng.normal(0, 0.3, shape)


model = keras.Sequential(
    [
        keras.Input((6,), name="customer"),
        layers.Dense(16, use_bias=False, kernel_initializer=start),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Dense(1, activation="sigmoid", kernel_initializer=start),
    ]
)
model.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=3e-3),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=["accuracy", metrics.Precision(name="precision"), metrics.Recall(name="recall")],
)
share = y[:600].mean()
history = model.fit(
    {"customer": x[:600]},
    y[:600],
    class_weight={0: 0.5 / (1 - share), 1: 0.5 / share},
    validation_data=(x[600:], y[600:]),
    epochs=6,
    batch_size=60,
    shuffle=False,
    verbose=0,
)
p = model.predict(x[600:], verbose=0).ravel()
print(f"predicted to leave: {(p > 0.5).sum()} of {len(p)}, left: {y[600:].sum()}")
results = {"history": history.history, "p": p, "moving": model.layers[1].get_weights()}
