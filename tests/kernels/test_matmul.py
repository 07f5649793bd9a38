"""matmul: sums in index order to the bit, in every layout, at every edge of tile and block."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
from brisknet import _core
from reference import U, assert_same_bits, assert_within, constants

LAYOUTS = {"nn": (False, False), "tn": (True, False), "nt": (False, True), "tt": (True, True)}
# Around the tiles' rows (4, 6, 12) and columns (8, 16, 32), and the rows that repay packing (48).
EDGES = (0, 1, 3, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49)
# Around the blocks of k, and the columns of a task (144 or 128).
K = constants("matmul.cpp")["kBlockK"]
BLOCKS = [
    (m, n, k)
    for k in (1, K - 1, K, K + 1, 2 * K - 1, 2 * K, 2 * K + 1)
    for m, n in ((1, 1), (5, 33), (49, 17))
]
BLOCKS += [(m, n, 5) for m in (3, 49, 97, 200) for n in (127, 128, 129, 143, 144, 145, 257, 289)]
# Few columns, which have a way of their own, and around its tasks of 128 rows.
BLOCKS += [(m, n, 5) for m in (47, 48, 127, 128, 129, 257) for n in (1, 6, 7, 10, 12, 13, 24, 25)]
BLOCKS += [(m, n, K + 1) for m in (3, 131) for n in (1, 10)]

ACTIVATIONS = [
    _core.Activation("linear"),
    _core.Activation("relu", 0, np.inf, 0),
    _core.Activation("relu", 0.25, 6, 1),
    _core.Activation("leaky_relu", 0.25),
    _core.Activation("elu", 1),
    *map(
        _core.Activation,
        "selu sigmoid tanh softplus softsign silu gelu gelu_tanh hard_sigmoid".split(),
    ),
]


def normal(rng, *shape):
    return rng.standard_normal(shape, np.float32)


def laid_out(a, b, transpose_a, transpose_b):
    """The same operands as the layout stores them."""
    return (
        np.ascontiguousarray(a.T) if transpose_a else a,
        np.ascontiguousarray(b.T) if transpose_b else b,
    )


def matmul(a, b, layout="nn", **options):
    transpose_a, transpose_b = LAYOUTS[layout]
    a, b = laid_out(a, b, transpose_a, transpose_b)
    return _core.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b, **options)


def test_reference_fma_is_exact(rng):
    a, b, c = normal(rng, 3, 3000)
    c *= np.float32(2.0) ** rng.integers(-60, 30, c.size)
    # Halfway cases: a * b ends in a tie that c, far below, breaks; and sums that cancel.
    exponents = rng.integers(1, 24, 1000)
    a[:1000], b[:1000] = 1 + 2.0**-exponents, 1 + 2.0 ** (exponents - 24)
    c[1000:1500] = -a[1000:1500] * b[1000:1500]
    expected = [reference.fma_exact(*abc) for abc in zip(a, b, c, strict=True)]
    assert_same_bits(np.array(expected), reference.fma(a, b, c))


@pytest.fixture(scope="module")
def expected():
    """The operands of every shape, and their product in index order."""
    made = {}

    def get(m, n, k):
        if (m, n, k) not in made:
            rng = np.random.default_rng([m, n, k])
            a, b = normal(rng, m, k), normal(rng, k, n)
            made[m, n, k] = a, b, reference.matmul(a, b)
        return made[m, n, k]

    return get


@pytest.mark.parametrize("layout", LAYOUTS)
def test_index_order_at_edges(isa, layout, expected):
    for m, n in itertools.product(EDGES, EDGES):
        a, b, c = expected(m, n, 3)
        assert_same_bits(c, matmul(a, b, layout), f"{m} x {n} x 3")
    for k in EDGES:
        a, b, c = expected(7, 17, k)
        assert_same_bits(c, matmul(a, b, layout), f"7 x 17 x {k}")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_index_order_across_blocks(isa, layout, expected):
    for m, n, k in BLOCKS:
        a, b, c = expected(m, n, k)
        assert_same_bits(c, matmul(a, b, layout), f"{m} x {n} x {k}")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_index_order_on_threads(isa, threads, layout, expected):
    for m, n, k in ((1, K + 1, K + 1), (97, 130, K + 1), (200, 10, 50)):
        a, b, c = expected(m, n, k)
        assert_same_bits(c, matmul(a, b, layout), f"{m} x {n} x {k}")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_do_not_depend_on_the_batch(isa, layout, expected):
    for n in (10, 130):
        a, b, c = expected(97, n, K + 1)
        for rows in (1, 7, 50):
            for start in (0, 33, 97 - rows):
                part = np.ascontiguousarray(a[start : start + rows])
                assert_same_bits(c[start : start + rows], matmul(part, b, layout))


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    shape=st.tuples(st.integers(0, 60), st.integers(0, 140), st.integers(0, K + 50)),
    layout=st.sampled_from(list(LAYOUTS)),
    seed=st.integers(0, 2**32 - 1),
)
def test_against_float64(isa, shape, layout, seed):
    m, n, k = shape
    rng = np.random.default_rng(seed)
    a, b = normal(rng, m, k), normal(rng, k, n)
    exact = a.astype(np.float64) @ b.astype(np.float64)
    # One rounding of at most U for each of k terms, of a partial sum of at most sum(|a| |b|).
    bound = 1.01 * k * U * (np.abs(a).astype(np.float64) @ np.abs(b))
    assert_within(matmul(a, b, layout), exact, bound)


@pytest.mark.parametrize(
    ("m", "n", "k"),
    [(3, 5, 2), (3, 37, 0), (49, 130, K + 1), (7, 130, K + 1), (131, 10, K + 1), (129, 23, 0)],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_bias_and_activation(isa, rng, layout, m, n, k, expected):
    a, b, c = expected(m, n, k)
    bias = normal(rng, n)
    biased = matmul(a, b, layout, bias=bias)
    assert_same_bits(c + bias, biased)
    for f in ACTIVATIONS:
        assert_same_bits(_core.activation(f, c), matmul(a, b, layout, activation=f))
        assert_same_bits(_core.activation(f, biased), matmul(a, b, layout, bias=bias, activation=f))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_out_is_filled_and_nothing_beside_it(isa, layout, expected):
    for m, n, k in ((1, 1, 3), (7, 17, 3), (49, 33, K + 1), (13, 31, K + 1), (131, 10, 3)):
        a, b, c = expected(m, n, k)
        around = np.full(m * n + 64, np.pi, np.float32)
        out = around[32:-32].reshape(m, n)
        assert matmul(a, b, layout, out=out) is out
        assert_same_bits(c, out)
        assert (around[:32] == np.float32(np.pi)).all()
        assert (around[-32:] == np.float32(np.pi)).all()


def shifted(x, by):
    """A copy that begins `by` elements after an aligned address, with NaN around it."""
    around = np.full(x.size + 32 + by, np.nan, np.float32)
    inside = around[16 + by : 16 + by + x.size].reshape(x.shape)
    inside[...] = x
    return inside


@pytest.mark.parametrize("by", [1, 3, 5, 7])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_alignment(isa, rng, layout, by, expected):
    for m, n, k in ((5, 33, K - 1), (49, 17, K + 1), (131, 10, K + 1)):
        a, b, c = expected(m, n, k)
        a, b = laid_out(a, b, *LAYOUTS[layout])
        flags = dict(zip(("transpose_a", "transpose_b"), LAYOUTS[layout], strict=True))
        bias, out = shifted(normal(rng, n), by), shifted(c, by)
        got = _core.matmul(shifted(a, by), shifted(b, by), bias, out=out, **flags)
        assert_same_bits(c + bias, got)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nan_and_infinity_go_through(isa, rng, layout, value):
    relu = _core.Activation("relu", 0, np.inf, 0)
    for m, n, k in ((7, 33, 20), (49, 17, K + 1), (131, 10, 20)):
        a, b = np.abs(normal(rng, m, k)) + 1, np.abs(normal(rng, k, n)) + 1
        a[3, k // 2] = value
        c = matmul(a, b, layout)
        np.testing.assert_array_equal(c[3], np.full(n, value))
        assert np.isfinite(np.delete(c, 3, axis=0)).all()
        np.testing.assert_array_equal(
            matmul(a, b, layout, activation=relu)[3], np.full(n, np.maximum(value, 0))
        )
        b[k // 3] *= 0
        b[k // 2] *= 0  # infinity times zero, and NaN
        assert np.isnan(matmul(a, b, layout, activation=relu)[3]).all()


def test_denormals_and_signs_of_zero(isa):
    tiny = np.full((3, 1), 2.0**-140, np.float32)
    assert_same_bits(np.zeros((3, 3), np.float32), _core.matmul(tiny, 0 * tiny.T + 0.5))
    # Only what is stored becomes zero; sums on the way are exact.
    sums = _core.matmul(np.full((3, 2**15), 2.0**-140, np.float32), np.ones((2**15, 1), np.float32))
    assert_same_bits(np.full((3, 1), 2.0**-125, np.float32), sums)
    negative_zero = np.full((2, 2), -0.0, np.float32)
    products = _core.matmul(negative_zero, np.ones((2, 2), np.float32))
    assert_same_bits(np.zeros((2, 2), np.float32), products)
    for m, n in ((1, 1), (100, 3), (100, 40)):
        zero = np.zeros((m, n), np.float32)
        a, b = np.full((m, 1), -tiny[0, 0]), np.full((1, n), tiny[0, 0])
        assert_same_bits(zero, _core.matmul(a, b))  # a sum that underflowed to -0 becomes +0
        assert_same_bits(zero, _core.matmul(a, b, np.full(n, -0.0, np.float32)))


def test_sums_are_rounded_once(isa, rng):
    """c + a b lies halfway between two floats, but for c: rounding to double first loses it."""
    halves = 1 + np.float32(2.0) ** -rng.integers(1, 24, (2, 200))  # ties where exponents add to 24
    c = rng.standard_normal(200) * 2.0 ** rng.integers(-70, -54, 200)
    a = np.stack([c, halves[0]], axis=1).astype(np.float32)
    b = np.stack([np.ones(200), halves[1]]).astype(np.float32)
    expected = reference.matmul(a, b)
    twice = (a[:, :1] + a[:, 1:].astype(np.float64) * b[1:]).astype(np.float32)
    assert (expected != twice).sum() > 500
    for layout in LAYOUTS:
        assert_same_bits(expected, matmul(a, b, layout))


def test_one_operand_may_be_both(isa, expected):
    a, _, _ = expected(17, 17, 3)
    assert_same_bits(reference.matmul(a, a.T), _core.matmul(a, a, transpose_b=True))
