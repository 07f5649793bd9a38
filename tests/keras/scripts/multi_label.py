"""Several labels a sample: sigmoids, binary crossentropy, F1 and AUC over the labels."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(12)
x = rng.normal(size=(400, 8)).astype("float32")
y = (x @ rng.normal(size=(8, 4)) + rng.normal(0, 0.5, (400, 4)) > 0.5).astype("float32")

model = keras.Sequential(
    [
        keras.Input((8,)),
        layers.Dense(20, activation="swish"),
        layers.Dense(4, activation="sigmoid"),
    ]
)
model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
model.compile(
    loss="binary_crossentropy",
    optimizer=keras.optimizers.Adamax(0.02),
    metrics=[
        "binary_accuracy",
        keras.metrics.AUC(multi_label=True, num_labels=4, name="auc"),
        keras.metrics.F1Score(average="macro", threshold=0.5, name="f1"),
    ],
)
history = model.fit(x[:300], y[:300], epochs=8, batch_size=30, shuffle=False, verbose=0)
scores = model.evaluate(x[300:], y[300:], verbose=0, return_dict=True)
labels = (model.predict(x[300:], verbose=0) > 0.5).astype(int)
print({name: round(float(value), 3) for name, value in scores.items()})
results = {"losses": history.history["loss"], "scores": {k: scores[k] for k in ("loss", "auc")}}
results |= {"f1_accuracy": scores["f1"], "labels_count": int(labels.sum())}
results |= {"names": sorted(history.history)}
