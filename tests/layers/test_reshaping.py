"""Flatten, Permute, RepeatVector, Reshape."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers
from checks import check_layer, numbers
from reference import assert_within


def test_permute():
    check_layer(layers.Permute((2, 3, 1)), lambda x: x.transpose(0, 2, 3, 1), numbers(2, 3, 4, 5))
    with pytest.raises(ValueError, match=r"\[Permute\] expected dims: 1, 2, … in some order"):
        layers.Permute((0, 1))
    with pytest.raises(ValueError, match="expected inputs with 3 axes"):
        layers.Permute((2, 1))(numbers(2, 3))


def test_repeat_vector():
    check_layer(layers.RepeatVector(3), lambda x: np.repeat(x[:, None], 3, 1), numbers(2, 5))
    for n, error in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match=r"\[RepeatVector\] expected n"):
            layers.RepeatVector(n)
    with pytest.raises(ValueError, match="expected inputs with 2 axes"):
        layers.RepeatVector(3)(numbers(2, 3, 4))


def test_flatten():
    check_layer(layers.Flatten(), lambda x: x.reshape(2, 12), numbers(2, 3, 4), terms=1)
    for shape, expected in [((3, 4), 12), ((4,), 4), ((), 1), ((3, None), None)]:
        assert layers.Flatten().compute_output_shape((None, *shape)) == (None, expected)
    assert layers.Flatten()([1.0, 2.0]).shape == (2, 1)
    with pytest.raises(ValueError, match=r"expected data_format 'channels_last', .*, got 'first'"):
        layers.Flatten(data_format="first")


def test_reshape():
    check_layer(layers.Reshape((4, 3)), lambda x: x.reshape(2, 4, 3), numbers(2, 3, 4), terms=1)
    check_layer(layers.Reshape((2, -1)), lambda x: x.reshape(2, 2, 6), numbers(2, 3, 4), terms=1)
    assert layers.Reshape((6, -1)).compute_output_shape((None, 3, 4)) == (None, 6, 2)
    assert layers.Reshape((6, -1)).compute_output_shape((None, 3, None)) == (None, 6, None)


@pytest.mark.parametrize("target", [(-1, -1), (0,), (-2, 3)])
def test_reshape_target(target):
    with pytest.raises(ValueError, match=r"\[Reshape\] expected target_shape with at most one -1"):
        layers.Reshape(target)


@pytest.mark.parametrize("target", [(5,), (5, -1), (12,)])
def test_reshape_that_does_not_fit(target):
    with pytest.raises(ValueError, match=r"expected samples that fit target_shape.*got 6 elements"):
        layers.Reshape(target)(numbers(1, 2, 3))


def test_flatten_channels_first():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    layer = layers.Flatten("channels_first")
    y, backward = layer.run(x)
    np.testing.assert_array_equal(y, x.transpose(0, 2, 3, 1).reshape(2, 12))
    np.testing.assert_array_equal(backward(y), x)
    assert layer.compute_output_shape((None, 3, 2, 2)) == (None, 12)
    assert layers.deserialize(layers.serialize(layer)).data_format == "channels_first"
    flat = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(layer(flat), flat)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_flatten_of_mostly_zeros(data_format):
    """Which Dense may leave out after a Flatten, if it keeps the order."""
    x = np.zeros((40, 5, 4), np.float32)
    x[:, 1, 2] = np.arange(40)
    model = bk.Sequential([bk.Input((5, 4)), layers.Flatten(data_format), layers.Dense(32)])
    dense = model.layers[1]
    row = 1 * 4 + 2 if data_format == "channels_last" else 2 * 5 + 1
    expected = np.arange(40)[:, None] * dense.kernel.numpy()[row]
    assert_within(model.predict(x, verbose=0), expected, 1e-6)
    model.compile(bk.optimizers.SGD(1e-5), "mse")
    before = dense.kernel.numpy()
    model.fit(x, np.zeros((40, 32)), batch_size=40, verbose=0)
    assert np.flatnonzero((dense.kernel.numpy() != before).any(axis=1)).tolist() == [row]
