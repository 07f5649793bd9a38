"""
Decision boundary
=================

How a network divides the plane of two measurements into classes.
"""

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
angle = rng.uniform(0, np.pi, 900)
y = rng.integers(0, 3, 900)
x = np.stack([np.cos(angle) + 1.1 * y, np.sin(angle) * (-1) ** y], axis=1)
x += rng.normal(0, 0.15, x.shape)

model = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
model.fit(x, y, epochs=40, verbose=0)
keras.plots.plot_decision_boundary(model, x, y, class_names=["left", "middle", "right"])
