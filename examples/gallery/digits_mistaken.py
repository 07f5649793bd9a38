"""
Misclassified digits
====================

The test images that a network misclassifies most confidently, and the digits that it confuses.
"""

import brisknet as keras
from brisknet.datasets import mnist

keras.utils.set_random_seed(1)
(x, y), (x_test, y_test) = mnist.load_data()
model = keras.Sequential(
    [
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x / 255, y, batch_size=128, epochs=3, verbose=0)
shares = model.predict(x_test / 255, verbose=0)
keras.plots.plot_misclassified(x_test, y_test, shares)

# %%
keras.plots.plot_confusion_matrix(y_test, shares)
