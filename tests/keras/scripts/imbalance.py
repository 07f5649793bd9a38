"""Rare frauds: an initial bias, class weights, and counts of true and false positives."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(492)
n = 1500
x = rng.normal(size=(n, 12))
fraud = (x[:, :4].sum(axis=1) + rng.normal(0, 1, n) > 4.2).astype("float32")
neg, pos = np.bincount(fraud[:1000].astype(int))
print(f"{pos} of {neg + pos} are frauds")

METRICS = [
    keras.metrics.TruePositives(name="tp"),
    keras.metrics.FalsePositives(name="fp"),
    keras.metrics.TrueNegatives(name="tn"),
    keras.metrics.FalseNegatives(name="fn"),
    keras.metrics.BinaryAccuracy(name="accuracy"),
    keras.metrics.AUC(name="auc"),
    keras.metrics.AUC(name="prc", curve="PR"),
    keras.metrics.MeanSquaredError(name="brier"),
]


def make_model(output_bias):
    start = np.random.default_rng(0).normal(0, 0.2, (12, 16))
    model = keras.Sequential(
        [
            keras.Input(shape=(12,)),
            layers.Dense(16, activation="relu", kernel_initializer=lambda shape, dtype: start),
            layers.Dense(
                1,
                activation="sigmoid",
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(output_bias),
            ),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.BinaryCrossentropy(), metrics=METRICS)
    return model


model = make_model(np.log(pos / neg))
initial = model.evaluate(x[:1000], fraud[:1000], batch_size=100, verbose=0, return_dict=True)
weights = {0: (neg + pos) / (2.0 * neg), 1: (neg + pos) / (2.0 * pos)}
history = model.fit(
    x[:1000], fraud[:1000], batch_size=100, epochs=5, class_weight=weights, shuffle=False, verbose=0
)
test = model.evaluate(x[1000:], fraud[1000:], verbose=0, return_dict=True)
print(f"AUC {test['auc']:.3f}, found {test['tp']:.0f}, missed {test['fn']:.0f}")
results = {"initial_loss": initial["loss"], "loss": history.history["loss"]}
results |= {f"{name}_count": test[name] for name in ("tp", "fp", "tn", "fn")}
results |= {"auc": test["auc"], "prc": test["prc"], "brier": test["brier"]}
