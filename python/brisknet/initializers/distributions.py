"""Random values of a given mean and spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brisknet import random
from brisknet.arguments.checks import Array
from brisknet.initializers.base import Initializer
from brisknet.serialization.objects import serialize_keras_object

__all__ = [
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
]


Seed = int | random.SeedGenerator | None


class RandomInitializer(Initializer):
    """Base of initializers that draw: keeps their seed."""

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


class RandomNormal(RandomInitializer):
    """Normal with this mean and standard deviation."""

    _shown = ("mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return random.normal(shape, self.mean, self.stddev, seed=self.seed)


class TruncatedNormal(RandomInitializer):
    """Normal, drawn again until within two standard deviations."""

    _shown = ("mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return random.truncated_normal(shape, self.mean, self.stddev, seed=self.seed)


class RandomUniform(RandomInitializer):
    """Uniform on [minval, maxval)."""

    _shown = ("minval", "maxval")

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        return random.uniform(shape, self.minval, self.maxval, seed=self.seed)


random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
