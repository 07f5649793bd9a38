"""Initializers: distributions, fans, seeds, orthogonality, names."""

import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import initializers, layers
from brisknet.initializers.scaling import compute_fans
from brisknet.random import SeedGenerator
from reference import U

SHAPE = (150, 200)
TRUNCATED = 0.87962566103423978  # the standard deviation of a standard normal within ±2


def normal_cdf(z):
    return np.vectorize(math.erf)(z / math.sqrt(2)) / 2 + 0.5


# For each initializer of random numbers: what makes it, the largest magnitude about its mean, its
# mean, its standard deviation and its distribution function of (x - mean) / deviation.


def uniform(limit, mean=0.0):
    return limit, mean, limit / math.sqrt(3), lambda z: (1 + z / math.sqrt(3)) / 2


def normal(deviation, mean=0.0):
    return 6 * deviation, mean, deviation, normal_cdf


def truncated(deviation, mean=0.0):
    """As wide as a normal of this deviation, cut at two of them."""
    low = normal_cdf(-2.0)
    cdf = lambda z: (normal_cdf(z * TRUNCATED) - low) / (1 - 2 * low)  # noqa: E731
    return 2 * deviation, mean, deviation * TRUNCATED, cdf


IN, OUT = SHAPE
MEAN = (IN + OUT) / 2
CASES = {
    "RandomUniform": ({}, uniform(0.05)),
    "RandomUniform-wide": ({"minval": 1, "maxval": 5}, uniform(2, 3)),
    "RandomNormal": ({}, normal(0.05)),
    "RandomNormal-wide": ({"mean": 3, "stddev": 2}, normal(2, 3)),
    "TruncatedNormal": ({}, truncated(0.05)),
    "TruncatedNormal-wide": ({"mean": 3, "stddev": 2}, truncated(2, 3)),
    "GlorotUniform": ({}, uniform(math.sqrt(3 / MEAN))),
    "GlorotNormal": ({}, truncated(math.sqrt(1 / MEAN) / TRUNCATED)),
    "LecunUniform": ({}, uniform(math.sqrt(3 / IN))),
    "LecunNormal": ({}, truncated(math.sqrt(1 / IN) / TRUNCATED)),
    "HeUniform": ({}, uniform(math.sqrt(6 / IN))),
    "HeNormal": ({}, truncated(math.sqrt(2 / IN) / TRUNCATED)),
    "VarianceScaling": ({}, truncated(math.sqrt(1 / IN) / TRUNCATED)),
    "VarianceScaling-out": (
        {"scale": 3, "mode": "fan_out", "distribution": "uniform"},
        uniform(math.sqrt(9 / OUT)),
    ),
    "VarianceScaling-avg": (
        {"scale": 0.5, "mode": "fan_avg", "distribution": "untruncated_normal"},
        normal(math.sqrt(0.5 / MEAN)),
    ),
    "VarianceScaling-normal": (
        {"distribution": "normal"},
        truncated(math.sqrt(1 / IN) / TRUNCATED),
    ),
}
RANDOM = sorted({name.partition("-")[0] for name in CASES} | {"Orthogonal"})


def make(name, **more):
    return getattr(initializers, name.partition("-")[0])(**CASES[name][0], **more)


@pytest.mark.parametrize("name", CASES)
def test_distribution(name):
    largest, mean, deviation, cdf = CASES[name][1]
    x = make(name, seed=3)(SHAPE)
    assert (x.dtype, x.shape) == (np.float32, SHAPE)
    x = np.sort(x.astype(np.float64).ravel())
    # Four standard deviations of the estimates, and Kolmogorov's bound for one in 1000.
    assert abs(x.mean() - mean) < 4 * deviation / math.sqrt(x.size)
    assert abs(x.std() / deviation - 1) < 4 * math.sqrt(0.5 / x.size)
    assert np.abs(x - mean).max() <= largest * (1 + 4 * U) + abs(mean) * U
    share = (np.arange(x.size) + 0.5) / x.size
    assert np.abs(cdf((x - mean) / deviation) - share).max() < 1.95 / math.sqrt(x.size)


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name):
    cls = getattr(initializers, name)
    one, same, other = cls(seed=1), cls(seed=1), cls(seed=2)
    shape = (9, 4)
    assert (one(shape) == one(shape)).all()
    assert (one(shape) == same(shape)).all()
    assert (one(shape) != other(shape)).any()
    assert (cls(seed=np.int64(1))(shape) == one(shape)).all()
    assert (cls(seed=-1)(shape) != one(shape)).any()

    unseeded, another = cls(), cls()
    assert (unseeded(shape) == unseeded(shape)).all()
    assert (unseeded(shape) != another(shape)).any()

    drawing = cls(seed=SeedGenerator(1))
    first, second = drawing(shape), drawing(shape)
    assert (first != second).any()
    again = cls(seed=SeedGenerator(1))
    assert (again(shape) == first).all()
    assert (again(shape) == second).all()
    for seed in ("a", 1.5, True):
        with pytest.raises(ValueError, match=rf"\[{name}\] expected seed: an integer, got"):
            cls(seed=seed)


def test_set_random_seed_makes_layers_reproducible():
    def kernels():
        bn.utils.set_random_seed(5)
        made = [layers.Dense(3), layers.Dense(3)]
        for layer in made:
            layer.build((None, 4))
        return [layer.kernel.numpy() for layer in made]

    first, second = kernels(), kernels()
    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()
    assert (first[0] != first[1]).any()


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((), (1, 1)),
        ((7,), (7, 7)),
        ((3, 5), (3, 5)),
        ((4, 3, 5), (12, 20)),
        ((2, 4, 3, 5), (24, 40)),
    ],
)
def test_fans(shape, fans):
    assert compute_fans(shape) == fans
    for mode, fan in zip(("fan_in", "fan_out"), fans, strict=True):
        x = initializers.VarianceScaling(3.0, mode, "uniform", seed=1)((*shape,))
        assert x.shape == shape
        assert np.abs(x).max() <= 3 / math.sqrt(fan)


def test_no_inputs():
    assert initializers.HeNormal()((0, 3)).shape == (0, 3)


def test_fans_of_given_axes():
    assert compute_fans((2, 3, 4, 5), (0, 1), (2, 3)) == (6, 20)
    assert compute_fans((2, 3, 4, 5), (-1,), (0,)) == (5, 2)
    plain = initializers.HeUniform(seed=1)((6, 20))
    given = initializers.HeUniform(seed=1, input_axes=(0, 1), output_axes=(2, 3))((2, 3, 4, 5))
    assert given.ravel().tolist() == plain.ravel().tolist()


def test_constants():
    assert initializers.Zeros()((2, 1)).tolist() == [[0], [0]]
    assert initializers.Ones()((2, 1)).tolist() == [[1], [1]]
    assert initializers.Constant()((2,)).tolist() == [0, 0]
    assert initializers.Constant(2.5)((1, 2)).tolist() == [[2.5, 2.5]]
    assert initializers.Constant([1, 2])((2, 2)).tolist() == [[1, 2], [1, 2]]
    assert initializers.Identity()((2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert initializers.Identity(2.5)((2, 2)).tolist() == [[2.5, 0], [0, 2.5]]


def test_values_are_new_arrays():
    for identifier in ("zeros", "glorot_uniform", "identity", np.ones((2, 2))):
        initializer = initializers.get(identifier)
        first = initializer((2, 2), dtype="float32")
        kept = first.copy()
        first += 1
        assert (initializer((2, 2), dtype="float32") == kept).all()


@pytest.mark.parametrize("shape", [(8, 5), (5, 8), (6, 6), (2, 3, 4), (3, 2, 7), (1, 1)], ids=str)
def test_orthogonal(shape):
    gain = 1.5
    w = initializers.Orthogonal(gain, seed=2)(shape)
    assert (w.shape, w.dtype) == (shape, np.float32)
    assert w.flags.c_contiguous
    w = w.reshape(-1, shape[-1]).astype(np.float64)
    gram = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    # Householder's QR in float32 leaves an error of some U times the larger side.
    assert np.abs(gram / gain**2 - np.eye(len(gram))).max() <= 8 * max(w.shape) * U


def test_orthogonal_is_uniform():
    """Q R with a positive diagonal: the sign of no entry is preferred (Mezzadri, 2007)."""
    generator = SeedGenerator(0)
    draw = initializers.Orthogonal(seed=generator)
    corners = np.array([draw((3, 3))[0, 0] for _ in range(400)])
    assert abs(np.sign(corners).mean()) < 4 / math.sqrt(400)
    assert abs((corners**2).mean() - 1 / 3) < 4 * math.sqrt(4 / 45 / 400)  # its variance is 4 / 45


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("window", ["hann", "hamming", None, "array"])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("periodic", [False, True])
def test_stft(side, window, scaling, periodic):
    frame, bins = 12, 9  # a transform of length 16
    t = np.arange(frame) / (frame if periodic else frame - 1)
    values = {
        "hann": 0.5 - 0.5 * np.cos(2 * np.pi * t),
        "hamming": 0.54 - 0.46 * np.cos(2 * np.pi * t),
        None: np.ones(frame),
        "array": np.linspace(0.5, 1, frame),
    }[window]
    norm = {"density": np.linalg.norm(values), "spectrum": values.sum(), None: 1}[scaling]
    transform = np.fft.rfft(np.diag(values), n=2 * (bins - 1)) / (norm if window else 1)
    given = values if window == "array" else window
    kernel = initializers.STFT(side, given, scaling, periodic)((frame, 1, bins))
    assert (kernel.shape, kernel.dtype) == ((frame, 1, bins), np.float32)
    # Computed in float64, rounded once; values are at most 1.
    assert np.abs(kernel[:, 0] - getattr(transform, side)).max() <= U


def test_stft_of_one_sample():
    assert initializers.STFT()((1, 1, 1)).item() == 1


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("VarianceScaling", {"scale": 0}, "expected scale: a number above 0, got 0"),
        ("VarianceScaling", {"scale": -1}, "expected scale: a number above 0, got -1"),
        ("VarianceScaling", {"mode": "fan"}, "expected mode 'fan_in', .*, got 'fan'"),
        ("VarianceScaling", {"distribution": "x"}, "expected distribution 'trunc.*, got 'x'"),
        ("STFT", {"side": "x"}, "expected side 'real' or 'imag', got 'x'"),
        ("STFT", {"window": "kaiser"}, "expected window 'hann', .*, got 'kaiser'"),
        ("STFT", {"scaling": "x"}, "expected scaling 'density', .*'x'"),
    ],
)
def test_arguments_out_of_range(name, arguments, message):
    with pytest.raises(ValueError, match=rf"\[{name}\] {message}"):
        getattr(initializers, name)(**arguments)


@pytest.mark.parametrize(
    ("initializer", "shape", "message"),
    [
        (initializers.Identity(), (2, 2, 2), r"\[Identity\] .*two axes, got \(2, 2, 2\)"),
        (initializers.Orthogonal(), (3,), r"\[Orthogonal\] .*two axes or more, got \(3,\)"),
        (initializers.STFT(), (3, 4), r"\[STFT\] expected a shape \(frame, 1, freq.*\(3, 4\)"),
        (initializers.STFT(window=[1, 2]), (3, 1, 4), r"expected window of shape \(3,\), got \(2,"),
        (initializers.get(np.ones(2)), (3,), r"expected an array of shape \(3,\), got \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit(initializer, shape, message):
    with pytest.raises(ValueError, match=message):
        initializer(shape)


def test_float32_only():
    for initializer in (initializers.Zeros(), initializers.HeNormal(), initializers.STFT()):
        with pytest.raises(ValueError, match="expected dtype float32, got 'float64'"):
            initializer((2, 1, 2), dtype="float64")


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("zeros", "Zeros"),
        ("zero", "Zeros"),
        ("ones", "Ones"),
        ("one", "Ones"),
        ("constant", "Constant"),
        ("identity", "Identity"),
        ("IdentityInitializer", "Identity"),
        ("random_normal", "RandomNormal"),
        ("normal", "RandomNormal"),
        ("truncated_normal", "TruncatedNormal"),
        ("random_uniform", "RandomUniform"),
        ("uniform", "RandomUniform"),
        ("variance_scaling", "VarianceScaling"),
        ("glorot_uniform", "GlorotUniform"),
        ("glorot_normal", "GlorotNormal"),
        ("lecun_uniform", "LecunUniform"),
        ("lecun_normal", "LecunNormal"),
        ("he_uniform", "HeUniform"),
        ("he_normal", "HeNormal"),
        ("orthogonal", "Orthogonal"),
        ("OrthogonalInitializer", "Orthogonal"),
        ("stft", "STFT"),
        ("STFTInitializer", "STFT"),
    ],
)
def test_identifiers(name, cls):
    made = getattr(initializers, cls)
    for identifier in (name, cls, made):
        assert type(initializers.get(identifier)) is made
    initializer = made()
    assert initializers.get(initializer) is initializer


def test_none_stands_for_the_default():
    assert initializers.get(None) is None
    layer = layers.Dense(3, kernel_initializer=None)
    layer.build((None, 4))
    assert layer.kernel.value.any()


@pytest.mark.parametrize("identifier", ["nope", "Glorot_uniform", 3, [1, 2]])
def test_unknown_initializer(identifier):
    with pytest.raises(ValueError, match=r"\[initializers.get\] (unknown|expected) initializer"):
        initializers.get(identifier)


def test_own_initializer():
    class Count(initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.arange(math.prod(shape)).reshape(shape)

    layer = layers.Dense(2, kernel_initializer=Count(), bias_initializer=Count)
    layer.build((None, 2))
    assert layer.kernel.numpy().tolist() == [[0, 1], [2, 3]]
    assert layer.bias.numpy().tolist() == [0, 1]
    with pytest.raises(NotImplementedError, match="Initializer must define __call__"):
        initializers.Initializer()((1,))
