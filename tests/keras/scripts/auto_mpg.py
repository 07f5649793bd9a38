"""Miles per gallon: a linear model, then a deep one, over a Normalization layer."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(8)
n = 320
cylinders = rng.choice([4, 6, 8], n)
displacement = 45 * cylinders + rng.normal(0, 25, n)
weight = 1500 + 6 * displacement + rng.normal(0, 200, n)
year = rng.integers(70, 83, n)
origin = np.eye(3)[rng.integers(0, 3, n)]
features = np.column_stack([cylinders, displacement, weight, year, origin]).astype("float32")
mpg = 45 - 0.007 * weight + 0.7 * (year - 76) + 2 * origin[:, 2] + rng.normal(0, 1.5, n)
train_features, test_features = features[:256], features[256:]
train_labels, test_labels = mpg[:256], mpg[256:]

normalizer = tf.keras.layers.Normalization(axis=-1)
normalizer.adapt(np.array(train_features))
print(np.round(np.array(normalizer.mean), 1))


linear_model = tf.keras.Sequential([normalizer, layers.Dense(units=1)])
deep_model = keras.Sequential(
    [
        normalizer,
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)
for model in (linear_model, deep_model):
    model.build((None, 7))
    for layer in model.layers[1:]:
        layer.set_weights([rng.normal(0, 0.15, w.shape) for w in layer.get_weights()])
test_results, histories = {}, {}
for name, model, rate in (("linear", linear_model, 0.1), ("deep", deep_model, 0.003)):
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=rate), loss="mean_absolute_error"
    )
    history = model.fit(
        train_features, train_labels, validation_split=0.2, epochs=6, shuffle=False, verbose=0
    )
    histories[name] = history.history
    test_results[name] = model.evaluate(test_features, test_labels, verbose=0)
print(test_results)
test_predictions = deep_model.predict(test_features, verbose=0).flatten()
error = test_predictions - test_labels
results = {"tests": test_results, "error": error, "histories": histories}
