"""
Training curves
===============

The history returned by ``fit`` has a ``plot`` method.
"""

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.normal(size=(600, 20))
y = (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=600) > 0).astype("float32")

model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=40, validation_split=0.3, verbose=0)
history.plot()
