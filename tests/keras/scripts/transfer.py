"""What was learned for one task, frozen under a new head, then fine-tuned."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(50)
x = rng.normal(size=(400, 10)).astype("float32")
hidden = np.maximum(x @ rng.normal(size=(10, 3)), 0)
y_source = hidden.argmax(axis=1)
y_target = (hidden.sum(axis=1) > 4).astype("float32")

base = keras.Sequential(
    [keras.Input((10,)), layers.Dense(24, "relu"), layers.Dense(12, "relu")], name="base"
)
source = keras.Sequential([base, layers.Dense(3, activation="softmax")])
source.build((None, 10))
source.set_weights([rng.normal(0, 0.3, w.shape) for w in source.get_weights()])
source.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
pretraining = source.fit(x[:300], y_source[:300], epochs=5, shuffle=False, verbose=0)

base.trainable = False
head = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros", name="head")
model = keras.Sequential([base, head])
model.build((None, 10))
print("trainable:", [v.path for v in model.trainable_weights])
before = base.get_weights()
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
frozen = model.fit(x[:100], y_target[:100], epochs=5, shuffle=False, verbose=0)
assert all(np.array_equal(a, b) for a, b in zip(before, base.get_weights()))

base.trainable = True
for layer in base.layers[:-1]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy", metrics=["accuracy"])
print("trainable:", len(model.trainable_weights), "of", len(model.weights))
tuned = model.fit(x[:100], y_target[:100], epochs=3, shuffle=False, verbose=0)
results = {"pretraining": pretraining.history, "frozen": frozen.history, "tuned": tuned.history}
results |= {"test": model.evaluate(x[300:], y_target[300:], verbose=0)}
results |= {"trainable": len(model.trainable_weights), "all": len(model.weights)}
