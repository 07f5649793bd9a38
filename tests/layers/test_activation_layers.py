"""Activations in layers: by name, by function, and layers that have parameters."""

import math

import numpy as np
import pytest

import brisknet as bn
import reference
from brisknet import activations, layers
from checks import check_layer, dense, numbers
from reference import ACTIVATIONS, U, assert_within, softmax


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
    check_layer(layer(), lambda x: ACTIVATIONS[name](x, *parameters), numbers(3, 4, 5))


def test_softmax_layer():
    x = numbers(3, 4, 5)
    check_layer(layers.Softmax(), softmax, x)
    check_layer(layers.Softmax(1), lambda x: softmax(x.swapaxes(1, 2)).swapaxes(1, 2), x)
    check_layer(layers.Softmax([1, 2]), lambda x: softmax(x.reshape(3, 20)).reshape(3, 4, 5), x)


@pytest.mark.parametrize("shared", [None, [1], 2, [1, 2]])
def test_prelu(shared):
    def f(x, alpha):
        return np.where(x > 0, x, alpha * x)

    layer = layers.PReLU("uniform", shared_axes=shared)
    check_layer(layer, f, numbers(3, 4, 5))
    axes = [] if shared is None else [shared] if isinstance(shared, int) else shared
    assert layer.alpha.shape == tuple(1 if a + 1 in axes else n for a, n in enumerate((4, 5)))
    assert layers.PReLU()([[-1, 2]]).tolist() == [[0, 2]]


ALIASES = {"swish": "silu", "hard_swish": "hard_silu", "relu6": "relu"}
PARAMETERS = {"relu": (0.0, math.inf, 0.0), "leaky_relu": (0.2, 0, 0), "elu": (1.0, 0, 0)}
PARAMETERS |= {"celu": (1.0, 0, 0), "squareplus": (4.0, 0, 0), "relu6": (0.0, 6.0, 0.0)}
PARAMETERS |= dict.fromkeys(("hard_shrink", "soft_shrink"), (0.5, 0, 0))


def float64_activation(name):
    """The function by this name in float64, for arrays."""
    if name in ("glu", "log_softmax", "softmax", "sparsemax"):
        return getattr(reference, name)
    f = reference.ACTIVATIONS[ALIASES.get(name, name)]
    return lambda x: f(x, *PARAMETERS.get(name, (0, 0, 0)))


NAMES = sorted(set(activations.__all__) - {"deserialize", "get", "serialize", "threshold"})
every_activation = pytest.mark.parametrize("name", NAMES)


@every_activation
def test_activation_by_name_and_by_function(name):
    x = numbers(3, 4)
    check_layer(layers.Activation(name), float64_activation(name), x, terms=4)
    function = getattr(activations, name)
    for y in (layers.Activation(function)(x), function(x), activations.get(name)(x)):
        assert y.tobytes() == layers.Activation(name)(x).tobytes()
    assert layers.Dense(2, activation=name).activation is function


@every_activation
def test_dense_with_every_activation(name):
    layer = layers.Dense(4, activation=name, bias_initializer="uniform")
    check_layer(layer, dense(float64_activation(name)), numbers(3, 5), terms=5)


def test_no_activation_is_linear():
    assert activations.get(None) is activations.linear
    assert layers.Dense(2).activation is activations.linear


@pytest.mark.parametrize("function", [activations.glu, activations.sparsemax])
def test_along_another_axis(function):
    x = numbers(4, 3, 6)
    expected = np.moveaxis(getattr(reference, function.__name__)(np.moveaxis(x, 0, -1)), -1, 0)
    assert_within(function(x, axis=0), expected, 16 * U)


def test_glu_halves_the_last_axis():
    model = bn.Sequential([layers.Input((5,)), layers.Dense(8, activation="glu"), layers.Dense(2)])
    assert model.layers[1].kernel.shape == (4, 2)
    assert model.predict(numbers(3, 5), verbose=0).shape == (3, 2)
    assert layers.Dense(8, activation="glu")(numbers(2, 3, 5)).shape == (2, 3, 4)
    with pytest.raises(ValueError, match=r"\[glu\] expected an even number of elements"):
        layers.Activation("glu")(numbers(2, 3))


def test_sparsemax_of_nan_is_nan():
    x = np.array([[1, 2, np.nan], [1, 2, 0]], np.float32)
    y = activations.sparsemax(x)
    assert np.isnan(y[0]).any()
    np.testing.assert_array_equal(y[1], [0, 1, 0])


@pytest.mark.parametrize("identifier", ["nope", "ReLU", 3])
def test_unknown_activation(identifier):
    with pytest.raises(ValueError, match=r"\[activations.get\] (unknown|expected) activation"):
        layers.Dense(2, activation=identifier)


def cube(x):
    return x**3, lambda dy: dy * 3 * x**2


def test_users_activation():
    check_layer(layers.Activation(cube), lambda x: x**3, numbers(3, 4) / 2, terms=4)
    check_layer(
        layers.Dense(4, activation=cube), dense(lambda z: z**3), numbers(3, 5) / 4, terms=15
    )


def test_users_activation_without_backward():
    for layer in (layers.Dense(2, activation=np.tanh), layers.Activation(np.tanh)):
        with pytest.raises(
            TypeError, match=r"expected tanh to return \(y, backward\).*got float32"
        ):
            layer(numbers(1, 3))


X = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)


@pytest.mark.parametrize("axis", [(1, 2), [0, 2], (-1, 0, 1), (1,), 1, np.int64(2)])
def test_softmax_over_several_axes(axis):
    axes = tuple(np.atleast_1d(axis))
    e = np.exp(X.astype(np.float64) - X.max(axes, keepdims=True))
    y = e / e.sum(axes, keepdims=True)
    assert_within(activations.softmax(X, axis), y, 1e-6)
    assert_within(activations.log_softmax(X, axis), np.log(y), 1e-5)


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
def test_axes_that_there_are_not(function):
    for axis, error in [((1, 3), ValueError), ((1, 1), ValueError), ((1.0,), TypeError)]:
        with pytest.raises(error, match=rf"\[{function.__name__}\] expected"):
            function(X, axis)
