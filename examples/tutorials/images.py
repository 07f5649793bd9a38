"""
Images
======

Classify the handwritten digits of MNIST, which brisknet includes. As there are no convolutions, an
image is treated as a row of pixels.
"""

# %%
# Data
# ----

import matplotlib.pyplot as plt

import brisknet as keras
from brisknet.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255
x_train.shape, y_train[:5]


# %%
figure, places = plt.subplots(2, 8, figsize=(8, 2.4), layout="constrained")
for place, image, label in zip(places.flat, x_train, y_train, strict=False):
    place.imshow(image, cmap="gray_r")
    place.set_title(label, fontsize=9)
    place.axis("off")

# %%
# Model
# -----
#
# ``Flatten`` turns each image into a row. Four pixels out of five are zero; the first Dense layer
# skips them, without changing a single bit of the result.

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
keras.plots.plot_confusion_matrix(y_test, shares)

# %%
# The images that the network misclassifies most confidently:

keras.plots.plot_misclassified(x_test, y_test, shares)

# %%
# First-layer weights
# -------------------
#
# The weights of each unit, shown as an image: one colour is evidence for the feature that the unit
# detects, the other is evidence against it.

keras.plots.plot_weights(model, image_shape=(28, 28))
