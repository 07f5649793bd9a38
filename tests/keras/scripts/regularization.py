"""Penalties and constraints on weights and outputs, one model each."""

import keras
import numpy as np
from keras import constraints, layers, regularizers

rng = np.random.default_rng(14)
x = rng.normal(size=(200, 10))
y = x @ np.array([3, -2, 1, 0, 0, 0, 0, 0, 0, 0]) + rng.normal(0, 0.3, 200)
kernels = rng.normal(0, 0.3, (10, 12)), rng.normal(0, 0.3, (12, 1))

kinds = {
    "none": {},
    "l1": {"kernel_regularizer": "l1"},
    "l2": {"kernel_regularizer": regularizers.L2(0.02)},
    "l1_l2": {"kernel_regularizer": regularizers.l1_l2(l1=0.01, l2=0.01)},
    "activity": {"activity_regularizer": regularizers.l1(0.01)},
    "max_norm": {"kernel_constraint": constraints.MaxNorm(1.0)},
    "unit_norm": {"kernel_constraint": keras.constraints.unit_norm()},
    "bias": {"bias_regularizer": regularizers.L2(0.1), "kernel_constraint": "non_neg"},
}
results = {}
for name, options in kinds.items():
    model = keras.Sequential(
        [keras.Input((10,)), layers.Dense(12, activation="relu", **options), layers.Dense(1)]
    )
    model.set_weights([kernels[0], np.zeros(12), kernels[1], np.zeros(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
    history = model.fit(x, y, batch_size=25, epochs=3, shuffle=False, verbose=0)
    kernel = model.layers[0].get_weights()[0]
    results[name] = {"loss": history.history["loss"], "kernel": kernel}
    print(f"{name:10} loss {history.history['loss'][-1]:.3f}, norm {np.linalg.norm(kernel):.3f}")
