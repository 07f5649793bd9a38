"""Layers without weights, normalisation, Embedding: float64, finite differences, the same bits."""

import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import _core, layers
from brisknet.axes import joined_last, sum_over
from reference import (
    ACTIVATIONS,
    U,
    assert_same_bits,
    assert_within,
    central_differences,
    softmax,
    sum16,
)


@pytest.fixture(autouse=True)
def seeded():
    bn.random.set_global_seed(0)


def numbers(*shape, seed=1):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def check(layer, f, x, training=False, bound=1e-4):
    """y, dx and gradients against f(x, *trainable weights) in float64.

    Values here are of the size of 1 and sums of 100 terms at most, so some 200 roundings of U.
    """
    y, backward = layer.run(x, training=training)
    trained = layer.trainable_variables
    weights = [v.numpy().astype(np.float64) for v in trained]
    x64 = x.astype(np.float64)
    assert y.dtype == np.float32
    assert y.flags.c_contiguous
    assert layer.compute_output_shape((None, *x.shape[1:])) == (None, *y.shape[1:])
    assert_within(y, f(x64, *weights), bound)
    dy = np.random.default_rng(7).uniform(-1, 1, y.shape).astype(np.float32)
    dx = backward(dy)
    assert dx.dtype == np.float32
    assert dx.flags.c_contiguous
    assert_within(dx, central_differences(lambda x: dy * f(x, *weights), x64), bound)
    for i, v in enumerate(trained):

        def of_one(w, i=i):
            return dy * f(x64, *weights[:i], w, *weights[i + 1 :])

        assert_within(v.grad, central_differences(of_one, weights[i]), bound)


# Activation layers


@pytest.mark.parametrize(
    ("layer", "name", "parameters"),
    [
        (lambda: layers.ReLU(), "relu", (0, math.inf, 0)),
        (lambda: layers.ReLU(1.5, 0.25, 0.5), "relu", (0.25, 1.5, 0.5)),
        (lambda: layers.LeakyReLU(), "leaky_relu", (0.3, 0, 0)),
        (lambda: layers.LeakyReLU(0.1), "leaky_relu", (0.1, 0, 0)),
        (lambda: layers.ELU(), "elu", (1, 0, 0)),
        (lambda: layers.ELU(0.5), "elu", (0.5, 0, 0)),
    ],
)
def test_activation_layers(layer, name, parameters):
    check(layer(), lambda x: ACTIVATIONS[name](x, *parameters), numbers(3, 4, 5))


def test_softmax_layer():
    x = numbers(3, 4, 5)
    check(layers.Softmax(), softmax, x)
    check(layers.Softmax(1), lambda x: softmax(x.swapaxes(1, 2)).swapaxes(1, 2), x)
    check(layers.Softmax([1, 2]), lambda x: softmax(x.reshape(3, 20)).reshape(3, 4, 5), x)


@pytest.mark.parametrize("shared", [None, [1], 2, [1, 2]])
def test_prelu(shared):
    def f(x, alpha):
        return np.where(x > 0, x, alpha * x)

    layer = layers.PReLU("uniform", shared_axes=shared)
    check(layer, f, numbers(3, 4, 5))
    axes = [] if shared is None else [shared] if isinstance(shared, int) else shared
    assert layer.alpha.shape == tuple(1 if a + 1 in axes else n for a, n in enumerate((4, 5)))
    assert layers.PReLU()([[-1, 2]]).tolist() == [[0, 2]]


# Shapes


def test_permute():
    check(layers.Permute((2, 3, 1)), lambda x: x.transpose(0, 2, 3, 1), numbers(2, 3, 4, 5))
    with pytest.raises(ValueError, match=r"\[Permute\] expected dims: 1, 2, … in some order"):
        layers.Permute((0, 1))
    with pytest.raises(ValueError, match="expected inputs with 3 axes"):
        layers.Permute((2, 1))(numbers(2, 3))


def test_repeat_vector():
    check(layers.RepeatVector(3), lambda x: np.repeat(x[:, None], 3, 1), numbers(2, 5))
    for n, error in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match=r"\[RepeatVector\] expected n"):
            layers.RepeatVector(n)
    with pytest.raises(ValueError, match="expected inputs with 2 axes"):
        layers.RepeatVector(3)(numbers(2, 3, 4))


# Noise


@pytest.mark.parametrize("kind", ["GaussianNoise", "GaussianDropout", "AlphaDropout"])
def test_noise_is_the_identity_otherwise(kind):
    make = getattr(layers, kind)
    check(make(0.5), lambda x: x, numbers(3, 4))
    check(make(0), lambda x: x, numbers(3, 4), training=True)
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


# Normalisation


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
    check(layer, f, numbers(3, 4, 5))


@pytest.mark.parametrize("axis", [-1, 2, [1, 2]])
def test_rms_normalization(axis):
    axes = tuple(sorted(a % 3 for a in np.atleast_1d(axis)))

    def f(x, scale):
        mean = (x * x).mean(axes, keepdims=True)
        return x / np.sqrt(mean + 0.1) * shaped(scale, axes, x)

    check(layers.RMSNormalization(axis, 0.1), f, numbers(3, 4, 5))


@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_unit_normalization(axis):
    axes = tuple(sorted(a % 3 for a in np.atleast_1d(axis)))
    check(
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
    check(layer, f, x, training)
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


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.BatchNormalization(momentum=2), ValueError, "momentum: a number from 0"),
        (lambda: layers.BatchNormalization(epsilon=-1), ValueError, "epsilon: a number of at"),
        (lambda: layers.BatchNormalization(axis=[1]), ValueError, "axis: an integer"),
        (lambda: layers.BatchNormalization(renorm=True), ValueError, "renorm is not supported"),
        (lambda: layers.BatchNormalization(synchronized=True), ValueError, "not supported"),
        (lambda: layers.LayerNormalization(rms_scaling=True), ValueError, "not supported"),
        (lambda: layers.LayerNormalization("x"), TypeError, "axis: an integer or a list"),
        (lambda: layers.LayerNormalization(0)(numbers(2, 3)), ValueError, "different axes from 1"),
        (lambda: layers.UnitNormalization([1, 1])(numbers(2, 3)), ValueError, "different axes"),
        (lambda: layers.Softmax(3)(numbers(2, 3)), ValueError, "different axes from 1 to 1"),
        (lambda: layers.ReLU(max_value=-1), ValueError, "max_value of at least 0"),
        (lambda: layers.LeakyReLU(None), ValueError, "negative_slope of at least 0"),
        (lambda: layers.Embedding(0, 2), ValueError, "input_dim: an integer from 1"),
        (lambda: layers.Embedding(2, 1.5), ValueError, "output_dim: an integer from 1"),
        (lambda: layers.Embedding(2, 2, mask_zero=True), ValueError, "mask_zero is not supported"),
        (lambda: layers.Embedding(2, 2)([[2]]), ValueError, "whole numbers from 0 to 1, got 2.0"),
        (lambda: layers.Embedding(2, 2)([[np.nan]]), ValueError, "whole numbers from 0 to 1"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Embedding


def test_embedding():
    layer = layers.Embedding(5, 3)
    x = np.array([[1, 4], [4, 4], [0, 1]], np.float32)
    y, backward = layer.run(x)
    table = layer.embeddings.numpy()
    assert y.tobytes() == table[x.astype(int)].tobytes()
    assert layer.compute_output_shape((None, 2)) == (None, 2, 3)
    dy = numbers(3, 2, 3)
    assert (backward(dy) == 0).all()
    expected = np.zeros((5, 3))
    np.add.at(expected, x.astype(int), dy.astype(np.float64))
    assert_within(layer.embeddings.grad, expected, 8 * U * 4)
    given = numbers(5, 3)
    for weights in (given, [given], given.tolist()):
        assert (
            layers.Embedding(5, 3, weights=weights)(x).tobytes() == given[x.astype(int)].tobytes()
        )


def test_embedding_trains():
    model = bn.Sequential(
        [layers.Embedding(6, 4), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    x = np.random.default_rng(0).integers(0, 6, (200, 2))
    model.optimizer.learning_rate = 0.05
    history = model.fit(x, (x[:, 0] % 2) * 1, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2


# Kernels


@pytest.mark.parametrize("cols", [0, 1, 3, 4, 15, 16, 17, 33, 100])
def test_dot_rows_in_its_order(isa, cols):
    a, b = numbers(7, cols), numbers(7, cols, seed=2)
    assert_same_bits(sum16(a), _core.dot_rows(a))
    assert_same_bits(sum16(a * b), _core.dot_rows(a, b))


@pytest.mark.parametrize("cols", [0, 1, 3, 17, 64, 65, 130])
def test_scatter_in_its_order(isa, cols):
    x, index = numbers(50, cols) * 1e3, np.random.default_rng(0).integers(0, 6, 50)
    expected = np.zeros((7, cols), np.float32)
    for row, i in zip(x, index, strict=True):
        expected[i] += row
    assert_same_bits(expected, _core.scatter(x, index, 7))


def test_kernels_same_bits(same_bits):
    a, b = numbers(3000, 131), numbers(3000, 131, seed=2)
    index = np.random.default_rng(0).integers(0, 50, 3000)
    same_bits(lambda: (_core.dot_rows(a), _core.dot_rows(a, b), _core.scatter(a, index, 50)))


def test_scatter_refuses():
    for rows, index in ((2, [0, 2]), (2, [-1, 0])):
        with pytest.raises(ValueError, match=r"\[scatter\] expected indices from 0 to 1, got"):
            _core.scatter(numbers(2, 3), np.array(index), rows)


def test_layers_same_bits(same_bits):
    x = numbers(40, 30, 9)

    def train():
        bn.utils.set_random_seed(1)
        model = bn.Sequential(
            [
                layers.GaussianNoise(0.1),
                layers.BatchNormalization(1),
                layers.Dense(40, kernel_regularizer="orthogonal_regularizer"),
                layers.LayerNormalization([1, 2]),
                layers.PReLU(shared_axes=[1]),
                layers.GaussianDropout(0.1),
                layers.Permute((2, 1)),
                layers.UnitNormalization(),
                layers.AlphaDropout(0.1),
                layers.RMSNormalization(),
                layers.Softmax(1),
                layers.Flatten(),
                layers.Dense(40, kernel_constraint="max_norm", activity_regularizer="l1l2"),
                layers.RepeatVector(2),
                layers.BatchNormalization(),
                layers.Flatten(),
                layers.Dense(1),
            ]
        )
        model.compile("sgd", "mse")
        loss = model.fit(x, x[:, 0, 0], batch_size=16, verbose=0).history["loss"]
        y = model.predict(x, verbose=0)
        for size in (1, 7):
            assert model.predict(x, batch_size=size, verbose=0).tobytes() == y.tobytes()
        return (*model.get_weights(), np.array(loss), y)

    same_bits(train)


def test_sum_over():
    x = numbers(3, 4, 5)
    for axes in [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]:
        assert_within(sum_over(x, axes), x.astype(np.float64).sum(axes, keepdims=True), 60 * U * 60)
        rows, back = joined_last(x, axes)
        assert back(rows).tobytes() == x.tobytes()
