"""Writes keras2.zip: files that Keras 2 has written, for test_saving_legacy.py.

    python -m venv venv && venv/bin/pip install tensorflow-cpu==2.15.1   # Python 3.9 to 3.11
    venv/bin/python tests/saving/make_keras2.py

Of each model: the whole model (.h5, .keras), its weights (_weights.h5), what it predicts, and what
it predicts after training has gone on.
"""

import io
import os
import tempfile
import zipfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from tensorflow import keras

layers, optimizers = keras.layers, keras.optimizers

rng = np.random.default_rng(0)
x = rng.normal(size=(12, 4)).astype(np.float32)
y = np.eye(2, dtype=np.float32)[rng.integers(0, 2, 12)]
numbers = np.abs(3 * x).astype(int)


def models():
    """Names, models, how they are compiled, inputs."""
    yield (
        "plain",
        keras.Sequential(
            [
                layers.Dense(
                    3,
                    "relu",
                    input_shape=(4,),
                    kernel_regularizer="l2",
                    kernel_constraint=keras.constraints.MaxNorm(2.0),
                ),
                layers.BatchNormalization(momentum=0.8),
                layers.Dense(2, "softmax"),
            ]
        ),
        {"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["accuracy"]},
        x,
    )
    normalization = layers.Normalization()
    normalization.adapt(3 * x + 1)
    schedule = optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    yield (
        "many",
        keras.Sequential(
            [
                layers.InputLayer((4,)),
                normalization,
                layers.Dense(
                    4,
                    kernel_initializer="he_normal",
                    use_bias=False,
                    kernel_regularizer=keras.regularizers.L1L2(0.001, 0.01),
                ),
                layers.Dropout(0.2, seed=1),
                layers.LayerNormalization(),
                layers.LeakyReLU(0.1),
                layers.PReLU(),
                layers.ELU(0.5),
                layers.ReLU(6.0, 0.1, 0.2),
                layers.Reshape((2, 2)),
                layers.Permute((2, 1)),
                layers.Flatten(),
                layers.GaussianNoise(0.1),
                layers.GaussianDropout(0.1),
                layers.AlphaDropout(0.1),
                layers.ActivityRegularization(0.01, 0.02),
                layers.Rescaling(0.5, 0.1),
                layers.UnitNormalization(),
                layers.Softmax(),
                layers.RepeatVector(2),
                layers.Flatten(),
                layers.Activation("gelu"),
                layers.Dense(2, "softmax"),
            ]
        ),
        {
            "optimizer": optimizers.SGD(schedule, momentum=0.9, nesterov=True),
            "loss": keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
            "metrics": [keras.metrics.AUC(num_thresholds=20), "mae"],
            "weighted_metrics": ["mse"],
        },
        x,
    )
    inner = keras.Sequential([layers.Dense(3), layers.BatchNormalization()])
    yield (
        "nested",
        keras.Sequential(
            [layers.Input((4,)), layers.Dense(3, trainable=False), inner, layers.Dense(2)]
        ),
        {"optimizer": optimizers.RMSprop(0.01, momentum=0.5, centered=True), "loss": "mse"},
        x,
    )
    yield (
        "embedded",
        keras.Sequential(
            [layers.Embedding(12, 2, input_length=4), layers.Flatten(), layers.Dense(2)]
        ),
        {"optimizer": "adagrad", "loss": keras.losses.MeanSquaredError()},
        numbers,
    )
    old = optimizers.legacy
    for name, rule in {
        "adam": old.Adam(0.01, decay=0.001, amsgrad=True),
        "sgd": old.SGD(0.01, momentum=0.9),
        "rmsprop": old.RMSprop(0.01, momentum=0.5, centered=True),
        "adamax": old.Adamax(0.01),
        "adadelta": old.Adadelta(0.5),
        "ftrl": old.Ftrl(0.01),
        "nadam": old.Nadam(0.01),
        "new_nadam": optimizers.Nadam(0.01),
        "new_adamw": optimizers.AdamW(0.01, weight_decay=0.01),
        "new_adam": optimizers.Adam(0.01, amsgrad=True, use_ema=True),
    }.items():
        one = keras.Sequential([layers.Dense(2, input_dim=4), layers.Dense(2)])
        yield name, one, {"optimizer": rule, "loss": "mae", "metrics": ["mse"]}, x
    yield "bare", keras.Sequential([layers.Dense(2, input_dim=4)]), None, x


def fit(model, inputs, epochs):
    model.fit(inputs, y, epochs=epochs, batch_size=4, shuffle=False, verbose=0)


def main():
    path = Path(__file__).with_name("keras2.zip")
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        for name, model, compiled, inputs in models():
            arrays = {"x": inputs, "y": y}
            if compiled:
                model.compile(**compiled)
                fit(model, inputs, 2)
            arrays["predicted"] = model.predict(inputs, verbose=0)
            for file in (f"{name}.h5", f"{name}.keras", f"{name}_weights.h5"):
                if "weights" in file:
                    model.save_weights(f"{folder}/{file}")
                elif file.endswith(".h5") or name in ("plain", "many", "nested", "bare"):
                    model.save(f"{folder}/{file}")
                else:
                    continue
                archive.write(f"{folder}/{file}", file)
            if compiled:
                fit(model, inputs, 1)
                arrays["later"] = model.predict(inputs, verbose=0)
            buffer = io.BytesIO()
            np.savez(buffer, **arrays)
            archive.writestr(f"{name}.npz", buffer.getvalue())


main()
