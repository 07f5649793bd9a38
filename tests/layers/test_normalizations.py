"""Normalizations by batch and by sample: float64, finite differences, moving statistics."""

import numpy as np
import pytest

from brisknet import layers
from brisknet.arguments.axes import joined_last, sum_over
from checks import check_layer, numbers
from reference import U, assert_within


def along(x, axes, f):
    moments = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return f(x, *moments)


def shaped(w, axes, x):
    return w.reshape([x.shape[a] if a in axes else 1 for a in range(x.ndim)])


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], [-1, -2]])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_layer_normalization(axis, center, scale):
    axes = tuple(sorted(a % 3 for a in np.atleast_1d(axis)))

    def f(x, *weights):
        weights = [shaped(w, axes, x) for w in weights]
        gamma = weights.pop(0) if scale else 1
        beta = weights.pop(0) if center else 0
        return along(x, axes, lambda x, m, v: gamma * (x - m) / np.sqrt(v + 0.01) + beta)

    given = {"gamma_initializer": "uniform", "beta_initializer": "uniform"}
    layer = layers.LayerNormalization(axis, 0.01, center, scale, **given)
    check_layer(layer, f, numbers(3, 4, 5))


@pytest.mark.parametrize("axis", [-1, 2, [1, 2]])
def test_rms_normalization(axis):
    axes = tuple(sorted(a % 3 for a in np.atleast_1d(axis)))

    def f(x, scale):
        mean = (x * x).mean(axes, keepdims=True)
        return x / np.sqrt(mean + 0.1) * shaped(scale, axes, x)

    check_layer(layers.RMSNormalization(axis, 0.1), f, numbers(3, 4, 5))


@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_unit_normalization(axis):
    axes = tuple(sorted(a % 3 for a in np.atleast_1d(axis)))
    check_layer(
        layers.UnitNormalization(axis),
        lambda x: x / np.sqrt((x * x).sum(axes, keepdims=True)),
        numbers(3, 4, 5),
    )
    assert layers.UnitNormalization()([[0, 0]]).tolist() == [[0, 0]]


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_batch_normalization(axis, center, scale, training):
    axis_ = axis % 3
    others = tuple(a for a in range(3) if a != axis_)
    moving = numbers(2, [4, 5][axis_ - 1], seed=5) ** 2

    def f(x, *weights):
        weights = [shaped(w, (axis_,), x) for w in weights]
        gamma = weights.pop(0) if scale else 1
        beta = weights.pop(0) if center else 0
        m, v = (shaped(w.astype(np.float64), (axis_,), x) for w in moving)
        if training:
            m, v = x.mean(others, keepdims=True), x.var(others, keepdims=True)
        return gamma * (x - m) / np.sqrt(v + 0.01) + beta

    layer = layers.BatchNormalization(
        axis,
        0.75,
        0.01,
        center,
        scale,
        gamma_initializer="uniform",
        beta_initializer="uniform",
        moving_mean_initializer=moving[0].copy(),
        moving_variance_initializer=moving[1].copy(),
    )
    x = numbers(3, 4, 5)
    check_layer(layer, f, x, training=training)
    x64 = x.astype(np.float64)
    kept, new = (0.75, 0.25) if training else (1, 0)
    assert_within(layer.moving_mean.value, kept * moving[0] + new * x64.mean(others), 1e-6)
    assert_within(layer.moving_variance.value, kept * moving[1] + new * x64.var(others), 1e-6)


def test_frozen_batch_normalization_infers():
    layer = layers.BatchNormalization()
    x = numbers(6, 4)
    layer(x, training=True)
    layer.trainable = False
    before = layer.get_weights()
    y, backward = layer.run(x, training=True)
    assert y.tobytes() == layer(x).tobytes()
    assert backward(x).shape == x.shape
    for a, b in zip(before, layer.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert not layer.gamma.has_grad
    layer.trainable = True
    assert [v.trainable for v in layer.variables] == [True, True, False, False]


def test_sum_over():
    x = numbers(3, 4, 5)
    for axes in [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]:
        assert_within(sum_over(x, axes), x.astype(np.float64).sum(axes, keepdims=True), 60 * U * 60)
        rows, back = joined_last(x, axes)
        assert back(rows).tobytes() == x.tobytes()
