"""
Custom components
=================

A custom layer, loss, metric and callback, each in a few lines of NumPy. For more, see
:doc:`/custom`.
"""

# %%
# Here is a problem that the built-in components do not solve: predict the number of guests of a
# café by the hour and the weather, such that the kitchen has enough food on nine days out of ten.

import matplotlib.pyplot as plt
import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
hour = rng.uniform(8, 20, 4000)
sun = rng.uniform(0, 1, 4000)
usual = 20 + 25 * np.exp(-((hour - 12.5) ** 2) / 2) + 15 * sun * np.exp(-((hour - 17) ** 2) / 6)
guests = rng.gamma(10, usual / 10)
x, y = np.stack([hour, sun], axis=1), guests[:, None]

# %%
# A layer
# -------
#
# It is easier to learn from the hour if it is represented by a set of bumps along the day, each
# with value 1 at its centre. ``forward`` returns the output and ``backward``, which propagates the
# gradient back to the input.


class Bumps(keras.layers.Layer):
    """exp(-((x - centre) / width)^2) for each feature and centre; the widths are learned."""

    def __init__(self, centres, **kwargs):
        super().__init__(**kwargs)
        self.centres = np.asarray(centres, np.float32)

    def build(self, input_shape):
        self.width = self.add_weight((len(self.centres),), "ones", name="width")

    def forward(self, x):
        away = (x[:, :, None] - self.centres) / self.width.value
        y = np.exp(-(away**2))

        def backward(dy):
            slope = dy.reshape(y.shape) * y * 2 * away / self.width.value
            self.width.grad = (slope * away).sum(axis=(0, 1))
            return -slope.sum(axis=2)

        return y.reshape(len(x), -1), backward


# %%
# A loss
# ------
#
# A loss returns the loss of each row and its gradient. Here, an unexpected guest costs nine times
# as much as leftover food, so the loss is minimal if the prediction is sufficient on nine days out
# of ten.


def pinball(y_true, y_pred, quantile=0.9):
    error = y_true - y_pred
    losses = np.maximum(quantile * error, (quantile - 1) * error).mean(axis=-1)
    gradients = np.where(error > 0, -quantile, 1 - quantile) / y_pred.shape[-1]
    return losses, gradients


# %%
# A metric and a callback
# -----------------------
#
# A metric function returns a value for each sample; the values are averaged. The callback reduces
# the learning rate after each epoch.


def enough(y_true, y_pred):
    return y_true[:, 0] <= y_pred[:, 0]


class Slower(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate *= 0.95


# %%
# Putting it together
# -------------------

model = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        keras.layers.Rescaling([1 / 12, 1.0], offset=[-8 / 12, 0.0]),
        Bumps(np.linspace(0, 1, 9)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=pinball, metrics=[enough])
history = model.fit(x, y, epochs=60, validation_split=0.2, callbacks=[Slower()], verbose=0)
history.plot()

# %%
# On nine days out of ten, the predicted amount is enough:

hours = np.linspace(8, 20, 200)
figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
axes.plot(hour[:800], guests[:800], "o", markersize=2, color="#999999", label="days")
for weather, colour in [(0.0, "#0072B2"), (1.0, "#D55E00")]:
    points = np.stack([hours, np.full(200, weather)], axis=1)
    label = "enough in sunshine" if weather else "enough in rain"
    axes.plot(hours, model.predict(points, verbose=0), color=colour, linewidth=2, label=label)
axes.set(xlabel="hour", ylabel="guests", title="Enough on nine days out of ten")
axes.legend(loc="upper right")
