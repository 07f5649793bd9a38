"""Functions of the user's in built-in layers: what they return is checked."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import layers
from checks import numbers


def activated(y, dx, kind):
    """A model with a custom activation that returns y and dx, given as functions of x."""

    def custom(x):
        return y(x), lambda dy: dx(x)

    layer = layers.Dense(3, custom) if kind == "Dense" else layers.Activation(custom)
    model = bn.Sequential([bn.Input((3,)), layers.Dense(3), layer, layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


both = pytest.mark.parametrize("kind", ["Dense", "Activation"])


@both
@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (lambda x: x[:1], ValueError, r"\[activation\] expected an output for 2 samples, got"),
        (lambda x: np.float32(1), ValueError, r"expected an output for 2 samples, got shape \(\)"),
        (lambda x: "x", TypeError, r"\[activation\] expected output: float32"),
        (lambda x: x.astype(np.complex64), TypeError, r"\[activation\] expected output: float32"),
    ],
)
def test_outputs_are_checked(kind, y, error, message):
    model = activated(y, lambda x: x, kind)
    with pytest.raises(error, match=message):
        model.predict(numbers(2, 3), verbose=0)
    with pytest.raises(error, match=message):
        model.layers[1](numbers(2, 3))


@both
@pytest.mark.parametrize(
    ("dx", "error", "message"),
    [
        (lambda x: None, ValueError, "expected backward to return dx, got None"),
        (lambda x: x[:, :2], ValueError, r"dx of shape \(2, 3\), got \(2, 2\)"),
        (lambda x: "x", TypeError, r"\[activation\] expected dx: float32"),
    ],
)
def test_gradients_are_checked(kind, dx, error, message):
    model = activated(lambda x: x, dx, kind)
    before = model.get_weights()
    with pytest.raises(error, match=message):
        model.fit(numbers(2, 3), numbers(2, 2), verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


@both
@pytest.mark.parametrize(
    "convert", [np.float64, np.asfortranarray, lambda x: x.tolist(), lambda x: x * 2.0**-127]
)
def test_what_can_be_converted_is(kind, convert):
    """To C-contiguous float32 without denormals."""
    model = activated(convert, convert, kind)
    model.fit(numbers(2, 3), numbers(2, 2), verbose=0)
    layer = model.layers[1]
    y, backward = layer.run(numbers(2, 3))
    for array in (y, backward(np.ones_like(y))):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert not np.any((array != 0) & (np.abs(array) < np.finfo(np.float32).tiny))


X, Y = numbers(2, 3), numbers(2, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_initializer": lambda shape, dtype: np.ones(3)}, "kernel of shape"),
        ({"kernel_initializer": lambda shape, dtype: "x"}, "expected kernel: float32"),
        ({"kernel_regularizer": lambda w: 1.0}, r"returns \(penalty, gradient\)"),
        ({"kernel_regularizer": lambda w: (1.0, w[0])}, "gradient of shape"),
        ({"activity_regularizer": lambda y: (1.0, y[0])}, "gradient of shape"),
        ({"kernel_constraint": lambda w: w[0]}, r"of shape \(3, 2\)"),
    ],
)
def test_functions_for_weights_are_checked(arguments, message):
    def train():
        model = bn.Sequential([bn.Input((3,)), layers.Dense(2, **arguments)])
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)

    with pytest.raises((TypeError, ValueError), match=message):
        train()
