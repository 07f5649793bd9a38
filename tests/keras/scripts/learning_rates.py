"""Learning rates that change: schedules, a callback, and by hand."""

import keras
import numpy as np
from keras.optimizers import SGD, Adam, AdamW
from keras.optimizers.schedules import (
    CosineDecay,
    ExponentialDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

rng = np.random.default_rng(55)
x = rng.normal(size=(128, 4))
y = x @ rng.normal(size=(4, 2))
kernel = rng.normal(size=(4, 2))

optimizers = {
    "constant": SGD(learning_rate=0.05),
    "exponential": SGD(ExponentialDecay(0.1, decay_steps=8, decay_rate=0.8, staircase=True)),
    "cosine": Adam(CosineDecay(0.05, decay_steps=30, warmup_target=0.1, warmup_steps=5)),
    "piecewise": SGD(PiecewiseConstantDecay([8, 16], [0.1, 0.05, 0.01]), momentum=0.8),
    "polynomial": AdamW(PolynomialDecay(0.1, 24, 0.01, power=2), weight_decay=0.01),
}
results = {}
for name, optimizer in optimizers.items():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.set_weights([kernel, np.zeros(2)])
    model.compile(optimizer=optimizer, loss="mse")
    history = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    results[name] = {"loss": history.history["loss"], "rate": float(optimizer.learning_rate)}
    print(f"{name:12} {history.history['loss'][-1]:.4f}, rate {results[name]['rate']:.4f}")


def scheduler(epoch, lr):
    return lr if epoch < 2 else lr * float(np.exp(-0.1))


model.compile(keras.optimizers.SGD(0.1), "mse")
history = model.fit(
    x,
    y,
    epochs=4,
    shuffle=False,
    verbose=0,
    callbacks=[keras.callbacks.LearningRateScheduler(scheduler)],
)
results["scheduler"] = history.history
model.optimizer.learning_rate = 0.01
results["by hand"] = float(model.optimizer.learning_rate)
