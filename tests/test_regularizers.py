"""Regularizers and constraints: their numbers, their gradients, and what training makes of them."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import constraints, layers, regularizers
from reference import assert_within, central_differences


def numbers(*shape, seed=1):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def orthogonal(x):
    unit = x / np.sqrt((x * x).sum(1, keepdims=True))
    cosine = np.abs(unit @ unit.T) * (1 - np.eye(len(x)))
    return cosine.sum() / (len(x) * (len(x) - 1))


PENALTIES = [
    (regularizers.L1(0.5), lambda x: 0.5 * np.abs(x).sum()),
    (regularizers.L2(0.5), lambda x: 0.5 * (x * x).sum()),
    (regularizers.L1L2(0.5, 0.25), lambda x: 0.5 * np.abs(x).sum() + 0.25 * (x * x).sum()),
    (regularizers.OrthogonalRegularizer(0.5), lambda x: 0.5 * orthogonal(x)),
    (regularizers.OrthogonalRegularizer(0.5, "columns"), lambda x: 0.5 * orthogonal(x.T)),
]


@pytest.mark.parametrize(("regularizer", "f"), PENALTIES)
def test_penalty_and_gradient(regularizer, f):
    x = numbers(4, 5)
    x64 = x.astype(np.float64)
    value, gradient = regularizer.value_and_gradient(x)
    assert abs(value - f(x64)) < 1e-5
    assert regularizer(x) == np.float32(value)
    assert_within(gradient, central_differences(f, x64), 1e-5)
    again = type(regularizer).from_config(regularizer.get_config())
    assert again(x) == regularizer(x)


def test_penalty_of_a_vector():
    assert regularizers.L2(1)([1, 2, 3]) == 14
    assert regularizers.L1(1)(-2.0) == 2


@pytest.mark.parametrize("name", ["l1", "L1", "l2", "l1_l2", "l1l2", "orthogonal_regularizer"])
def test_get_regularizer(name):
    assert isinstance(regularizers.get(name), regularizers.Regularizer)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: regularizers.L1(-1), r"\[L1\] expected l1: a number of at least 0, got -1"),
        (lambda: regularizers.L2(np.inf), r"\[L2\] expected l2"),
        (lambda: regularizers.L1L2("1"), r"\[L1L2\] expected l1"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "mode 'rows' or 'columns'"),
        (lambda: regularizers.OrthogonalRegularizer()([1, 2]), "expected a matrix"),
        (lambda: regularizers.get("nope"), r"\[regularizers.get\] unknown regularizer 'nope'"),
        (lambda: constraints.get("nope"), r"\[constraints.get\] unknown constraint 'nope'"),
        (lambda: constraints.MaxNorm(axis=2)(np.ones((2, 2))), "different axes from 0 to 1"),
    ],
)
def test_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def compiled(**arguments):
    bn.utils.set_random_seed(1)
    model = bn.Sequential([bn.Input((3,)), layers.Dense(2, **arguments)])
    model.compile(bn.optimizers.SGD(0.1), "mse")
    return model


X, Y = numbers(8, 3), numbers(8, 2, seed=2)


def quartic(w):
    return 0.25 * float((w**4).sum()), w**3


@pytest.mark.parametrize(
    "arguments",
    [
        {"kernel_regularizer": "l2"},
        {"kernel_regularizer": regularizers.L1(0.1), "bias_regularizer": regularizers.L2(0.2)},
        {"kernel_regularizer": quartic},
        {"activity_regularizer": regularizers.L1L2(0.1, 0.2)},
        {"activity_regularizer": "l2", "kernel_regularizer": "orthogonal_regularizer"},
    ],
)
def test_training_minimises_loss_and_penalties(arguments):
    model = compiled(bias_initializer="uniform", **arguments)
    kernel, bias = (w.astype(np.float64) for w in model.get_weights())

    def penalty(name, x):
        given = regularizers.get(arguments.get(name))
        if given is None:
            return 0.0
        if given is quartic:
            return 0.25 * (x**4).sum()
        config = given.get_config()
        if "mode" in config:
            return config["factor"] * orthogonal(x)
        return config.get("l1", 0) * np.abs(x).sum() + config.get("l2", 0) * (x * x).sum()

    def loss(kernel, bias):
        y = X.astype(np.float64) @ kernel + bias
        total = ((y - Y) ** 2).mean() + penalty("activity_regularizer", y) / len(X)
        return total + penalty("kernel_regularizer", kernel) + penalty("bias_regularizer", bias)

    expected = loss(kernel, bias)
    assert abs(model.evaluate(X, Y, verbose=0) - expected) < 1e-5
    assert abs(model.test_on_batch(X, Y) - expected) < 1e-5
    assert abs(model.train_on_batch(X, Y) - expected) < 1e-5
    stepped = [
        kernel - 0.1 * central_differences(lambda w: loss(w, bias), kernel),
        bias - 0.1 * central_differences(lambda w: loss(kernel, w), bias),
    ]
    for got, w in zip(model.get_weights(), stepped, strict=True):
        assert_within(got, w, 1e-5)
    assert len(model.fit(X, Y, verbose=0, epochs=2).history["loss"]) == 2


def test_frozen_weights_are_not_penalised():
    model = compiled(kernel_regularizer="l2")
    plain = compiled()
    for m in (model, plain):
        m.layers[0].trainable = False
    assert model.evaluate(X, Y, verbose=0) == plain.evaluate(X, Y, verbose=0)


def test_activity_regularization_layer():
    model = bn.Sequential([bn.Input((2,)), layers.ActivityRegularization(l1=0.5, l2=0.25)])
    model.compile("sgd", "mse")
    x = np.array([[1.0, -2.0], [3.0, 0.0]], np.float32)
    assert abs(model.evaluate(x, x, verbose=0) - (0.5 * 6 + 0.25 * 14) / 2) < 1e-6
    assert (model.predict(x, verbose=0) == x).all()


def test_users_regularizer_must_return_both():
    with pytest.raises(TypeError, match=r"function that returns \(penalty, gradient\), got 0.5"):
        compiled(kernel_regularizer=lambda w: 0.5).train_on_batch(X, Y)
    with pytest.raises(ValueError, match=r"expected a gradient of shape \(3, 2\), got \(2,\)"):
        compiled(kernel_regularizer=lambda w: (0.5, w[0])).train_on_batch(X, Y)


def norms(w, axis):
    return np.sqrt((w * w).sum(axis, keepdims=True))


@pytest.mark.parametrize("axis", [0, 1, [0, 1], -1])
def test_constraints(axis):
    w = 2 * numbers(4, 5)
    w64, axes = w.astype(np.float64), tuple(np.atleast_1d(axis))
    n = norms(w64, axes)
    for constraint, wanted in [
        (constraints.MaxNorm(3, axis), np.minimum(n, 3)),
        (constraints.UnitNorm(axis), 1),
        (constraints.MinMaxNorm(4, 5, 0.5, axis), 0.5 * np.clip(n, 4, 5) + 0.5 * n),
    ]:
        assert_within(constraint(w), w64 * wanted / n, 1e-5)
        again = type(constraint).from_config(constraint.get_config())
        assert again(w).tobytes() == constraint(w).tobytes()
    assert constraints.NonNeg()(w).tolist() == np.maximum(w, 0).tolist()
    assert constraints.Constraint()(w).tolist() == w.tolist()


def test_constraints_hold_after_each_update():
    model = compiled(kernel_constraint=constraints.UnitNorm(), bias_constraint="non_neg")
    model.fit(X, Y - 5, epochs=3, verbose=0)
    kernel, bias = model.get_weights()
    assert_within(norms(kernel, 0), np.ones((1, 2)), 1e-6)
    assert (bias >= 0).all()
    half = compiled(kernel_constraint=lambda w: w / 2)
    before = half.get_weights()[0]
    half.optimizer.learning_rate = 0
    half.train_on_batch(X, Y)
    assert (half.get_weights()[0] == before / 2).all()


def test_losses_have_the_penalties_of_the_last_outputs():
    dense = layers.Dense(
        2,
        kernel_initializer="ones",
        kernel_regularizer=bn.regularizers.L2(0.1),
        activity_regularizer=bn.regularizers.L1(0.01),
    )
    assert dense.losses == []
    x = np.ones((5, 3), np.float32)
    dense(x)
    of_outputs, of_weights = 0.01 * 2 * 3, 0.1 * 6  # a sample's, as the batch's is divided
    assert dense.losses == pytest.approx([of_outputs, of_weights])
    model = bn.Sequential([bn.Input((3,)), dense, layers.ActivityRegularization(l2=0.5)])
    model(2 * x)
    expected = [2 * of_outputs, 0.5 * 2 * 36, of_weights]
    assert model.losses == pytest.approx(expected)
    model.compile("sgd", "mse")
    y = model.predict(2 * x, verbose=0)
    assert model.evaluate(2 * x, y, verbose=0) == pytest.approx(sum(expected))
    outer = bn.Sequential([bn.Input((3,)), model])
    outer(x)
    assert sum(outer.losses) == pytest.approx(of_outputs + 0.5 * 2 * 9 + of_weights)
