"""The classic script's network learns MNIST."""

import numpy as np
import pytest

import brisknet as keras
from brisknet.datasets import mnist


@pytest.fixture(scope="module")
def data():
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    return (
        x_train.reshape(-1, 784).astype("float32") / 255,
        keras.utils.to_categorical(y_train, 10),
        x_test.reshape(-1, 784).astype("float32") / 255,
        keras.utils.to_categorical(y_test, 10),
    )


def classic_model():
    return keras.models.Sequential(
        [
            keras.layers.Dense(512, activation="relu", input_shape=(784,)),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def test_three_epochs_reach_97_percent(data):
    x_train, y_train, x_test, y_test = data
    keras.utils.set_random_seed(1)
    model = classic_model()
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=3, batch_size=128, verbose=0).history
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    assert accuracy >= 0.97
    assert loss < 0.11
    assert history["loss"] == sorted(history["loss"], reverse=True)
    answers = model.predict(x_test, verbose=0).argmax(axis=1)
    assert np.mean(answers == y_test.argmax(axis=1)) == pytest.approx(accuracy, abs=1e-9)


def test_sgd_with_squared_error_learns_too(data):
    x_train, y_train, x_test, y_test = data
    keras.utils.set_random_seed(1)
    model = classic_model()
    model.compile(optimizer="sgd", loss="mse", metrics=["accuracy"])
    before = model.evaluate(x_test, y_test, verbose=0)
    model.fit(x_train, y_train, epochs=4, batch_size=32, verbose=0)
    after = model.evaluate(x_test, y_test, verbose=0)
    assert after[0] < 0.7 * before[0]
    assert after[1] > 0.8
