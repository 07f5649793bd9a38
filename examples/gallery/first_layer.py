"""
First-layer weights
===================

The weights of the first layer, shown as images. With a penalty on them, strokes appear with little
noise.
"""

import brisknet as keras
from brisknet.datasets import mnist

keras.utils.set_random_seed(1)
(x, y), _ = mnist.load_data()
model = keras.Sequential(
    [
        keras.layers.Flatten(),
        keras.layers.Dense(25, activation="relu", kernel_regularizer=keras.regularizers.L2(0.002)),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x / 255, y, batch_size=128, epochs=4, verbose=0)
keras.plots.plot_weights(model, image_shape=(28, 28))
