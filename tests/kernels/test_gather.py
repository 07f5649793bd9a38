"""gather: rows of float32, float64 and uint8 arrays as float32; scatter: sums of them."""

import numpy as np
import pytest

import reference
from brisknet import _core
from checks import numbers
from reference import assert_same_bits

COLS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100)


def table(rng, dtype, *shape):
    if dtype == np.uint8:
        return rng.integers(0, 256, shape, np.uint8)
    x = rng.standard_normal(shape) * 1e3
    x.reshape(-1)[:7] = np.nan, np.inf, -np.inf, -0.0, 1e-41, 3e38, 1 + 2.0**-24
    return x.astype(dtype)


def as_float32(x):
    """Denormals become zeros of their sign."""
    x = x.astype(np.float32)
    return np.where(np.abs(x) < reference.LEAST_VALUE, np.copysign(np.float32(0), x), x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("cols", COLS)
def test_rows(isa, rng, dtype, cols):
    x = table(rng, dtype, 23, cols)
    index = rng.integers(0, 23, 50)
    around = np.full(50 * cols + 64, 9, np.float32)
    out = around[32:-32].reshape(50, cols)
    assert _core.gather(x, index, out) is out
    assert_same_bits(as_float32(x[index]), out)
    assert (around[:32] == 9).all()
    assert (around[-32:] == 9).all()
    assert_same_bits(out, _core.gather(x, index))


def test_every_byte(isa):
    x = np.arange(256, dtype=np.uint8).reshape(1, 256)
    assert_same_bits(np.arange(256, dtype=np.float32)[None], _core.gather(x, np.array([0])))


def test_float64_is_rounded_to_nearest_even(isa):
    half = 2.0**-24
    x = np.array([[1 + half, 1 + 3 * half, 1 + half + 2.0**-50, 1e300, -1e300, 1e-300, 2.0**-150]])
    with np.errstate(over="ignore"):
        expected = as_float32(x)
    assert_same_bits(expected, _core.gather(x, np.array([0])))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_shapes(isa, rng, dtype):
    x = table(rng, dtype, 6, 3, 5)
    index = np.array([5, 0, 0, 3])
    assert_same_bits(as_float32(x[index]), _core.gather(x, index))
    vector = np.ascontiguousarray(x[:, 0, 0])
    assert_same_bits(as_float32(vector[index]), _core.gather(vector, index))
    assert _core.gather(x, index[:0]).shape == (0, 3, 5)
    assert _core.gather(x[:0], index[:0]).shape == (0, 3, 5)
    assert _core.gather(x[:, :0].copy(), index).shape == (4, 0, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("cols", [1, 13, 784])
def test_same_bits(same_bits, rng, dtype, cols):
    x = table(rng, dtype, 60, cols)
    index = rng.integers(0, 60, 60_000 // cols)
    (result,) = same_bits(lambda: _core.gather(x, index))
    assert_same_bits(as_float32(x[index]), result)


@pytest.mark.parametrize("cols", [0, 1, 3, 17, 64, 65, 130])
def test_scatter_in_its_order(isa, cols):
    x, index = numbers(50, cols) * 1e3, np.random.default_rng(0).integers(0, 6, 50)
    expected = np.zeros((7, cols), np.float32)
    for row, i in zip(x, index, strict=True):
        expected[i] += row
    assert_same_bits(expected, _core.scatter(x, index, 7))


def test_scatter_refuses():
    for rows, index in ((2, [0, 2]), (2, [-1, 0])):
        with pytest.raises(ValueError, match=r"\[scatter\] expected indices from 0 to 1, got"):
            _core.scatter(numbers(2, 3), np.array(index), rows)


def test_scatter_same_bits(same_bits):
    x, index = numbers(3000, 131), np.random.default_rng(0).integers(0, 50, 3000)
    same_bits(lambda: _core.scatter(x, index, 50))
