"""Every optimizer, and variables and gradients for it."""

import numpy as np
import pytest

from brisknet import Variable, optimizers

NAMES = sorted(n for n in optimizers.__all__ if n[0].isupper() and n != "Optimizer")
every_optimizer = pytest.mark.parametrize("name", NAMES)
SHAPES = [(3, 4), (4,), (), (2, 1, 3)]


def make_variables():
    rng = np.random.default_rng(1)
    return [
        Variable(rng.standard_normal(s, np.float32), name=f"v{i}") for i, s in enumerate(SHAPES)
    ]


def make_gradients(steps):
    rng = np.random.default_rng(2)
    return [[rng.standard_normal(s, np.float32) for s in SHAPES] for _ in range(steps)]


def values(variables):
    return [v.numpy() for v in variables]


def assert_same(a, b):
    for one, other in zip(a, b, strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
