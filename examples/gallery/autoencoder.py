"""
Digits as two numbers
=====================

An autoencoder compresses 784 pixels into two numbers and reconstructs the digit from them. The two
numbers form a map of the digits.
"""

import matplotlib.pyplot as plt

import brisknet as keras
from brisknet.datasets import mnist

keras.utils.set_random_seed(1)
(x, _), (x_test, y_test) = mnist.load_data()
x, x_test = (a.reshape(-1, 784).astype("float32") / 255 for a in (x, x_test))

encoder = keras.Sequential(
    [
        keras.Input(shape=(784,)),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(2),
    ]
)
decoder = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(784, activation="sigmoid"),
    ]
)
model = keras.Sequential([encoder, decoder])
model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy")
model.fit(x[:30000], x[:30000], batch_size=128, epochs=6, verbose=0)

# %%
places = encoder.predict(x_test[:3000], verbose=0)
figure, axes = plt.subplots(figsize=(6.5, 5), layout="constrained")
for digit in range(10):
    axes.plot(*places[y_test[:3000] == digit].T, ".", markersize=4, label=str(digit))
axes.legend(title="digit", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
axes.set_title("Where the encoder puts test images")

# %%
drawn = decoder.predict(places[:16], verbose=0)
figure, axes = plt.subplots(2, 16, figsize=(9, 1.3), layout="constrained")
for column in range(16):
    for row, image in enumerate([x_test[column], drawn[column]]):
        axes[row, column].imshow(image.reshape(28, 28), cmap="gray_r")
        axes[row, column].axis("off")
