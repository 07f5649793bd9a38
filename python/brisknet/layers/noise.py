"""Noise in training: layers that are the identity otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import _core, random
from brisknet.arguments.checks import Array
from brisknet.arguments.numbers import checked_number
from brisknet.layers.dropout import checked_noise_shape, concrete_shape
from brisknet.layers.layer import Backward, Layer, Shape

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise"]


class _Noise(Layer):
    """Draws for each batch by a seed of its own."""

    _kind = "noise"

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def normal(self, x: Array, mean: float, stddev: float) -> Array:
        """Normal random numbers in the shape of x."""
        return _core.random_normal(x.shape, mean, stddev, False, *self.seed_generator.next())


class GaussianNoise(_Noise):
    """In training, y = x + noise, normal with mean 0; otherwise y = x.

    Args:
        stddev: the noise's standard deviation, in [0, 1].
        seed: an integer makes the layer's noise reproducible.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if stddev is not in [0, 1].

    Example:
        >>> GaussianNoise(0.5)([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.stddev = checked_number("GaussianNoise", "stddev", stddev, 0, 1)

    def forward(self, x: Array, training: bool = False) -> tuple[Array, Backward]:
        if not training or self.stddev == 0:
            return x, lambda dy: dy
        return x + self.normal(x, 0.0, self.stddev), lambda dy: dy


class GaussianDropout(_Noise):
    """In training, y = x * noise, normal with mean 1; otherwise y = x.

    The noise has the variance rate / (1 - rate), as dropout has (Srivastava et al., 2014).

    Args:
        rate: in [0, 1).
        seed: an integer makes the layer's noise reproducible.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if the rate is not in [0, 1).

    Example:
        >>> GaussianDropout(0.5)([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.rate = checked_number("GaussianDropout", "rate", rate, 0, 1, below=True)

    def forward(self, x: Array, training: bool = False) -> tuple[Array, Backward]:
        if not training or self.rate == 0:
            return x, lambda dy: dy
        noise = self.normal(x, 1.0, math.sqrt(self.rate / (1 - self.rate)))
        return x * noise, lambda dy: dy * noise


class AlphaDropout(_Noise):
    """In training, random elements become selu's limit on the left; otherwise y = x.

    y = a * (x where kept, else -alpha * scale) + b, with selu's alpha and scale; a and b keep mean
    and variance of inputs that have mean 0 and variance 1 (Klambauer and others, arXiv:1706.02515).

    Args:
        rate: the probability that an element is dropped, in [0, 1).
        noise_shape: see `Dropout`.
        seed: an integer makes the layer's choices reproducible.
        **kwargs: see `Layer`.

    Raises:
        ValueError: if the rate is not in [0, 1).

    Example:
        >>> AlphaDropout(0.5)([[1, 2]])
        array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.noise_shape = checked_noise_shape("AlphaDropout", noise_shape)
        self.rate = checked_number("AlphaDropout", "rate", rate, 0, 1, below=True)

    def forward(self, x: Array, training: bool = False) -> tuple[Array, Backward]:
        if not training or self.rate == 0:
            return x, lambda dy: dy
        given = self.noise_shape
        shape = x.shape if given is None else concrete_shape(self.name, given, x)
        uniform = _core.random_uniform(shape, 0.0, 1.0, *self.seed_generator.next())
        kept = uniform >= np.float32(self.rate)
        limit = -1.6732632423543772 * 1.0507009873554805
        a = 1 / math.sqrt((1 - self.rate) * (1 + self.rate * limit**2))
        b = -a * limit * self.rate
        y = np.where(kept, x * np.float32(a) + np.float32(b), np.float32(a * limit + b))
        return y, lambda dy: np.where(kept, dy * np.float32(a), np.float32(0))
