"""Random numbers: distributions, seeds, generators, the global seed."""

import math
import random as python_random

import numpy as np
import pytest

import brisknet as bk
from brisknet import random, utils
from reference import U

N = 40_000


@pytest.mark.parametrize(
    ("draw", "mean", "deviation"),
    [
        (random.normal, 0, 1),
        (random.uniform, 0.5, math.sqrt(1 / 12)),
        (random.truncated_normal, 0, 0.8796257),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_moments(draw, mean, deviation):
    x = draw((N // 200, 200), seed=4).astype(np.float64)
    assert x.shape == (200, 200)
    # Four standard deviations of the estimates; neighbours along both axes are independent.
    assert abs(x.mean() - mean) < 4 * deviation / math.sqrt(N)
    assert abs(x.std() / deviation - 1) < 4 * math.sqrt(0.5 / N)
    z = (x - x.mean()) / x.std()
    for product in (z[1:] * z[:-1], z[:, 1:] * z[:, :-1]):
        assert abs(product.mean()) < 4 / math.sqrt(product.size)


def test_parameters_shift_and_stretch():
    for draw in (random.normal, random.truncated_normal):
        z = draw((1000,), seed=1).astype(np.float64)
        x = draw((1000,), mean=3, stddev=2, seed=1)
        assert np.abs(x - (3 + 2 * z)).max() <= 3 * U * 12
    u = random.uniform((1000,), seed=1).astype(np.float64)
    x = random.uniform((1000,), minval=-3, maxval=5, seed=1)
    assert np.abs(x - (8 * u - 3)).max() <= 3 * U * 8
    assert (x >= -3).all()
    assert (x < 5).all()
    assert np.abs(random.truncated_normal((N,), 1, 2, seed=1) - 1).max() <= 4 * (1 + 2 * U)


def test_uniform_is_below_one():
    x = random.uniform((25 * N,), seed=0)
    assert 0 <= x.min() < 1e-5
    assert 1 - 1e-5 < x.max() < 1


@pytest.mark.parametrize("draw", [random.normal, random.uniform, random.truncated_normal])
def test_seeds(draw):
    def values(seed):
        return draw((5,), seed=seed).tolist()

    assert values(1) == values(1)
    assert values(1) != values(2)
    assert values(-1) == values(2**64 - 1)
    assert values(np.int32(7)) == values(7)
    assert values(None) != values(None)
    generator, same = random.SeedGenerator(1), random.SeedGenerator(1)
    first, second = values(generator), values(generator)
    assert first != second
    assert [values(same), values(same)] == [first, second]
    assert draw((0, 3), seed=1).shape == (0, 3)
    assert draw((), seed=1).shape == ()
    with pytest.raises(ValueError, match=r"expected dtype float32, got 'float64'"):
        draw((1,), dtype="float64")
    for seed in ("a", 1.5, True):
        with pytest.raises(ValueError, match="expected seed: an integer, got"):
            draw((1,), seed=seed)


def test_a_longer_draw_begins_with_the_shorter():
    for draw in (random.normal, random.uniform):
        assert (draw((3, 4), seed=1).ravel() == draw((100,), seed=1)[:12]).all()


def test_seed_generator():
    generator = random.SeedGenerator(5)
    assert generator.seed == 5
    assert [generator.next() for _ in range(3)] == [(5, 0), (5, 1), (5, 2)]
    assert random.SeedGenerator().seed != random.SeedGenerator().seed
    for seed in ("a", 1.5, True):
        with pytest.raises(ValueError, match=r"\[SeedGenerator\] expected seed: an integer, got"):
            random.SeedGenerator(seed)


def test_randint():
    x = random.randint((N,), -2, 3, seed=1)
    assert x.dtype == np.int32
    values, counts = np.unique(x, return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2]
    assert np.abs(counts - N / 5).max() < 4 * math.sqrt(N * 0.2 * 0.8)
    assert (random.randint((3,), 7, 8) == 7).all()
    assert random.randint((2, 2), 0, 9, dtype="int64").dtype == np.int64
    assert (random.randint((9,), 0, 2**24, seed=1) == random.randint((9,), 0, 2**24, seed=1)).all()


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, 2**24 + 1)])
def test_randint_bounds(low, high):
    with pytest.raises(
        ValueError, match=rf"\[randint\] expected maxval above .* got {low} and {high}"
    ):
        random.randint((1,), low, high)


def test_shuffle():
    x = np.arange(24).reshape(4, 6)
    kept = x.copy()
    rows, columns = random.shuffle(x, seed=1), random.shuffle(x, axis=1, seed=1)
    assert sorted(rows.tolist()) == x.tolist()
    assert sorted(columns.T.tolist()) == x.T.tolist()
    assert (rows != x).any()
    assert (columns != x).any()
    assert (x == kept).all()
    assert (random.shuffle(x, seed=1) == rows).all()
    assert (random.shuffle(np.arange(50), seed=1) != random.shuffle(np.arange(50), seed=2)).any()
    # Each element is as often first as any other.
    generator = random.SeedGenerator(0)
    first = [int(random.shuffle(np.arange(4), seed=generator)[0]) for _ in range(2000)]
    assert np.abs(np.bincount(first) - 500).max() < 4 * math.sqrt(2000 * 0.25 * 0.75)


@pytest.fixture
def states():
    """Puts Python's and NumPy's generators back."""
    python, legacy = python_random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    python_random.setstate(python)
    np.random.set_state(legacy)  # noqa: NPY002


def test_set_random_seed(states):
    def drawn(seed):
        utils.set_random_seed(seed)
        ours = random.normal((3,)).tolist(), random.SeedGenerator().next()
        return ours, python_random.random(), np.random.rand()  # noqa: NPY002

    assert drawn(3) == drawn(3)
    assert all(a != b for a, b in zip(drawn(3), drawn(4), strict=True))
    assert drawn(np.int64(3)) == drawn(3)
    utils.set_random_seed(0)
    utils.set_random_seed(2**32 - 1)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", None, True])
def test_set_random_seed_range(seed):
    with pytest.raises(ValueError, match=r"\[set_random_seed\] expected seed: an integer from 0"):
        utils.set_random_seed(seed)


def test_refused_names_say_so():
    with pytest.raises(AttributeError, match=r"brisknet.random.gamma of Keras is not supported"):
        random.gamma  # noqa: B018


def test_randint_gives_integers():
    assert bk.random.randint((3,), 0, 5, dtype="uint8").dtype == np.uint8
    with pytest.raises(ValueError, match="expected an integer dtype, got 'float32'"):
        bk.random.randint((3,), 0, 5, dtype="float32")
