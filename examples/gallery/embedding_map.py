"""
A learned embedding
===================

Each month is represented by two numbers, learned from the weather of its days: the year becomes a
ring.
"""

import matplotlib.pyplot as plt
import numpy as np

import brisknet as keras

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
months = rng.integers(0, 12, 6000)
season = 2 * np.pi * months / 12
weather = np.stack(  # temperature, sunshine (which peaks earlier) and rain, all scaled
    [-np.cos(season), -np.cos(season + 0.6), np.sin(season) + 0.3 * np.cos(2 * season)], axis=1
)
weather += rng.normal(0, 0.3, weather.shape)

model = keras.Sequential(
    [
        keras.Input(shape=(1,)),
        keras.layers.Embedding(12, 2),
        keras.layers.Flatten(),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(3),
    ]
)
model.compile(keras.optimizers.Adam(0.01), "mse")
model.fit(months[:, None], weather, epochs=15, verbose=0)

figure, axes = plt.subplots(figsize=(5.5, 4), layout="constrained")
for month, place in zip(MONTHS, model.layers[0].embeddings.numpy(), strict=True):
    axes.plot(*place, "o", color="#0072B2")
    axes.annotate(month, place, xytext=(6, 4), textcoords="offset points")
axes.margins(0.15)
axes.set_title("Months that are alike lie together")
