"""Keras 3 on JAX, which brisknet is compared with, and the comparison.

Tolerances count float32 roundings: each is U = 2^-24 of the largest number that takes part in it.
Keras rounds as often as brisknet does, so every bound is twice the count of one side. What a test
counts is said beside it. Keras on XLA flushes subnormal numbers to zero, so NORMAL is always
allowed.
"""

import collections
import os

import numpy as np
import pytest

import brisknet
from reference import U

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # compiles faster
jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras runs on another backend", allow_module_level=True)

NORMAL = 2.0**-126
INF, NAN = np.inf, np.nan
RNG = np.random.default_rng(3)  # which conftest.py sets back before each test
ROWS, STEPS, CLASSES = 6, 3, 5

OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"momentum": 1.0}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3}),
    ("RMSprop", {"centered": True, "weight_decay": 0.1}),
    ("RMSprop", {"centered": True, "momentum": 0.9}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-3}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.3, "amsgrad": True}),
]


def close(got, expected, scale, roundings, tiny=NORMAL):
    """|got - expected| <= 2 * roundings * U * scale + tiny, and the same shapes."""
    __tracebackhide__ = True
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    scale = np.nan_to_num(np.abs(np.asarray(scale, np.float64)), posinf=0)
    bound = np.broadcast_to(2 * roundings * U * scale + tiny, got.shape)
    with np.errstate(invalid="ignore"):
        fits = (got == expected) | (np.isnan(got) & np.isnan(expected))
        fits |= np.isfinite(got - expected) & (np.abs(got - expected) <= bound)
        if fits.all():
            return
        error = np.where(fits, 0, np.abs(got - expected) / bound)
    at = np.unravel_index(np.argmax(np.where(np.isnan(error), INF, error)), error.shape)
    pytest.fail(
        f"{np.sum(~fits)} of {fits.size} differ, worst at {tuple(map(int, at))}: brisknet "
        f"{got[at]!r}, Keras {expected[at]!r}, {error[at]:.3g} times the bound {bound[at]:.3g}"
    )


def loss_weights(rows):
    """Weights of the rows, in each shape that losses and metrics take."""
    yield None
    weight = RNG.random(rows, np.float32)
    weight.flat[0] = 0
    yield weight
    yield weight[..., None]
    if len(rows) > 1:  # a weight for each sample
        yield weight[:, :1]


X, Y = np.arange(21).reshape(7, 3) / 16, np.eye(2)[[0, 1, 1, 0, 1, 0, 0]]


def small_models(monkeypatch, loss="mse", **compiled):
    """The same compiled linear model of three inputs and two outputs, for X and Y."""
    monkeypatch.setattr(brisknet.names.automatic, "_counts", collections.Counter())
    keras.utils.clear_session()
    for module in (brisknet, keras):
        model = module.Sequential([module.Input((3,)), module.layers.Dense(2)])
        model.set_weights([np.arange(6).reshape(3, 2) / 8, np.ones(2)])
        model.compile("sgd", loss, **compiled)
        yield module, model
