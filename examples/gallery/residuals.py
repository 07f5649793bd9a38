"""
Residuals
=========

The predictions of a regression against the true values, and the residuals.
"""

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import brisknet as keras

keras.utils.set_random_seed(1)
x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(20 * x, y / 100, test_size=0.4, random_state=1)
model = keras.Sequential(
    [
        keras.Input(shape=(10,)),
        keras.layers.Dense(16, activation="gelu", kernel_regularizer="l2"),
        keras.layers.Dense(1),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "mse")
model.fit(x_train, y_train, epochs=60, verbose=0)
keras.plots.plot_regression(y_test, model.predict(x_test, verbose=0)[:, 0])
