"""Who survived: numbers and one-hot categories side by side, in tf.keras's spelling."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import to_categorical

rng = np.random.default_rng(1912)
n = 600
sex, klass, port = rng.integers(0, 2, n), rng.integers(1, 4, n), rng.integers(0, 3, n)
age, fare = rng.gamma(4, 7.5, n), rng.lognormal(3.5 - 0.6 * klass, 0.5)
age[rng.random(n) < 0.2] = np.nan
score = 1.2 * sex - 0.7 * (klass - 2) - 0.02 * (np.nan_to_num(age, nan=30) - 30)
survived = (score + rng.logistic(size=n) > 0.5).astype("float32")

age = np.where(np.isnan(age), np.nanmedian(age), age)
numbers = np.stack([age, np.log1p(fare)], axis=1)
numbers = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
features = np.concatenate(
    [numbers, to_categorical(klass - 1, 3), to_categorical(port), sex[:, None]], axis=1
).astype("float32")

model = Sequential([Input(shape=(features.shape[1],)), Dense(16, activation="relu"), Dense(1)])
model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
model.compile(
    optimizer=tf.keras.optimizers.Adam(0.01),
    loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[
        tf.keras.metrics.BinaryAccuracy(threshold=0.0),
        tf.keras.metrics.AUC(from_logits=True),
    ],
)
train, test = slice(0, 450), slice(450, n)
history = model.fit(
    features[train], survived[train], epochs=8, batch_size=50, shuffle=False, verbose=2
)
loss, accuracy, auc = model.evaluate(features[test], survived[test], verbose=0)
print(f"loss {loss:.3f}, accuracy {accuracy:.3f}, AUC {auc:.3f}")
results = {"history": history.history, "loss": loss, "accuracy": accuracy, "auc": auc}
