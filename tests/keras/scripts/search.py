"""The best of a grid of hyperparameters, by validation loss."""

import itertools

import keras
import numpy as np

rng = np.random.default_rng(77)
x = rng.uniform(-1, 1, (300, 2))
y = (np.hypot(x[:, 0], x[:, 1]) < 0.7).astype("float32")


def build(units, activation, rate):
    start = np.random.default_rng(5)
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(2,)),
            keras.layers.Dense(units, activation=activation),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.set_weights([start.normal(0, 1, w.shape) for w in model.get_weights()])
    model.compile(
        optimizer=keras.optimizers.get({"class_name": "Adam", "config": {"learning_rate": rate}}),
        loss="binary_crossentropy",
    )
    return model


grid = {"units": [4, 16], "activation": ["relu", "tanh"], "rate": [0.01]}
trials = []
for values in itertools.product(*grid.values()):
    parameters = dict(zip(grid, values))
    model = build(**parameters)
    history = model.fit(
        x[:200],
        y[:200],
        validation_data=(x[200:], y[200:]),
        epochs=8,
        batch_size=20,
        shuffle=False,
        verbose=0,
    )
    trials.append((min(history.history["val_loss"]), parameters))
    print(f"{trials[-1][0]:.4f} {parameters}")
best_loss, best = min(trials, key=lambda trial: trial[0])
print("best:", best)
results = {"losses": [loss for loss, _ in trials], "best": best}
