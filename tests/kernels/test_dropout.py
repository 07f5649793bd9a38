"""Random numbers to the bit against Philox4x32-10 in NumPy, their distributions, and dropout."""

import itertools
import math

import numpy as np
import pytest

import reference
from brisknet import _core
from reference import U, assert_same_bits, assert_within

LARGEST = 2**64 - 1
KEYS = [(0, 0), (1, 0), (0, 1), (0x0123456789ABCDEF, 0xFEDCBA9876543210), (LARGEST, LARGEST)]
every_key = pytest.mark.parametrize(
    ("seed", "stream"), KEYS, ids=["0", "seed", "stream", "hex", "1"]
)
# Around groups of 64 and the 128 groups that a thread claims.
SIZES = (0, 1, 3, 15, 16, 17, 63, 64, 65, 100, 8191, 8192, 8193)
MANY = 2**18


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [  # published with Random123 (kat_vectors, "philox4x32 10")
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_reference_philox_gives_the_published_words(counter, key, words):
    assert " ".join(f"{int(word):08x}" for word in reference.philox(counter, key)) == words


def test_published_words(isa):
    """Block 0 of stream 0 by seed 0: its words are elements 0, 16, 32 and 48."""
    y = _core.random_uniform((64,), 0, 1, 0, 0)[::16]
    words = np.array([0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
    assert_same_bits((words // 256 * 2.0**-24).astype(np.float32), y)


# Arrays


@every_key
def test_uniform_to_the_bit(isa, seed, stream):
    for n in SIZES:
        u = reference.uniforms(seed, stream, n)[:n].astype(np.float32)
        assert_same_bits(u, _core.random_uniform((n,), 0, 1, seed, stream))
        scaled = reference.fma(u, np.full(n, 0.75, np.float32), np.full(n, -0.3, np.float32))
        low = float(np.float32(-0.3))
        assert_same_bits(scaled, _core.random_uniform((n,), low, low + 0.75, seed, stream))


@every_key
@pytest.mark.parametrize("truncated", [False, True])
def test_normal(isa, seed, stream, truncated):
    # The radius errs by 1.7 U of itself, cosine and sine by 1.5 U, their product by U; no radius
    # is above sqrt(2 ln 2^32) = 6.7.
    bound = (1.7 + 1.5 + 1) * U * 6.7
    drawn = reference.truncated_normals if truncated else reference.normals
    for n in SIZES:
        z = drawn(seed, stream, n)[:n]
        got = _core.random_normal((n,), 0, 1, truncated, seed, stream)
        assert_within(got, z, bound)
        scaled = _core.random_normal((n,), 5, 0.25, truncated, seed, stream)
        assert_same_bits(reference.fma(got, np.full(n, 0.25), np.full(n, 5.0)), scaled)


@every_key
def test_permutation_to_the_bit(isa, seed, stream):
    for n in (1, 2, 3, 10, 33, 1000):
        order = _core.permutation(n, seed, stream)
        np.testing.assert_array_equal(order, reference.permutation(n, seed, stream), strict=True)
    assert _core.permutation(0, seed, stream).shape == (0,)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 5), (4, 0, 2)])
def test_shape(isa, shape):
    n = math.prod(shape)
    assert_same_bits(
        _core.random_uniform((n,), -1, 1, 5, 6).reshape(shape),
        _core.random_uniform(shape, -1, 1, 5, 6),
    )
    assert_same_bits(
        _core.random_normal((n,), -1, 1, True, 5, 6).reshape(shape),
        _core.random_normal(shape, -1, 1, True, 5, 6),
    )


def test_uniform_stays_below_the_upper_limit(isa):
    """The largest word that this draw has, 2^32 - 2^8 or more, is at element 39779."""
    assert _core.random_uniform((40_000,), 0, 1, 207, 0).max() == 1 - 2.0**-24
    for low, high in ((0.5, 1), (1, 2), (-2, -1)):
        assert _core.random_uniform((40_000,), low, high, 207, 0).max() < high


def truncated_cdf(x):
    inside = reference.normal_cdf(np.clip(x, -2, 2)) - reference.normal_cdf(np.float64(-2))
    return inside / math.erf(math.sqrt(2))


# The variance of the normal distribution cut at two standard deviations.
CUT_VARIANCE = 1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2))


@pytest.mark.parametrize(
    ("draw", "cdf", "variance"),
    [
        (lambda stream: _core.random_uniform((MANY,), 0, 1, 3, stream) - 0.5, None, 1 / 12),
        (
            lambda stream: _core.random_normal((MANY,), 0, 1, False, 3, stream),
            reference.normal_cdf,
            1,
        ),
        (
            lambda stream: _core.random_normal((MANY,), 0, 1, True, 3, stream),
            truncated_cdf,
            CUT_VARIANCE,
        ),
    ],
    ids=["uniform", "normal", "truncated"],
)
def test_distribution(draw, cdf, variance):
    x = draw(0).astype(np.float64)
    deviation = math.sqrt(variance)
    of_mean = 6 / math.sqrt(MANY)  # six standard deviations of a mean of MANY
    assert abs(x.mean()) < of_mean * deviation
    assert abs((x**2).mean() - variance) < of_mean * (x**2).std()
    assert abs((x**4).mean() - (x[::2] ** 4).mean()) < of_mean * (x**4).std()
    # Kolmogorov and Smirnov's distance exceeds this once in 10^9 draws (Massart, 1990).
    x.sort()
    step = (np.arange(MANY) + 0.5) / MANY
    distance = np.abs((x + 0.5 if cdf is None else cdf(x)) - step).max()
    assert distance < math.sqrt(math.log(2e9) / (2 * MANY)) + 0.5 / MANY


def test_draws_are_unrelated():
    n = 2**16

    def draws(seed, stream):
        return _core.random_normal((n,), 0, 1, False, seed, stream).astype(np.float64)

    first = draws(1, 1)
    others = [draws(*key) for key in ((2, 1), (1, 2), (2**32 + 1, 1), (1, 2**32 + 1), (2**63, 1))]
    others += [np.roll(first, lag) for lag in (1, 2, 15, 16, 17, 32, 48, 64, 8192)]
    for other in others:
        assert abs((first * other).mean()) < 6 / math.sqrt(n)
        assert abs((first**2 * other**2).mean() - 1) < 6 * 3 / math.sqrt(n)


def test_truncated_normals_lie_within_two_deviations(isa):
    z = _core.random_normal((100_003,), 0, 1, True, 1, 1)
    plain = _core.random_normal((100_003,), 0, 1, False, 1, 1)
    assert np.abs(z).max() <= 2
    inside = np.abs(plain) <= 2
    assert_same_bits(plain[inside], z[inside])
    assert 0.954 < inside.mean() < 0.955  # erf(sqrt(2)) = 0.9545


def test_permutations_are_uniform():
    counts = dict.fromkeys(itertools.permutations(range(4)), 0)
    draws = 24_000
    for seed in range(draws):
        counts[tuple(_core.permutation(4, seed, 9).tolist())] += 1
    chi_square = sum((count - 1000) ** 2 for count in counts.values()) / 1000
    assert chi_square < 80  # 23 degrees of freedom: above this once in 10^7

    order = _core.permutation(100_003, 1, 1)
    np.testing.assert_array_equal(np.sort(order), np.arange(100_003))
    assert abs(np.corrcoef(order, np.arange(100_003))[0, 1]) < 6 / math.sqrt(100_003)


def test_same_bits(same_bits):
    n = 100_003
    same_bits(
        lambda: (
            _core.random_uniform((n,), -1, 1, 1, 2),
            _core.random_normal((n,), 0, 1, False, 1, 2),
            _core.random_normal((n,), 0, 1, True, 1, 2),
            _core.permutation(1000, 1, 2),
        )
    )


# Dropout


def unpacked(mask, n):
    return (mask[:, None] >> np.arange(64, dtype=np.uint64) & 1).astype(bool).ravel()[:n]


@every_key
@pytest.mark.parametrize("rate", [0, 0.2, 0.5, 1 / 3, 1 - 2.0**-30])
def test_dropout_to_the_bit(isa, rng, seed, stream, rate):
    scale = np.float32(1 / (1 - rate))
    for n in SIZES:
        x, dy = rng.standard_normal((2, n), np.float32)
        keep = reference.keep_mask(seed, stream, rate, n)[:n]
        around = np.full(n + 64, 9, np.float32)
        out = around[32 : 32 + n]
        y, mask = _core.dropout(x, rate, seed, stream, out)
        assert y is out
        assert mask.shape == ((n + 63) // 64,)
        np.testing.assert_array_equal(unpacked(mask, n), keep)
        assert_same_bits(np.where(keep, x * scale, np.float32(0)), y)
        assert _core.dropout_backward(dy, mask, rate, out) is out
        assert_same_bits(np.where(keep, dy * scale, np.float32(0)), out)
        assert (around[:32] == 9).all()
        assert (around[32 + n :] == 9).all()


def test_a_word_equal_to_the_rate_keeps_its_element(isa):
    words = reference.words(1, 2, 64)
    for i in (0, 17, 63):
        y, _ = _core.dropout(np.ones(64, np.float32), float(words[i]) / 2**32, 1, 2)
        np.testing.assert_array_equal(y != 0, words >= words[i])


@pytest.mark.parametrize("rate", [0.0, 2.0**-20, 0.1, 0.5, 0.9])
def test_frequency_of_zeros(rate):
    y, _ = _core.dropout(np.ones(MANY, np.float32), rate, 11, 12)
    zeros = float((y == 0).mean())
    assert abs(zeros - rate) <= 6 * math.sqrt(rate * (1 - rate) / MANY)
    assert set(np.unique(y)) <= {np.float32(0), np.float32(1 / (1 - rate))}


def test_rate_zero_changes_nothing(isa, rng):
    x = rng.standard_normal(1000, np.float32)
    x[:4] = -0.0, math.inf, -math.inf, math.nan
    y, mask = _core.dropout(x, 0.0, 1, 2)
    assert_same_bits(x, y)
    assert_same_bits(x, _core.dropout_backward(x, mask, 0.0))


def test_what_is_dropped_is_zero_whatever_it_was(isa):
    keep = reference.keep_mask(1, 2, 0.5, 100)[:100]
    for value in (math.nan, math.inf):
        y, _ = _core.dropout(np.full(100, value, np.float32), 0.5, 1, 2)
        assert_same_bits(np.where(keep, np.float32(value), np.float32(0)), y)


@pytest.mark.parametrize("shape", [(), (0,), (5, 0), (3, 7, 11)])
def test_dropout_in_place_and_of_any_shape(isa, rng, shape):
    x = np.asarray(rng.standard_normal(shape), np.float32)
    y, mask = _core.dropout(x, 0.5, 1, 2)
    dx = _core.dropout_backward(x, mask, 0.5)
    assert_same_bits(y, dx)
    assert dx.shape == shape
    in_place, _ = _core.dropout(x, 0.5, 1, 2, x)
    assert in_place is x
    assert_same_bits(y, x)
    assert _core.dropout_backward(y, mask, 0.5, y) is y
    assert_same_bits(dx * np.float32(2), y)


def test_dropout_same_bits(same_bits, rng):
    x, dy = rng.standard_normal((2, 200_003), np.float32)

    def both():
        y, mask = _core.dropout(x, 0.3, 1, 2)
        return y, mask, _core.dropout_backward(dy, mask, 0.3)

    same_bits(both)
