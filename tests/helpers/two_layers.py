"""A model of two layers, and 6 samples for it."""

import numpy as np

from brisknet import Sequential, layers

X = np.random.default_rng(0).uniform(-1, 1, (6, 4)).astype(np.float32)


def two_layers(**more):
    return Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, activation="tanh", name="first"),
            layers.Dense(2, name="second"),
        ],
        **more,
    )
