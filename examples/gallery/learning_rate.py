"""
Finding a learning rate
=======================

``LearningRateFinder`` tries learning rates from small to large, and then restores the model.
"""

import brisknet as keras
from brisknet.datasets import mnist

keras.utils.set_random_seed(1)
(x, y), _ = mnist.load_data()
model = keras.Sequential(
    [
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("sgd", "sparse_categorical_crossentropy")
finder = keras.callbacks.LearningRateFinder(max_rate=10.0, steps=200)
model.fit(x / 255, y, batch_size=128, verbose=0, callbacks=[finder])
keras.plots.plot_learning_rates(finder)
