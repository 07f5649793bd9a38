"""
A rare class
============

One sample in twenty is positive. The ROC curve looks good, but precision and recall are more
informative, and the calibration curve shows whether the probabilities can be trusted.
"""

from sklearn.datasets import make_classification

import brisknet as keras

keras.utils.set_random_seed(1)
x, y = make_classification(
    6000, 20, n_informative=6, weights=[0.95], class_sep=0.9, flip_y=0.01, random_state=1
)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x[:4000], y[:4000], epochs=15, verbose=0)
shares = model.predict(x[4000:], verbose=0)
keras.plots.plot_precision_recall(y[4000:], shares)

# %%
keras.plots.plot_roc(y[4000:], shares)

# %%
keras.plots.plot_calibration(y[4000:], shares)
