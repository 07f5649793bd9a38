"""Sums: their order to the bit, and so the same bits everywhere."""

import math

import numpy as np
import pytest

from brisknet import _core
from checks import numbers
from reference import assert_same_bits, sum16

COLS = (0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 129)


def row_after_row(x):
    total = np.zeros(x.shape[1:], np.float32)
    for row in x:
        total = total + row
    return total


def spread(rng, *shape):
    """Numbers of many magnitudes, whose sum depends on the order."""
    return (rng.standard_normal(shape) * 10.0 ** rng.integers(-4, 5, shape)).astype(np.float32)


@pytest.mark.parametrize("cols", COLS)
def test_sum_rows(isa, rng, cols):
    for rows in (0, 1, 2, 37):
        x = spread(rng, rows, cols)
        around = np.full(cols + 64, 9, np.float32)
        out = around[32 : 32 + cols]
        assert _core.column_sums(x, out) is out
        assert_same_bits(row_after_row(x), out)
        assert (around[:32] == 9).all()
        assert (around[32 + cols :] == 9).all()


def test_sum_rows_over_all_axes_but_the_last(isa, rng):
    x = spread(rng, 4, 5, 6)
    assert_same_bits(row_after_row(x.reshape(20, 6)), _core.column_sums(x))
    assert_same_bits(x[0, 0], _core.column_sums(x[0, 0]))


@pytest.mark.parametrize(("rows", "cols"), [(2003, 130), (257, 1003), (20_000, 3)])
def test_sum_rows_same_bits(same_bits, rng, rows, cols):
    x = spread(rng, rows, cols)
    x[rows // 2, 0] = math.nan
    x[rows // 2, 1] = math.inf
    (total,) = same_bits(lambda: _core.column_sums(x))
    assert_same_bits(row_after_row(x), total)


def one_after_the_other(numbers):
    total = 0.0
    for number in numbers:  # sum() would compensate its roundings
        total += number
    return total


@pytest.mark.parametrize("n", [0, 1, 7, 1000])
def test_weighted_sum_in_index_order(isa, rng, n):
    x, weight = spread(rng, 2, n)
    assert _core.weighted_sum(x) == one_after_the_other(x.tolist())
    products = x.astype(np.float64) * weight
    assert _core.weighted_sum(x, weight) == one_after_the_other(products.tolist())


def test_weighted_sum_of_any_shape(isa):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert _core.weighted_sum(x) == 15
    assert _core.weighted_sum(x, x) == 55
    assert _core.weighted_sum(np.array(3, np.float32)) == 3


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weighted_sum_shows_what_diverged(isa, value):
    x = np.array([1, value, 2], np.float32)
    np.testing.assert_equal(_core.weighted_sum(x), value)
    np.testing.assert_equal(_core.weighted_sum(np.ones(3, np.float32), x), value)


@pytest.mark.parametrize("cols", [0, 1, 3, 4, 15, 16, 17, 33, 100])
def test_dot_rows_in_its_order(isa, cols):
    a, b = numbers(7, cols), numbers(7, cols, seed=2)
    assert_same_bits(sum16(a), _core.row_dots(a))
    assert_same_bits(sum16(a * b), _core.row_dots(a, b))


def test_dot_rows_same_bits(same_bits):
    a, b = numbers(3000, 131), numbers(3000, 131, seed=2)
    same_bits(lambda: (_core.row_dots(a), _core.row_dots(a, b)))
