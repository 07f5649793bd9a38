"""Initial values of weights, by Keras's names.

An initializer is called with a shape and gives a float32 array. One with a seed, or that was given
none and drew its own, gives the same values at every call; with a `random.SeedGenerator` it gives
new ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from brisknet import _core, random
from brisknet.arguments.checks import Array, as_float32, choices
from brisknet.arguments.numbers import checked_number
from brisknet.names.refused_names import refuse_names
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.configurable import Configurable, Self
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

# Names that `get` takes, and that Keras 3's module has not.
_ALIASES = {
    "normal": "random_normal",
    "one": "ones",
    "uniform": "random_uniform",
    "zero": "zeros",
}

__getattr__ = refuse_names(
    __name__, instead={alias: f"use {name}" for alias, name in _ALIASES.items()}
)

Seed = int | random.SeedGenerator | None
Axes = Sequence[int] | None


class Initializer(Configurable):
    """Base class: a user's own defines `__call__(shape, dtype=None)`."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        raise NotImplementedError(f"{type(self).__name__} must define __call__(shape, dtype=None)")

    def clone(self: Self) -> Self:
        """Another one of the same arguments."""
        return type(self).from_config(self.get_config())

    def _check(self, dtype: Any) -> None:
        if dtype is not None and np.dtype(dtype) != np.float32:
            raise ValueError(f"[{type(self).__name__}] expected dtype float32, got {dtype!r}")


class Zeros(Initializer):
    """All zeros."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return np.zeros(shape, dtype=np.float32)


class Ones(Initializer):
    """All ones."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return np.ones(shape, dtype=np.float32)


class Constant(Initializer):
    """One value everywhere, or an array that broadcasts to the shape.

    Args:
        value: a number or an array.
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        value = as_float32("Constant", "value", self.value)
        try:
            return np.array(np.broadcast_to(value, shape))
        except ValueError:
            raise ValueError(
                f"[Constant] expected value: one that broadcasts to {tuple(shape)}, "
                f"got shape {value.shape}"
            ) from None


class Identity(Initializer):
    """The identity matrix times `gain`; for two axes only."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    @ignored
    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        if len(shape) != 2:
            raise ValueError(f"[Identity] expected a shape with two axes, got {tuple(shape)}")
        return np.float32(self.gain) * np.eye(*shape, dtype=np.float32)


class _Random(Initializer):
    def __init__(self, seed: Seed = None) -> None:
        if isinstance(seed, random.SeedGenerator):
            self.seed: int | random.SeedGenerator = seed
        elif seed is None:
            self.seed = random.next_seed()
        else:
            self.seed = random.checked_seed(type(self).__name__, seed)
        self._given_seed = seed

    def get_config(self) -> dict[str, Any]:
        """The arguments; where no seed was given, neither does the configuration have one."""
        return super().get_config() | {"seed": serialize_keras_object(self._given_seed)}


class RandomNormal(_Random):
    """Normal with this mean and standard deviation."""

    _shown = ("mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return random.normal(shape, self.mean, self.stddev, seed=self.seed)


class TruncatedNormal(_Random):
    """Normal, drawn again until within two standard deviations."""

    _shown = ("mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return random.truncated_normal(shape, self.mean, self.stddev, seed=self.seed)


class RandomUniform(_Random):
    """Uniform on [minval, maxval)."""

    _shown = ("minval", "maxval")

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return random.uniform(shape, self.minval, self.maxval, seed=self.seed)


class VarianceScaling(_Random):
    """Random values whose variance fits the number of inputs, outputs, or the mean of both.

    With n = fan_in, fan_out or (fan_in + fan_out) / 2: uniform on ±sqrt(3 scale / n), normal with
    standard deviation sqrt(scale / n), or that normal truncated at two deviations and widened by
    1 / 0.87962566 to keep its variance.

    Args:
        scale: above 0.
        mode: 'fan_in', 'fan_out' or 'fan_avg'.
        distribution: 'truncated_normal' (also 'normal'), 'untruncated_normal' or 'uniform'.
        seed: an integer or a `random.SeedGenerator`.
        input_axes, output_axes: the axes that count as inputs and as outputs; by default the last
            is the outputs, the one before it times all others the inputs.

    Raises:
        ValueError: if an argument is none of these.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Seed = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ) -> None:
        super().__init__(seed)
        checked_number("VarianceScaling", "scale", scale, 0, above=True)
        if mode not in _MODES:
            raise ValueError(f"[VarianceScaling] expected mode {choices(_MODES)}, got {mode!r}")
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"[VarianceScaling] expected distribution {choices(_DISTRIBUTIONS)}, "
                f"got {distribution!r}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return random.uniform(shape, -limit, limit, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), seed=self.seed)
        # The standard deviation of a standard normal truncated at ±2 is 0.8796….
        stddev = math.sqrt(variance) / 0.87962566103423978
        return random.truncated_normal(shape, 0.0, stddev, seed=self.seed)


_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


def compute_fans(
    shape: Sequence[int], input_axes: Axes = None, output_axes: Axes = None
) -> tuple[int, int]:
    """The numbers of inputs and outputs that a weight of this shape connects."""
    if input_axes is not None and output_axes is not None:
        fan_in, fan_out = ([shape[a] for a in axes] for axes in (input_axes, output_axes))
        return math.prod(fan_in), math.prod(fan_out)
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    receptive_field = math.prod(shape[:-2])
    return shape[-2] * receptive_field, shape[-1] * receptive_field


class _FixedScaling(VarianceScaling):
    """VarianceScaling with a scale, mode and distribution of the class's own."""

    _fixed: ClassVar[tuple[float, str, str]]

    def __init__(
        self, seed: Seed = None, input_axes: Axes = None, output_axes: Axes = None
    ) -> None:
        super().__init__(*self._fixed, seed, input_axes, output_axes)


class GlorotUniform(_FixedScaling):
    """Uniform on ±sqrt(6 / (fan_in + fan_out)) (Glorot, Bengio, 2010)."""

    _fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_FixedScaling):
    """Truncated normal of variance 2 / (fan_in + fan_out) (Glorot, Bengio, 2010)."""

    _fixed = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_FixedScaling):
    """Truncated normal of variance 1 / fan_in (LeCun et al., 1998)."""

    _fixed = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_FixedScaling):
    """Uniform on ±sqrt(3 / fan_in) (LeCun et al., 1998)."""

    _fixed = (1.0, "fan_in", "uniform")


class HeNormal(_FixedScaling):
    """Truncated normal of variance 2 / fan_in (He et al., arXiv:1502.01852)."""

    _fixed = (2.0, "fan_in", "truncated_normal")


class HeUniform(_FixedScaling):
    """Uniform on ±sqrt(6 / fan_in) (He et al., arXiv:1502.01852)."""

    _fixed = (2.0, "fan_in", "uniform")


class Orthogonal(_Random):
    """A random matrix with orthonormal columns, or rows where it is wider than tall, times gain.

    The Q of a normal matrix's QR, with a positive diagonal in R (Saxe, McClelland, Ganguli,
    arXiv:1312.6120); axes before the last are joined.
    """

    def __init__(self, gain: float = 1.0, seed: Seed = None) -> None:
        super().__init__(seed)
        self.gain = gain

    @ignored
    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        if len(shape) < 2:
            raise ValueError(f"[Orthogonal] expected a shape with two axes or more, got {shape}")
        rows, cols = math.prod(shape[:-1]), shape[-1]
        q = _orthonormal(random.normal((min(rows, cols), max(rows, cols)), seed=self.seed))
        q = q.T if rows >= cols else q
        return np.ascontiguousarray(np.float32(self.gain) * q.reshape(shape), dtype=np.float32)


def _orthonormal(rows: Array, block: int = 32) -> Array:
    """The rows made orthonormal one after the other, by Gram and Schmidt, in place.

    By the core's products, since LAPACK's bits depend on the machine. Each block of rows goes
    through twice: that is what it takes to be as orthogonal as the precision allows (Giraud,
    Langou, Rozloznik, 2005).
    """
    for begin in range(0, len(rows), block):
        part = rows[begin : begin + block]
        for _ in range(2):
            _project_out(part, rows[:begin])
            for i in range(len(part)):
                row = part[i : i + 1]
                _project_out(row, part[:i])
                row /= np.float32(math.sqrt(_core.weighted_sum(row, row)))
    return rows


def _project_out(rows: Array, done: Array) -> None:
    """Takes out of the rows what lies along these orthonormal ones."""
    rows -= _core.matmul(_core.matmul(rows, done, transpose_b=True), done)


class STFT(Initializer):
    """The kernel of a short-term Fourier transform, its real or imaginary part.

    kernel[t, 0, f] = window[t] cos(2 pi t f / F) / norm, or -sin for the imaginary part, for a
    shape (frame length, 1, F / 2 + 1).

    Args:
        side: 'real' or 'imag'.
        window: 'hann', 'hamming', an array of the frame's length, or None.
        scaling: the window's norm: 'density' (L2), 'spectrum' (L1) or None.
        periodic: whether the window is periodic.

    Raises:
        ValueError: if an argument is none of these.
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"[STFT] expected side 'real' or 'imag', got {side!r}")
        if isinstance(window, str) and window not in _COSINE_WINDOWS:
            raise ValueError(
                f"[STFT] expected window {choices(_COSINE_WINDOWS)}, an array or None, "
                f"got {window!r}: pass its values as an array"
            )
        if scaling not in ("density", "spectrum", None):
            raise ValueError(f"[STFT] expected scaling 'density', 'spectrum' or None: {scaling!r}")
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        if len(shape) != 3:
            raise ValueError(f"[STFT] expected a shape (frame, 1, frequencies), got {shape}")
        frame, _, frequencies = shape
        # NumPy's cos is good to some bits beyond float32's, and differs between CPUs in the last.
        time = np.arange(frame).reshape(-1, 1, 1)
        angle = -2 * np.pi * time * np.arange(frequencies) / max(1, 2 * (frequencies - 1))
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = self._window(frame)
            norm = {
                "density": np.sqrt(np.sum(window**2)),
                "spectrum": np.sum(np.abs(window)),
                None: 1.0,
            }[self.scaling]
            kernel = kernel * window.reshape(-1, 1, 1) / norm
        return kernel.astype(np.float32)

    def _window(self, frame: int) -> Any:
        if not isinstance(self.window, str):
            window = np.asarray(self.window, dtype=np.float64)
            if window.shape != (frame,):
                raise ValueError(f"[STFT] expected window of shape {(frame,)}, got {window.shape}")
            return window
        if frame == 1:
            return np.ones(1)
        base = _COSINE_WINDOWS[self.window]
        turn = 2 * np.pi * np.arange(frame) / (frame if self.periodic else frame - 1)
        return base - (1 - base) * np.cos(turn)


_COSINE_WINDOWS = {"hann": 0.5, "hamming": 0.54}

IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal
STFTInitializer = STFT
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

_registry = Registry[Callable[..., Any]](
    "initializers",
    "initializer",
    Initializer,
    "an array or a function of (shape, dtype)",
    _ALIASES,
)


def get(identifier: Any) -> Any:
    """The initializer that a name, a class, a configuration, a function or an array means.

    A function is one of (shape, dtype). None stays None.

    Raises:
        ValueError: if there is no such initializer.

    Example:
        >>> get("zeros")((2,))
        array([0., 0.], dtype=float32)
    """
    if isinstance(identifier, np.ndarray):
        values = as_float32("initializers.get", "identifier", identifier)

        def given(shape: Sequence[int], dtype: Any = None) -> Array:
            if tuple(shape) != values.shape:
                raise ValueError(
                    f"[initializers.get] expected an array of shape {tuple(shape)}, "
                    f"got {values.shape}"
                )
            return values.copy()

        return given
    return _registry.get(identifier)


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The initializer of a configuration or a name.

    Raises:
        ValueError: if there is none.
    """
    return _registry.deserialize(config, custom_objects)
