"""Initializers and random numbers beside real Keras."""

import numpy as np
import pytest

import brisknet
from oracle import close, keras


def drawn_as(monkeypatch, module, call):
    """The distributions that `call` asks the random module for, with their parameters."""
    draws = []

    def recorder(kind):
        def record(shape, first, second, dtype=None, seed=None):
            draws.append((kind, tuple(shape), float(first), float(second)))
            return np.zeros(shape, np.float32)

        def from_names(shape, *rest, seed=None, dtype=None, **named):
            return record(shape, *rest, *(named[key] for key in order if key in named))

        order = ("minval", "maxval", "mean", "stddev")
        return from_names

    with monkeypatch.context() as patch:
        for kind in ("normal", "truncated_normal", "uniform"):
            patch.setattr(module, kind, recorder(kind))
        call()
    return draws


SHAPES = [(), (4,), (0, 3), (3, 5), (3, 3, 4, 8)]


VARIANCES = [
    *(
        ("VarianceScaling", {"scale": scale, "mode": mode, "distribution": distribution})
        for scale in (0.5, 2.0)
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "normal", "untruncated_normal", "uniform")
    ),
    ("VarianceScaling", {}),
    *((f"{who}{kind}", {}) for who in ("Glorot", "He", "Lecun") for kind in ("Normal", "Uniform")),
    ("GlorotUniform", {"input_axes": (0,), "output_axes": (1,)}),
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 2.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 2.0}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": -1.0, "maxval": 2.0}),
]


@pytest.mark.parametrize(("name", "arguments"), VARIANCES, ids=str)
def test_random_initializer(monkeypatch, name, arguments):
    """The same distribution with the same limits or deviation, in float64."""
    for shape in SHAPES:
        if "input_axes" in arguments and len(shape) != 2:
            continue
        ours = getattr(brisknet.initializers, name)(**arguments, seed=1)
        theirs = getattr(keras.initializers, name)(**arguments, seed=1)
        module = keras.src.initializers.random_initializers.random
        expected = drawn_as(monkeypatch, module, lambda f=theirs, s=shape: f(s))
        got = drawn_as(monkeypatch, brisknet.random, lambda f=ours, s=shape: f(s))
        assert len(got) == len(expected) == 1
        assert got[0][:2] == expected[0][:2]
        np.testing.assert_allclose(got[0][2:], expected[0][2:], rtol=2.0**-50)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("normal", (1.0, 2.0)),
        ("truncated_normal", (1.0, 2.0)),
        ("uniform", (-1.0, 2.0)),
        ("randint", (-3, 12)),
    ],
)
def test_distribution(name, arguments):
    """Kolmogorov and Smirnov's distance of two samples: above this in one of 1000 pairs."""
    n = 20_000
    a, b = (
        np.sort(np.asarray(getattr(module, name)((n,), *arguments, seed=7)))
        for module in (brisknet.random, keras.random)
    )
    at = np.concatenate([a, b])
    below = [np.searchsorted(x, at, side="right") / n for x in (a, b)]
    assert np.abs(below[0] - below[1]).max() < 1.95 * np.sqrt(2 / n)
    assert a.dtype == b.dtype


def test_deterministic_initializers():
    for name, arguments, shapes in [
        ("Zeros", (), SHAPES),
        ("Ones", (), SHAPES),
        ("Constant", (), SHAPES),
        ("Constant", (2.5,), SHAPES),
        ("Constant", ([1, 2, 3],), [(2, 3)]),
        ("Identity", (), [(3, 3), (2, 4), (4, 2)]),
        ("Identity", (0.5,), [(3, 3)]),
    ]:
        for shape in shapes:
            got = getattr(brisknet.initializers, name)(*arguments)(shape)
            expected = getattr(keras.initializers, name)(*arguments)(shape)
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("shape", [(4, 4), (7, 3), (3, 7), (2, 3, 5)])
def test_orthogonal(shape):
    """Along the same axis as Keras's; a dot product of n numbers of 1 at most."""
    for module in (brisknet.initializers, keras.initializers):
        q = np.asarray(module.Orthogonal(gain=2.0, seed=1)(shape)).reshape(-1, shape[-1]) / 2
        product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
        close(product, np.eye(len(product)), 1, 4 * max(q.shape))


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("window", ["hann", "hamming", None, [0.5, 1, 2, 1, 0.5, 1, 1, 0.25]])
def test_stft(side, scaling, periodic, window):
    pytest.importorskip("scipy")  # Keras's windows
    window = np.array(window) if isinstance(window, list) else window
    got, expected = (
        module.STFT(side, window, scaling, periodic)((8, 1, 5))
        for module in (brisknet.initializers, keras.initializers)
    )
    close(got, expected, 1, 16)
