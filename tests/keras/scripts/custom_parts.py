"""A custom metric, initializer, constraint, schedule and callback."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(9)
x = rng.normal(size=(240, 5))
y = x @ np.array([[0.5], [1.0], [0.0], [2.0], [0.25]]) + rng.normal(0, 0.1, (240, 1))


def within_half(y_true, y_pred):
    return (abs(y_true - y_pred) < 0.5) * 1.0


def spread(shape, dtype=None):
    return np.linspace(-0.2, 0.4, int(np.prod(shape))).reshape(shape)


def never_negative(w):
    return w * (w >= 0)


class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, initial, every):
        self.initial = initial
        self.every = every

    def __call__(self, step):
        return self.initial * 0.5 ** (step / self.every)

    def get_config(self):
        return {"initial": self.initial, "every": self.every}


@keras.saving.register_keras_serializable("scripts")
class Scaled(keras.initializers.Initializer):
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, shape, dtype=None):
        return self.scale * spread(shape)

    def get_config(self):
        return {"scale": self.scale}


model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(8, activation="relu", kernel_initializer=Scaled(1.5)),
        layers.Dense(1, kernel_initializer=spread, kernel_constraint=never_negative),
    ]
)
model.compile(keras.optimizers.Adam(Halving(0.05, 20)), "huber", metrics=[within_half])
history = model.fit(x, y, epochs=6, batch_size=30, shuffle=False, verbose=0)
kernel = model.layers[-1].get_weights()[0]
print(f"within 0.5: {history.history['within_half'][-1]:.2f}, least weight {kernel.min():.3f}")
again = keras.layers.Dense.from_config(model.layers[0].get_config())
assert again.kernel_initializer.scale == 1.5
results = {"history": history.history, "kernel": kernel, "least": bool(kernel.min() >= 0)}
