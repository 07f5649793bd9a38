"""Dropout and noise: what is drawn, its distribution, nothing at inference."""

import math

import numpy as np
import pytest

from brisknet import layers
from checks import check_layer, numbers
from reference import U, assert_within


@pytest.mark.parametrize("kind", ["GaussianNoise", "GaussianDropout", "AlphaDropout"])
def test_noise_is_the_identity_otherwise(kind):
    make = getattr(layers, kind)
    check_layer(make(0.5), lambda x: x, numbers(3, 4))
    check_layer(make(0), lambda x: x, numbers(3, 4), training=True)
    a, b = make(0.5, seed=3), make(0.5, seed=3)
    x = numbers(3, 4)
    first = a(x, training=True)
    assert first.tobytes() == b(x, training=True).tobytes()
    assert first.tobytes() != a(x, training=True).tobytes()
    for value in (-0.1, 1.1, None, "0.5", True):
        with pytest.raises(ValueError, match=rf"\[{kind}\] expected"):
            make(value)


def test_noise_in_training():
    """Of n numbers, the mean errs by 4 deviations / sqrt(n) at most, and the variance likewise."""
    x = np.ones((500, 400), np.float32)
    within = 4 * math.sqrt(3) / math.sqrt(x.size)
    y, backward = layers.GaussianNoise(0.5).run(x, training=True)
    assert abs(y.mean() - 1) < within
    assert abs(y.var() - 0.25) < within
    assert (backward(x) == x).all()
    y, backward = layers.GaussianDropout(0.2).run(x, training=True)
    assert abs(y.mean() - 1) < within
    assert abs(y.var() - 0.25) < within
    assert_within(backward(2 * x), 2 * y.astype(np.float64), 1e-6)


def test_alpha_dropout_in_training():
    x = np.random.default_rng(0).standard_normal((500, 400)).astype(np.float32)
    y, backward = layers.AlphaDropout(0.3).run(x, training=True)
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.03
    limit = -1.6732632423543772 * 1.0507009873554805
    a = ((1 - 0.3) * (1 + 0.3 * limit**2)) ** -0.5
    b = -a * limit * 0.3
    dropped = np.isclose(y, a * limit + b, atol=1e-7)
    assert abs(dropped.mean() - 0.3) < 4 * math.sqrt(0.21 / x.size) + 1e-3
    assert_within(y, np.where(dropped, a * limit + b, a * x.astype(np.float64) + b), 1e-6)
    assert_within(backward(np.ones_like(x)), np.where(dropped, 0, a), 1e-6)
    together = layers.AlphaDropout(0.5, noise_shape=(None, 1))(x, training=True)
    lost = np.isclose(together, together.min(axis=1, keepdims=True)).all(axis=1)
    assert abs(lost.mean() - 0.5) < 0.1


def test_dropout_in_training():
    x = numbers(50, 40) + 3
    layer = layers.Dropout(0.25, seed=7)
    y, backward = layer.run(x, training=True)
    kept = y != 0
    assert_within(y[kept], x[kept] / 0.75, 2 * U * 8)
    # 2000 draws: four standard deviations are 4 sqrt(0.25 0.75 / 2000) = 0.039.
    assert abs(kept.mean() - 0.75) < 0.039
    dy = numbers(50, 40)
    assert_within(backward(dy), kept * (dy / np.float64(0.75)), 2 * U * 8)


def test_dropout_draws_anew_each_time_and_by_its_seed():
    x = np.ones((8, 8), np.float32)
    one, same, other = (layers.Dropout(0.5, seed=seed) for seed in (1, 1, 2))
    first, second = one.run(x, True)[0], one.run(x, True)[0]
    assert (first != second).any()
    assert (same.run(x, True)[0] == first).all()
    assert (same.run(x, True)[0] == second).all()
    assert (other.run(x, True)[0] != first).any()


def test_dropout_is_the_identity_otherwise():
    x = numbers(3, 4)
    for layer, training in ((layers.Dropout(0.5), False), (layers.Dropout(0), True)):
        check_layer(layer, lambda x: x, x, terms=1, training=training)
        assert layer.compute_output_shape((None, 4)) == (None, 4)
    assert (layers.Dropout(0.5)(x) == x).all()
    assert (layers.Dropout(0.5)(np.ones((8, 8)), training=True) == 0).any()


@pytest.mark.parametrize("rate", [-0.1, 1.5, math.nan, "0.5", None, True])
def test_dropout_rate(rate):
    with pytest.raises(ValueError, match=r"\[Dropout\] expected rate: a number in \[0, 1\], got"):
        layers.Dropout(rate)


def test_dropout_of_everything():
    y, backward = layers.Dropout(1).run(numbers(3, 4), training=True)
    assert not y.any()
    assert not backward(numbers(3, 4)).any()


def test_dropout_noise_shape():
    x = numbers(50, 3, 40)
    for given, concrete in [((None, 1, None), (50, 1, 40)), ([50, 3, 1], (50, 3, 1))]:
        y, backward = layers.Dropout(0.25, noise_shape=given, seed=1).run(x, training=True)
        kept = (y != 0).any(axis=tuple(a for a in range(3) if concrete[a] == 1), keepdims=True)
        np.testing.assert_allclose(y, np.where(kept, x / 0.75, 0), rtol=1e-6)
        np.testing.assert_allclose(backward(x), np.where(kept, x / 0.75, 0), rtol=1e-6)
        assert abs(kept.mean() - 0.75) < 0.15
    with pytest.raises(ValueError, match=r"noise_shape \(2, 1\) broadcasts to, got \(3, 4\)"):
        layers.Dropout(0.5, noise_shape=(2, 1)).run(numbers(3, 4), training=True)
    for bad in ((0, 1), (1.5,), "ab", 3, ()):
        with pytest.raises(ValueError, match="expected noise_shape: positive integers and None"):
            layers.Dropout(0.5, noise_shape=bad)
