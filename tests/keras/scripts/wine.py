"""Three vineyards, with a Normalization layer that learns the features' scales."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_wine

x, y = load_wine(return_X_y=True)
rng = np.random.default_rng(3)
order = rng.permutation(len(x))
x, y = x[order].astype("float32"), y[order]
x_train, y_train, x_test, y_test = x[:140], y[:140], x[140:], y[140:]

normalizer = layers.Normalization(axis=-1)
normalizer.adapt(x_train)

model = keras.Sequential([normalizer])
model.add(layers.Dense(16))
model.add(layers.LeakyReLU(negative_slope=0.1))
model.add(layers.Dense(3))
model.build((None, 13))
for layer in model.layers:
    if isinstance(layer, layers.Dense):
        kernel, bias = layer.get_weights()
        layer.set_weights([rng.normal(0, 0.3, kernel.shape), bias])

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
history = model.fit(
    x_train,
    y_train,
    batch_size=20,
    epochs=8,
    shuffle=False,
    verbose=0,
    validation_data=(x_test, y_test),
)
scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
print(", ".join(f"{name} {value:.3f}" for name, value in scores.items()))
results = {"history": history.history, "scores": scores, "mean": np.array(normalizer.mean)}
results |= {"metrics_names": list(scores)}
