"""
First steps
===========

Train a network to tell two spirals apart, from the data to the model, training and prediction.
"""

# %%
# Data
# ----
#
# brisknet takes NumPy arrays (and many other types, see :doc:`/data`). ``x`` has a row for each
# sample and a column for each feature; ``y`` has a label for each sample.

import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)  # the same results in every run, on every machine
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
# A ``Sequential`` model is a chain of layers. The last layer has one unit for each class, and
# ``softmax`` turns its outputs into probabilities.

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
# ``compile`` configures training: the optimizer, the loss to minimize, and the metrics to report.
# For integer labels, use ``sparse_categorical_crossentropy``.

model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

# %%
# Training
# --------
#
# In each epoch, ``fit`` goes through the data once, in batches of 32. One fifth of the samples is
# set aside to measure how well the network does on points that it was not trained on; training
# stops when this no longer improves. With ``verbose=2``, ``fit`` prints a line for each epoch.

stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
history = model.fit(x, y, epochs=60, validation_split=0.2, callbacks=[stop], verbose=0)
print(len(history.epoch), "epochs; best accuracy", max(history.history["val_accuracy"]))

# %%
# Plot the history. If the two curves diverged, the model would be overfitting.

history.plot()

# %%
# Prediction
# ----------
#
# ``predict`` returns a row of probabilities for each sample. The results are the same, to the bit,
# whether samples are predicted one at a time or together.

model.predict(np.array([[0.0, 1.5], [0.0, -1.5]]), verbose=0)

# %%
# The decision boundary shows what the network has learned. Plots need the extra ``plot``.

keras.plots.plot_decision_boundary(model, x, y, class_names=["one spiral", "the other"])

# %%
# Finally, save the model:

model.save("spirals.safetensors")
again = keras.models.load_model("spirals.safetensors")
bool((again.predict(x, verbose=0) == model.predict(x, verbose=0)).all())

# %%
# Next, see :doc:`tables` and :doc:`images`, or the pages for users :doc:`of Keras </from-keras>`
# and :doc:`of scikit-learn </from-scikit-learn>`.
