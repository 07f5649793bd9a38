"""Input: shapes, dtypes, refusals."""

import pytest

import brisknet as bn
from brisknet import layers


def test_input():
    assert layers.Input((3, 4)).batch_shape == (None, 3, 4)
    assert layers.Input(shape=5).batch_shape == (None, 5)
    assert layers.Input((None, 4), batch_size=2).batch_shape == (2, None, 4)
    assert layers.Input(batch_shape=(8, 3)).batch_shape == (8, 3)
    assert bn.Sequential([layers.Input((3,), 8), layers.Dense(1)]).input_shape == (None, 3)
    assert layers.Input((3,), dtype="int32").dtype == "int32"
    assert layers.Input((3,), name="pixels").name == "pixels"
    assert bn.Input is layers.Input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "either shape or batch_shape"),
        ({"shape": (1,), "batch_shape": (None, 1)}, ValueError, "either shape or batch_shape"),
        ({"shape": (0,)}, ValueError, "expected shape of positive axes, got"),
        ({"shape": "ab"}, TypeError, "expected shape: a tuple of integers, got 'ab'"),
        (
            {"shape": (3,), "dtype": "text"},
            ValueError,
            "expected dtype: a type of numbers, as 'float32', got 'text'",
        ),
        ({"shape": (3,), "ragged": True}, ValueError, "ragged is not supported"),
        ({"shape": (3,), "optional": True}, ValueError, "optional is not supported"),
        ({"shape": (3,), "tensor": 1}, ValueError, "tensor is not supported"),
    ],
)
def test_input_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Input(**arguments)
