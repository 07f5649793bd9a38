"""Functions of `utils` beside real Keras."""

import numpy as np

import brisknet
from oracle import keras


def test_to_categorical():
    for x, classes in [
        ([0, 2, 1], None),
        ([0, 2, 1], 5),
        (3, None),
        ([[1], [0]], None),
        ([[1, 0], [2, 2]], None),
        ([[[1], [0]]], 3),
        (np.array([1.0, 0.0]), None),
        (np.array([1, 0], np.uint8), 2),
        ([], 3),
    ]:
        got = brisknet.utils.to_categorical(x, classes)
        expected = keras.utils.to_categorical(x, classes)
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(got, expected)
