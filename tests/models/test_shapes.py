"""Inputs of other shapes: taken where all layers take them."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers


def pointwise():
    return [layers.ReLU(), layers.Dropout(0.5), layers.Rescaling(2.0)]


@pytest.mark.parametrize(
    "make",
    [lambda: bk.Sequential(pointwise()), lambda: bk.Sequential([bk.Sequential(pointwise())])],
)
def test_another_shape_where_all_layers_take_it(make):
    model = make()
    a, b = np.ones((3, 4), np.float32), np.ones((3, 7), np.float32)
    for x in (a, b, a):
        np.testing.assert_array_equal(model(x), 2 * x)
        np.testing.assert_array_equal(model.predict(x, verbose=0), 2 * x)
    assert model.input_shape == (None, 4)
    model.compile("sgd", "mse")
    for x in (a, b):
        assert model.evaluate(x, 2 * x, verbose=0) == 0
        model.fit(x, x, verbose=0)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense(2),
        layers.PReLU(),
        layers.BatchNormalization(),
        layers.LayerNormalization(),
        layers.Rescaling([1.0, 2.0, 3.0, 4.0]),
        layers.Reshape((2, 2)),
    ],
    ids=lambda layer: type(layer).__name__,
)
@pytest.mark.parametrize("width", [1, 7])
def test_another_shape_is_refused_where_a_layer_does_not_take_it(layer, width):
    model = bk.Sequential([layers.deserialize(layers.serialize(layer))])
    model(np.ones((3, 4)))
    x = np.ones((3, width))
    with pytest.raises(ValueError, match=r"expected x of shape \(samples, 4\)"):
        model.predict(x, verbose=0)
    with pytest.raises(ValueError, match=r"expected x of shape \(samples, 4\)"):
        model(x)
