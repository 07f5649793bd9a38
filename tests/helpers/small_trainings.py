"""Trainings for tests of callbacks: a classification of 5 samples, a regression of 12."""

import numpy as np

import brisknet as bn
from brisknet import layers

X = np.arange(20, dtype=np.float32).reshape(5, 4) / 20
Y = np.eye(3, dtype=np.float32)[[0, 1, 2, 1, 0]]
NAMES = ["accuracy", "loss", "mse"]


def classifier(metrics=("accuracy", "mse"), seed=0):
    model = bn.Sequential(
        [
            bn.Input((4,)),
            layers.Dense(3, "softmax", kernel_initializer=bn.initializers.GlorotUniform(seed)),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=list(metrics))
    return model


INPUTS = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
SUMS = INPUTS.sum(axis=1, keepdims=True)


def regressor(rate=0.1):
    model = bn.Sequential([bn.Input((3,)), layers.Dense(1)])
    model.compile(bn.optimizers.SGD(rate), "mse", metrics=["mae"])
    return model


def fit(model, *callbacks, **kwargs):
    given = {"epochs": 3, "batch_size": 4, "verbose": 0, "callbacks": list(callbacks)}
    return model.fit(INPUTS, SUMS, **given | kwargs)
