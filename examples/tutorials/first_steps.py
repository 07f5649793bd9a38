"""
First steps
===========

A network learns which of two spirals a point belongs to: data, model, training, prediction.
"""

# %%
# Data
# ----
#
# brisknet takes NumPy arrays (and much else: :doc:`/data`). ``x`` has a row for each sample and a
# column for each feature, ``y`` a label for each sample.

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)  # the same weights, order and result in each run, on every machine
rng = np.random.default_rng(1)

turn = np.sqrt(rng.uniform(0.02, 1, 1200)) * 2.2 * np.pi
y = rng.integers(0, 2, 1200)
angle = turn + np.pi * y
x = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) + rng.normal(0, 0.45, (1200, 2))
x.shape, y.shape

# %%
# Model
# -----
#
# A ``Sequential`` is a chain of layers. The last one has a unit for each class; ``softmax`` makes
# probabilities of them.

model = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
model.summary()

# %%
# ``compile`` says how to learn: the optimizer, the loss that it makes small, and what else to
# report. Labels that are numbers go with ``sparse_categorical_crossentropy``.

model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

# %%
# Training
# --------
#
# ``fit`` goes through the data once an epoch, in batches of 32. A fifth of the samples is set
# aside, to see how well the network does on points that it never trained on; training stops when
# that gets no better. With ``verbose=2`` each epoch is a line.

stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
history = model.fit(x, y, epochs=60, validation_split=0.2, callbacks=[stop], verbose=0)
print(len(history.epoch), "epochs; best accuracy", max(history.history["val_accuracy"]))

# %%
# The history draws itself. Two curves that part would be overfitting.

history.plot()

# %%
# Prediction
# ----------
#
# ``predict`` gives a row of probabilities for each sample, and the same bits whether the samples
# come alone or together.

model.predict(np.array([[0.0, 1.5], [0.0, -1.5]]), verbose=0)

# %%
# Over the whole plane it shows what the network has learnt. Pictures need the extra ``plot``.

keras.plots.plot_decision_boundary(model, x, y, class_names=["one spiral", "the other"])

# %%
# And to keep it:

model.save("spirals.safetensors")
again = keras.models.load_model("spirals.safetensors")
bool((again.predict(x, verbose=0) == model.predict(x, verbose=0)).all())

# %%
# From here: :doc:`tables`, :doc:`images`, and for those who come :doc:`from Keras </from-keras>` or
# :doc:`from scikit-learn </from-scikit-learn>`.
