"""A model that calls a function in its steps, and code in a separate process."""

import os
import subprocess
import sys

import numpy as np

import brisknet as bn
from brisknet import layers
from checks import state

TIMEOUT = 60  # seconds; generous, for machines with other work
X = np.random.default_rng(0).standard_normal((40, 6), np.float32)
Y = np.random.default_rng(1).integers(0, 3, 40)


def python(code, *arguments, environment=None, **options):
    """Runs the code in a separate Python process, where warnings are errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        **options,
    )


class Probe(layers.Layer):
    """Calls a function at the first forward pass of each training step."""

    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, x, training=False):
        if training:
            self.call()
        return x, lambda dy: dy


def model_with(call=lambda: None, optimizer="adam"):
    bn.utils.set_random_seed(3)
    model = bn.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(8, activation="relu"),
            Probe(call),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def after_steps(count, **fit):
    """The bits after this many steps of an undisturbed training."""

    def stop(batch, logs):
        model.stop_training = model.optimizer.iterations == count

    model = model_with()
    stopping = bn.callbacks.LambdaCallback(on_train_batch_end=stop)
    model.fit(X, Y, epochs=9, batch_size=8, verbose=0, callbacks=[stopping], **fit)
    assert model.optimizer.iterations == count
    return state(model)
