"""
Images
======

Handwritten digits, MNIST, which brisknet includes. Images are rows of pixels here: there are no
convolutions.
"""

# %%
# Data
# ----

import matplotlib.pyplot as plt
import numpy as np

import brisknet as keras
from brisknet.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255
x_train.shape, y_train[:5]


# %%
def show(images, titles, columns=8):
    """Images in a grid."""
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns, 1.25 * rows), layout="constrained", squeeze=False
    )
    for place, image, title in zip(axes.flat, images, titles, strict=False):
        place.imshow(image, cmap="gray_r")
        place.set_title(title, fontsize=9)
    for place in axes.flat:
        place.axis("off")
    return figure


show(x_train[:16], y_train[:16])

# %%
# Model
# -----
#
# ``Flatten`` makes a row of each image. Four pixels in five are zero: the first Dense layer leaves
# them out, which changes no bit of the result.

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=128, epochs=6, validation_split=0.1, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{accuracy:.2%} of the test images")
history.plot()

# %%
# Errors
# ------

shares = model.predict(x_test, verbose=0)
keras.utils.plot_confusion_matrix(y_test, shares)

# %%
# The images on which the network was surest, and wrong:

guess = shares.argmax(axis=1)
wrong = np.flatnonzero(guess != y_test)
worst = wrong[np.argsort(shares[wrong].max(axis=1))[::-1][:16]]
show(x_test[worst], [f"{y_test[i]}, not {guess[i]}" for i in worst])

# %%
# What the first layer looks for
# ------------------------------
#
# The weights of sixteen of its units, as images: blue pixels speak against, red ones for it.

kernel = model.layers[1].kernel.numpy()
largest = np.argsort(np.abs(model.layers[3].kernel.numpy()).sum(axis=1))[::-1][:16]
figure, axes = plt.subplots(2, 8, figsize=(8, 2.2), layout="constrained")
for place, unit in zip(axes.flat, largest, strict=True):
    weights = kernel[:, unit].reshape(28, 28)
    most = np.abs(weights).max()
    place.imshow(weights, cmap="RdBu_r", vmin=-most, vmax=most)
    place.axis("off")
