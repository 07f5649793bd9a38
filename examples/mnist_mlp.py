"""The classic Keras script on MNIST, with only its import lines changed.

Fails if the test accuracy is below 95 % after one epoch, 97 % after five, or 98 % after twenty.
"""

import argparse

import brisknet as keras
from brisknet.datasets import mnist

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=50)
parser.add_argument("--seed", type=int, help="makes the run reproducible")
options = parser.parse_args()
if options.seed is not None:
    keras.utils.set_random_seed(options.seed)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(-1, 28 * 28).astype("float32") / 255
x_test = x_test.reshape(-1, 28 * 28).astype("float32") / 255
y_train = keras.utils.to_categorical(y_train, 10)
y_test = keras.utils.to_categorical(y_test, 10)

model = keras.models.Sequential(
    [
        keras.layers.Dense(512, activation="relu", input_shape=(28 * 28,)),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.summary()
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=options.epochs, batch_size=128)
test_loss, test_acc = model.evaluate(x_test, y_test)
print("Test accuracy:", test_acc)

expected = 0.98 if options.epochs >= 20 else 0.97 if options.epochs >= 5 else 0.95
if test_acc < expected:
    raise SystemExit(f"expected a test accuracy of at least {expected}")
