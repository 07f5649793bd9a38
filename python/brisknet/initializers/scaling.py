"""Random values whose variance fits the numbers of inputs and outputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from brisknet import random
from brisknet.arguments.checks import Array, choices
from brisknet.arguments.numbers import checked_number
from brisknet.initializers.distributions import RandomInitializer, Seed

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "VarianceScaling",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "variance_scaling",
]


Axes = Sequence[int] | None


class VarianceScaling(RandomInitializer):
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
        ValueError: for any other argument.
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


variance_scaling = VarianceScaling
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
