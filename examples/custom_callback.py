"""A custom callback: reduce the learning rate when the loss stops decreasing.

Fails unless the learning rate was reduced and the test accuracy is at least 96 %.
"""

import brisknet as keras
from brisknet.datasets import mnist


class HalveOnPlateau(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.best = float("inf")

    def on_epoch_end(self, epoch, logs=None):
        if logs["val_loss"] > self.best:
            self.model.optimizer.learning_rate /= 2
            print(f"epoch {epoch + 1}: learning rate {self.model.optimizer.learning_rate:g}")
        self.best = min(self.best, logs["val_loss"])


keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = mnist.load_data()
model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        keras.layers.Flatten(),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10),
    ]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=8, validation_split=0.1, verbose=2,
          callbacks=[HalveOnPlateau()])  # fmt: skip
_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print("Test accuracy:", accuracy)
if accuracy < 0.96 or model.optimizer.learning_rate == 0.01:
    raise SystemExit("expected a test accuracy of at least 0.96, and a smaller learning rate")
